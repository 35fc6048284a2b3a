"""How far our curves have the shape of the published ones, in numbers, for every figure.

Our runs are shorter, so that curves are compared over normalised time, from 0 to 1: both are
averaged over equal spans of it, and the ranks of these means are correlated (Spearman). 1 says
that ours rises and falls where the published one does, whatever the scale. Levels at the end
and, where a figure compares conditions, the ratio to the first of them say the rest.

The threshold of dormancy is that of the published curve, which need not be that of the picture.
"""

from collections.abc import Iterator, Sequence
import dataclasses
from dataclasses import dataclass
import math
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from figures.curves.frames import Curve, curves_of
from figures.curves.measures import measure as measured
from figures.curves.returns import has_human_score, human_normalised
from figures.curves.scores import FIRST_PUBLISHED, PUBLISHED_PANEL, Scores
from figures.names import figure_name, order
from figures.reading import published
from figures.reading.data import ExperimentResults
from figures.statistics.grids import common_grid, mean_of_present
from figures.writing import replace_file

# Of normalised time; fewer where one of the curves has fewer points.
SPANS = 20
# Four random points are in the published order once in 24 times, eight once in 40,320.
_FEWEST = 8
_RETURN, _SCORES = "return", "IQM score"
# Metric of a published curve -> our measure, and what a reader calls it.
_MEASURES = {
    "dormant_percent": ("dormant_share", "dormant share [%]"),
    "overlap_percent": ("overlap", "overlap [%]"),
    "return": ("evaluation_return", _RETURN),
    "loss": ("distillation_loss", "loss"),
}
_HEADINGS = (
    *("Figure", "Panel", "Quantity", "Condition"),
    *("Points", "Shape", "End [published]", "Ratio"),
)


@dataclass(frozen=True)
class Resemblance:
    """One curve of ours beside the published one.

    Attributes:
      figure, panel, condition, quantity: which curve.
      tau: threshold of dormancy; NaN where there is none.
      points: spans of normalised time in which both have a value, 20 at most.
      shape: rank correlation over them, from -1 to 1; NaN with fewer than eight.
      end, published_end: level of the last span, of both.
      ratio, published_ratio: of that level to the first condition's; NaN for the first, if that
        is not positive, and of returns and scores if that is at the level of random play, whose
        multiples say nothing.
      preset: of our runs.
    """

    figure: str
    panel: str
    condition: str
    quantity: str
    tau: float
    points: int
    shape: float
    end: float
    published_end: float
    ratio: float
    published_ratio: float
    preset: str


def compare(experiment: ExperimentResults) -> list[Resemblance]:
    """All curves of an experiment's figures of which there are published ones."""
    rows: list[Resemblance] = []
    for figure in experiment.figures:
        for panel in experiment.games:
            for metric in _MEASURES:
                rows += _with_ratios(list(_curves(experiment, figure, panel, metric)))
        rows += _with_ratios(list(_scores(experiment, figure)))
    return rows


def spans(curve: Curve, count: int) -> np.ndarray:
    """Means of a curve over `count` equal spans of its time; NaN where a span has no value."""
    steps, y = curve
    time = (steps - steps[0]) / max(steps[-1] - steps[0], 1)
    which = np.minimum((time * count).astype(int), count - 1)
    present = np.isfinite(y)
    total = np.bincount(which[present], y[present], minlength=count)
    counts = np.bincount(which[present], minlength=count)
    return np.divide(total, counts, out=np.full(count, np.nan), where=counts > 0)


def side_by_side(ours: Curve, theirs: Curve) -> np.ndarray:
    """Means of two curves over those spans of normalised time in which both have values."""
    count = min(SPANS, len(ours[0]), len(theirs[0]))
    means = np.stack([spans(ours, count), spans(theirs, count)])
    return means[:, np.isfinite(means).all(axis=0)]


def shape(ours: Curve, theirs: Curve) -> float:
    """Rank correlation of two curves over normalised time; NaN if one is flat or too short."""
    means = side_by_side(ours, theirs)
    if means.shape[1] < _FEWEST or (np.ptp(means, axis=1) == 0).any():
        return math.nan
    return float(stats.spearmanr(*means).statistic)


def write(rows: Sequence[Resemblance], folder: Path) -> list[Path]:
    """Writes `resemblance.parquet` and `resemblance.md` into `folder` and returns both paths.

    Raises:
      FigureError: the folder cannot be written.
    """
    rows = sorted(rows, key=lambda row: order(row.figure))
    fields = [field.name for field in dataclasses.fields(Resemblance)]
    table = pd.DataFrame([dataclasses.asdict(row) for row in rows], columns=fields)
    parquet, markdown = (folder / f"resemblance.{end}" for end in ("parquet", "md"))
    replace_file(parquet, lambda path: table.to_parquet(path, index=False, compression="zstd"))
    replace_file(markdown, lambda path: path.write_text(as_markdown(rows), "utf-8"))
    return [parquet, markdown]


def as_markdown(rows: Sequence[Resemblance]) -> str:
    """One number a figure, and the curves that it is the mean of."""
    by_figure: dict[str, list[Resemblance]] = {}
    for row in rows:
        by_figure.setdefault(row.figure, []).append(row)
    lines = ["| Figure | Shape, mean | of curves |", "|---|---|---|"]
    for figure, curves in by_figure.items():
        known = [row.shape for row in curves if math.isfinite(row.shape)]
        mean = number(np.mean(known) if known else np.nan)
        lines.append(f"| {figure_name(figure)} | {mean} | {len(known)} of {len(curves)} |")
    lines += ["", f"| {' | '.join(_HEADINGS)} |", "|" + "---|" * len(_HEADINGS)]
    for row in rows:
        threshold = "" if math.isnan(row.tau) else f", τ = {row.tau:g}"
        cells = (
            *(figure_name(row.figure), row.panel, f"{row.quantity}{threshold}", row.condition),
            f"{row.points}",
            number(row.shape),
            f"{number(row.end)} [{number(row.published_end)}]",
            f"{number(row.ratio)} [{number(row.published_ratio)}]",
        )
        lines.append(f"| {' | '.join(cells)} |")
    presets = ", ".join(sorted({row.preset for row in rows}))
    lines += [
        "",
        f"Preset {presets}. Shape: rank correlation of our mean curve with the published one over "
        "normalised time; 1 is the same order of rises and falls, 0 none, -1 the opposite. Points: "
        f"spans of the time that are compared; fewer than {_FEWEST} have no shape. "
        "End: the last twentieth of the time. Ratio: to the end of the figure's first condition; "
        "of returns and scores none where that one is at the level of random play.",
    ]
    return "\n".join(lines) + "\n"


def _curves(
    experiment: ExperimentResults, figure: str, panel: str, metric: str
) -> Iterator[Resemblance]:
    measure, quantity = _MEASURES[metric]
    for condition in experiment.ordered:
        theirs = published.curve(figure, panel, experiment.published_as(condition), metric)
        part = experiment.select(game=panel, condition=condition)
        if theirs.empty or not part.started:
            continue
        # Of thresholds the published curve has one or, where there is none to tell, none.
        tau = float(theirs.tau.iloc[0])
        arguments = {} if math.isnan(tau) else {"tau": tau}
        frame = measured(measure, part, **arguments)
        column = "agent_step" if (theirs.x_unit == "frames").all() else "gradient_step"
        frame = frame[frame[column] <= experiment.shortest_plan(column)]
        if frame.empty:
            continue
        steps, values = common_grid(curves_of(frame, steps=column))
        ours = steps, mean_of_present(values)
        yield _row(experiment, figure, panel, condition, quantity, tau, ours, theirs)


def _scores(experiment: ExperimentResults, figure: str) -> Iterator[Resemblance]:
    scores = Scores(experiment, figure)
    if not scores.games:
        return
    for condition in scores.conditions:
        theirs = scores.theirs(condition)
        # Over widths and bars there is no time: only the end can be compared.
        if len(theirs):
            steps, band = scores.curve(condition)
            if len(theirs) == 1:
                steps, band = steps[-1:], band._replace(mean=band.mean[-1:])
            ours = steps, band.mean
            yield _row(
                experiment, figure, PUBLISHED_PANEL, condition, _SCORES, math.nan, ours, theirs
            )


def _row(
    experiment: ExperimentResults,
    figure: str,
    panel: str,
    condition: str,
    quantity: str,
    tau: float,
    ours: Curve,
    theirs: pd.DataFrame,
) -> Resemblance:
    published_curve = theirs.x.to_numpy(), theirs.y.to_numpy()
    return Resemblance(
        figure=figure,
        panel=panel,
        condition=condition,
        quantity=quantity,
        tau=tau,
        points=side_by_side(ours, published_curve).shape[1],
        shape=shape(ours, published_curve),
        end=_end(ours),
        published_end=_end(published_curve),
        ratio=math.nan,
        published_ratio=math.nan,
        preset=experiment.preset,
    )


def _end(curve: Curve) -> float:
    """Level of the last span, or the only value there is."""
    return float(spans(curve, SPANS)[-1] if len(curve[0]) > 1 else curve[1][-1])


def _with_ratios(rows: Sequence[Resemblance]) -> list[Resemblance]:
    """Rows of one panel with the ratio to the first of them."""
    if not rows:
        return []
    first, *others = rows
    played = not _at_random_play(first)
    return [
        first,
        *(
            dataclasses.replace(
                row,
                ratio=_ratio(row.end, first.end) if played else math.nan,
                published_ratio=_ratio(row.published_end, first.published_end),
            )
            for row in others
        ),
    ]


def _at_random_play(row: Resemblance) -> bool:
    """Whether our end is a return or a score, and one of an agent that has hardly begun to play."""
    if row.quantity == _SCORES:
        return row.end < FIRST_PUBLISHED
    if row.quantity == _RETURN and has_human_score(row.panel):
        return bool(human_normalised(row.end, row.panel) < FIRST_PUBLISHED)
    return False


def _ratio(part: float, whole: float) -> float:
    """NaN where there is nothing to be a part of."""
    return part / whole if whole > 0 else math.nan


def number(value: float) -> str:
    """Three significant digits, "-" where there is no value."""
    return "-" if not math.isfinite(value) else f"{float(f'{value:.3g}'):,.12g}"
