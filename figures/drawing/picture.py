"""A finished picture: the figure, what it shows in words, and the runs it was made of."""

from dataclasses import dataclass
import io
from pathlib import Path

from matplotlib.figure import Figure

from figures.drawing.style import styled
from figures.drawing.writing import replace_file
from figures.reading.data import Experiment

DPI = 160
# Neither the time nor matplotlib's version belongs into files that git compares.
_ANONYMOUS = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}


@dataclass(frozen=True)
class Picture:
    """What `render` of every figure returns; a notebook shows it as it is.

    Attributes:
      figure: to change or to embed.
      sentences: what it shows, computed.
      experiment: the runs, with their claims.
    """

    figure: Figure
    sentences: tuple[str, ...]
    experiment: Experiment

    def save(self, folder: Path, name: str) -> list[Path]:
        """Writes `<name>.png` and `<name>.pdf`; the same picture gives the same bytes.

        Raises:
          FigureError: the folder cannot be written.
        """
        paths = [folder / f"{name}.{kind}" for kind in _ANONYMOUS]
        for path in paths:
            replace_file(path, self._write)
        return paths

    def _write(self, path: Path) -> None:
        with styled():
            self.figure.savefig(path, dpi=DPI, metadata=_ANONYMOUS[path.suffix[1:]])

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        with styled():
            self.figure.savefig(stream, format="png", dpi=DPI)
        return stream.getvalue()
