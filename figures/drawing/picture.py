"""A finished picture: the figure, what it shows in words, and the runs it was made of."""

from dataclasses import dataclass
import io
from pathlib import Path

from matplotlib.figure import Figure

from figures.drawing import captions
from figures.drawing.style import styled
from figures.reading.data import ExperimentResults
from figures.writing import replace_file

DPI = 160
# Neither the time nor matplotlib's version belongs into files that git compares.
_ANONYMOUS = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "svg": {"Date": None, "Creator": None},
}


@dataclass(frozen=True)
class Picture:
    """What `render` of every figure returns; a notebook shows it as it is.

    Attributes:
      figure: to change or to embed.
      heading: as in the picture.
      remarks: definitions and choices, which are told beside the picture.
      sentences: what it shows, computed.
      experiment: the runs, with their claims.
      others: further experiments whose runs it shows.
    """

    figure: Figure
    heading: str
    remarks: tuple[str, ...]
    sentences: tuple[str, ...]
    experiment: ExperimentResults
    others: tuple[ExperimentResults, ...] = ()

    def save(self, folder: Path, name: str) -> list[Path]:
        """Writes `<name>.png`, `.pdf`, `.svg` and `.md`; the same picture gives the same bytes.

        Raises:
          FigureError: the folder cannot be written.
        """
        paths = [folder / f"{name}.{kind}" for kind in _ANONYMOUS]
        for path in paths:
            replace_file(path, self._write)
        text = folder / f"{name}.md"
        replace_file(text, lambda path: path.write_text(self.as_markdown(), "utf-8"))
        return [*paths, text]

    def as_markdown(self) -> str:
        """All that a picture on a slide has no room for: definitions, levels, settings."""
        lines = [f"# {self.heading}".replace("\u00a0", " "), ""]
        experiments = (self.experiment, *self.others)
        told = [*self.remarks, *(said for e in experiments for said in captions.warnings(e))]
        lines += [*(remark.replace("\u00a0", " ") for remark in told if remark), ""]
        lines += [*(f"- {sentence}" for sentence in self.sentences), ""]
        lines += ["Intervals here are Student's, of 95 %.", ""] if self.sentences else []
        for place, experiment in enumerate(experiments):
            which = f"{experiment.title}: " if self.others else ""
            lines += [""] * bool(place) + [which + captions.provenance(experiment)]
            if experiment.scale_down:
                lines += ["", "| scaled down | here | preset `paper` |", "|---|---|---|"]
                lines += [f"| {' | '.join(row)} |" for row in experiment.scale_down]
        return "\n".join(lines) + "\n"

    def _write(self, path: Path) -> None:
        with styled():
            self.figure.savefig(path, dpi=DPI, metadata=_ANONYMOUS[path.suffix[1:]])

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        with styled():
            self.figure.savefig(stream, format="png", dpi=DPI)
        return stream.getvalue()
