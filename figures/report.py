"""The report: one HTML page with everything that the results of a preset show.

It needs nothing beside itself and asks the network for nothing: pictures are in the page. What it
says is collected here; how it looks is in `templates/`.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
import inspect
import io
import math
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import jinja2
from matplotlib.figure import Figure
from PIL import Image

from figures.claims import resemblance, table
from figures.claims.resemblance import Resemblance
from figures.claims.summary import summary
from figures.claims.verdict import Verdict, judged
from figures.drawing import captions
from figures.drawing.published_picture import published_picture
from figures.drawing.style import styled
from figures.errors import NoResultsError
from figures.names import figure_name, figures, target
from figures.reading.data import ExperimentResults, Results
from figures.reading.runs import RunResults
from figures.writing import replace_file

# Between which a reader switches; the figure's own is always among them. Shipped scores are rounded
# to steps that none of these lies within.
TAUS = (0.0, 0.0125, 0.025, 0.05, 0.1)
# Sharp enough on a fine screen, and few enough colours that forty pictures stay small.
_DPI, _COLOURS = 130, 64


class Embedded(NamedTuple):
    """A picture in the page: its data URI, its size in pixels."""

    uri: str
    width: int
    height: int


@dataclass(frozen=True)
class Variant:
    """A figure at one threshold.

    Attributes:
      tau: as text; "" for a figure that has none.
      image: the picture.
      heading, sentences, remarks: of the picture.
      others: names of further experiments that it shows.
    """

    tau: str
    image: Embedded
    heading: str
    sentences: tuple[str, ...]
    remarks: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A figure of the report.

    Attributes:
      name, title: "fig5" and "Figure 5".
      tau: of the variant that is shown first, the figure's own.
      variants: one, or one for each threshold.
      published: the paper's curves; None where none were read.
      verdicts: on the claims of this figure.
      curves: how far ours have the published shape.
      experiment: whose runs they are.
    """

    name: str
    title: str
    tau: str
    variants: tuple[Variant, ...]
    published: Embedded | None
    verdicts: tuple[Verdict, ...]
    curves: tuple[Resemblance, ...]
    experiment: ExperimentResults


@dataclass(frozen=True)
class Report:
    """All that the page says.

    Attributes:
      store: label of the results, for instance "results/laptop".
      preset: of the runs.
      lines: what was found, in short.
      verdicts: all claims, corrected for their number.
      sections: the figures.
      experiments: of which there are runs.
      missing: (what is not there, the command that makes it).
    """

    store: str
    preset: str
    lines: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    sections: tuple[Section, ...]
    experiments: tuple[ExperimentResults, ...]
    missing: tuple[tuple[str, str], ...]


def collect(store: Results) -> Report:
    """Judges and draws everything that a store holds runs for.

    Raises:
      NoResultsError: it holds none.
      FigureError: a file is damaged.
    """
    modules = figures()
    make = {module.EXPERIMENT: target(name) for name, module in modules.items()}
    experiments, lacking, foreign = {}, {}, store.foreign()
    for name in dict.fromkeys([*make, *store.names()]):
        if name in foreign:
            continue
        try:
            experiments[name] = store.experiment(name, make.get(name, ""))
        except NoResultsError as error:
            lacking[name] = error
    if not experiments:
        raise next(iter(lacking.values()))
    verdicts = judged(experiments.values())
    curves = [row for each in experiments.values() for row in resemblance.compare(each)]
    return Report(
        store=store.label,
        preset=store.preset,
        lines=tuple(summary(verdicts)),
        verdicts=tuple(verdicts),
        sections=tuple(
            _section(name, module, store, experiments[module.EXPERIMENT], verdicts, curves)
            for name, module in modules.items()
            if module.EXPERIMENT in experiments
        ),
        experiments=tuple(experiments.values()),
        missing=tuple(
            (figure_name(name, long=True), f"{target(name)} PRESET={store.preset}")
            for name, module in modules.items()
            if module.EXPERIMENT not in experiments
        ),
    )


def write(report: Report, folder: Path) -> Path:
    """Writes `report.html` into `folder`; the same results give the same bytes.

    Raises:
      FigureError: the folder cannot be written.
    """
    path = folder / "report.html"
    replace_file(path, lambda temporary: temporary.write_text(as_html(report), "utf-8"))
    return path


def as_html(report: Report) -> str:
    """The page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "figure_name": figure_name,
        "in_words": table.in_words,
        "interval_of": table.interval_of,
        "to_decide": table.to_decide,
        "with_all_others": table.with_all_others,
        "bar": bar,
        "changes": captions.changes,
        "provenance": provenance,
        "settings": settings,
        "taus": [_text(tau) for tau in TAUS],
        "text": _text,
        "warnings": captions.warnings,
    }
    environment.filters["number"] = resemblance.number
    return environment.get_template("report.html").render(report=report)


def bar(verdict: Verdict) -> tuple[float, float, float] | None:
    """Where value, low and high lie between -1 and 1 if the farthest of them is at the edge."""
    found = (verdict.value, verdict.low, verdict.high)
    if not all(map(math.isfinite, found)):
        return None
    farthest = max(map(abs, found)) or 1.0
    return tuple(x / farthest for x in found)


def provenance(experiment: ExperimentResults) -> list[tuple[str, str]]:
    """What made the runs of an experiment: (what, which), each told once."""
    told: dict[str, dict[str, None]] = {}
    for run in experiment.started:
        for what, which in _facts(run):
            told.setdefault(what, {})[which] = None
    hours = sum(float(run.info.get("wall_time_s") or 0) for run in experiment.started) / 3600
    return [*((what, ", ".join(each)) for what, each in told.items()), ("hours", f"{hours:.1f}")]


def settings(run: RunResults) -> list[tuple[str, str]]:
    """Every setting of a run, by the name that --set knows it by."""
    return list(_flat("", run.info["spec"]))


def _section(
    name: str,
    module: ModuleType,
    store: Results,
    experiment: ExperimentResults,
    verdicts: Sequence[Verdict],
    curves: Sequence[Resemblance],
) -> Section:
    parameters = inspect.signature(module.render).parameters
    own = parameters["tau"].default if "tau" in parameters else None
    taus = [None] if own is None else sorted({own, *TAUS})
    theirs = published_picture(name, experiment)
    return Section(
        name=name,
        title=figure_name(name, long=True),
        tau=_text(own),
        variants=tuple(_variant(module, store, tau) for tau in taus),
        published=_embedded(theirs) if theirs else None,
        verdicts=tuple(verdict for verdict in verdicts if verdict.figure == name),
        curves=tuple(row for row in curves if row.figure == name),
        experiment=experiment,
    )


def _variant(module: ModuleType, store: Results, tau: float | None) -> Variant:
    picture = module.render(store) if tau is None else module.render(store, tau=tau)
    return Variant(
        tau=_text(tau),
        image=_embedded(picture.figure),
        heading=picture.heading,
        sentences=picture.sentences,
        remarks=tuple(filter(None, picture.remarks)),
        others=tuple(other.name for other in picture.others),
    )


def _embedded(figure: Figure) -> Embedded:
    """A figure as a small PNG with a palette."""
    drawn, small = io.BytesIO(), io.BytesIO()
    with styled():
        figure.savefig(drawn, format="png", dpi=_DPI)
    picture = Image.open(drawn).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    picture.save(small, "png", optimize=True)
    data = base64.b64encode(small.getvalue()).decode()
    return Embedded(f"data:image/png;base64,{data}", *picture.size)


def _facts(run: RunResults) -> Iterator[tuple[str, str]]:
    """What a run tells of the machine and the code that made it, where it does."""
    about = run.info
    yield "commit", str(about.get("git_commit") or "unknown")[:12]
    for what in ("device", "python"):
        if about.get(what):
            yield what, str(about[what])
    for package, version in (about.get("versions") or {}).items():
        yield package, str(version)


def _flat(prefix: str, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", str(value)


def _text(tau: float | None) -> str:
    return "" if tau is None or math.isnan(tau) else f"{tau:g}"
