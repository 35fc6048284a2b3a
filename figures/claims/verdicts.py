"""Verdicts on the paper's claims, computed from the stored runs and never written by hand.

A claim is words, the name of an estimator and its arguments; it is kept with the runs. The
estimator gives one number a game and seed, positive where the claim holds. The verdict
follows from the 95 % interval of their mean:

    reproduced     the interval lies above 0
    contradicted   the interval lies below 0
    inconclusive   the interval contains 0, a game has fewer than two seeds, or runs are
                   unfinished
"""

from collections import Counter
from collections.abc import Mapping, Sequence
import dataclasses
from dataclasses import dataclass
import inspect
import math
from pathlib import Path
from typing import Any

import pandas as pd

from figures.claims import changes, comparisons, estimators
from figures.claims.estimates import UndecidableError
from figures.drawing.captions import count_of
from figures.drawing.writing import replace_file
from figures.errors import FigureError
from figures.reading.data import Experiment
from figures.statistics.intervals import Interval, student_interval

ESTIMATORS = estimators.ESTIMATORS | changes.ESTIMATORS | comparisons.ESTIMATORS
REPRODUCED, CONTRADICTED, INCONCLUSIVE = "reproduced", "contradicted", "inconclusive"
# Arguments of a claim that name conditions; the runs of others do not matter to it.
_NAMING = ("condition", "conditions", "higher", "lower", "candidate", "reference")
# The reasons that the interval itself shows.
_ABOVE, _BELOW = "the 95 % interval lies above 0", "the 95 % interval lies below 0"
_AROUND = "the 95 % interval contains 0"
_STATED = ("name", "figure", "statement", "estimator", "published")


@dataclass(frozen=True)
class Verdict:
    """One row of the table of claims.

    Attributes:
      name, figure, statement, estimator, published: as the claim states them.
      value, low, high: estimate and 95 % interval in `unit`; NaN where there is none.
      seeds: of the game and condition that have the fewest.
      runs: finished runs that were judged.
      preset: of the runs.
      verdict: "reproduced", "contradicted" or "inconclusive".
      reason: why.
    """

    name: str
    figure: str
    statement: str
    estimator: str
    value: float
    low: float
    high: float
    unit: str
    published: str
    seeds: int
    runs: int
    preset: str
    verdict: str
    reason: str

    @property
    def interval(self) -> str:
        """Estimate and interval as text, "none" where there is no estimate."""
        if math.isnan(self.value):
            return "none"
        bounds = "" if math.isnan(self.low) else f" [{_number(self.low)}, {_number(self.high)}]"
        return f"{_number(self.value)}{bounds} {self.unit}"


def evaluate(claim: Mapping[str, Any], experiment: Experiment) -> Verdict:
    """Judges one claim by the runs of its experiment.

    Args:
      claim: name, figure, statement, estimator, arguments and published. The estimator gets
        to see the runs of the conditions that the arguments name, or all if they name none;
        the argument "condition" is for this alone.
      experiment: the runs.

    Raises:
      FigureError: the estimator or its arguments are unknown, or a file is damaged.
    """
    name, arguments = claim.get("name", ""), dict(claim.get("arguments", {}))
    experiment = _concerned(experiment, arguments)
    arguments.pop("condition", None)
    estimator = ESTIMATORS.get(claim.get("estimator", ""))
    if estimator is None:
        raise FigureError(
            f"The claim {name!r} names the estimator {claim.get('estimator')!r}; this version "
            f"knows {', '.join(ESTIMATORS)}."
        )
    try:
        inspect.signature(estimator).bind(experiment, **arguments)
    except TypeError as error:
        raise FigureError(f"The claim {name!r} has wrong arguments: {error}.") from error

    unit, interval, trouble = "", Interval(*[math.nan] * 3), ""
    try:
        if not experiment.started:
            raise UndecidableError("no run has logged anything")
        estimate = estimator(experiment, **arguments)
        unit = estimate.unit
        interval = student_interval([list(seeds.values()) for seeds in estimate.values.values()])
    except UndecidableError as error:
        trouble = str(error)
    finished = Counter((run.game, run.condition) for run in experiment.runs if run.complete)
    seeds = {
        game: min(finished[game, condition] for condition in experiment.conditions)
        for game in experiment.games
    }
    unfinished = len(experiment.runs) - finished.total()
    verdict, reason = _judge(interval, seeds, unfinished, len(experiment.runs), trouble)
    return Verdict(
        **{key: str(claim.get(key, "")) for key in _STATED},
        **interval._asdict(),
        unit=unit,
        seeds=min(seeds.values(), default=0),
        runs=finished.total(),
        preset=experiment.preset,
        verdict=verdict,
        reason=reason,
    )


def _concerned(experiment: Experiment, arguments: Mapping[str, Any]) -> Experiment:
    """The experiment with only the runs of the conditions that a claim's arguments name."""
    named: set[str] = set()
    for key in _NAMING:
        value = arguments.get(key) or ()
        named |= {value} if isinstance(value, str) else set(value)
    runs = tuple(run for run in experiment.runs if not named or run.condition in named)
    return dataclasses.replace(experiment, runs=runs)


def _judge(
    interval: Interval, seeds: Mapping[str, int], unfinished: int, runs: int, trouble: str
) -> tuple[str, str]:
    """Verdict and reason; whatever forbids a verdict comes before the interval."""
    scarce = [game for game, count in seeds.items() if count < 2]
    if unfinished or not runs:
        return INCONCLUSIVE, f"{unfinished} of {runs} runs are unfinished"
    if scarce:
        return INCONCLUSIVE, f"{scarce[0]} has one seed and an interval needs two"
    if trouble:
        return INCONCLUSIVE, trouble
    if interval.low > 0:
        return REPRODUCED, _ABOVE
    if interval.high < 0:
        return CONTRADICTED, _BELOW
    return INCONCLUSIVE, _AROUND


def write(verdicts: Sequence[Verdict], folder: Path) -> list[Path]:
    """Writes `claims.parquet` and `claims.md` into `folder` and returns both paths.

    Raises:
      FigureError: the folder cannot be written.
    """
    table = pd.DataFrame([dataclasses.asdict(verdict) for verdict in verdicts])
    parquet, markdown = (folder / f"claims.{end}" for end in ("parquet", "md"))
    replace_file(parquet, lambda path: table.to_parquet(path, index=False, compression="zstd"))
    replace_file(markdown, lambda path: path.write_text(as_markdown(verdicts), "utf-8"))
    return [parquet, markdown]


def as_markdown(verdicts: Sequence[Verdict]) -> str:
    """The table of claims for the README: short cells, the reason only where it is not plain."""
    rows = [
        "| Figure | Claim | Verdict | Ours [95 % interval] | Published | Seeds |",
        "|---|---|---|---|---|---|",
    ]
    for v in verdicts:
        plain = v.reason in (_ABOVE, _BELOW, _AROUND)
        verdict = f"**{v.verdict}**" + ("" if plain else f": {v.reason}")
        published = v.published.removeprefix(f"Figure {v.figure.removeprefix('fig')}: ")
        ours = v.interval.replace("percentage points", "pp")
        cells = (figure_name(v.figure), v.statement, verdict, ours, published, f"{v.seeds}")
        rows.append(f"| {' | '.join(cells)} |")
    presets = ", ".join(sorted({v.preset for v in verdicts}))
    note = (
        f"Preset {presets}; seeds a game; pp: percentage points. Intervals are Student's, of 95 % "
        "each on its own: with this many claims, one or two may err."
    )
    return "\n".join([*rows, "", note]) + "\n"


def as_text(verdicts: Sequence[Verdict]) -> str:
    """The table of claims for a terminal: three lines a claim."""
    lines = []
    for v in verdicts:
        lines += [
            f"{v.verdict.upper()}  {figure_name(v.figure)}: {v.statement}",
            f"    {v.interval}; {v.reason} ({v.preset} preset, {count_of(v.seeds, 'seed')} a game)",
        ]
        if v.published:
            lines.append(f"    published: {v.published}")
    return "\n".join(lines)


def figure_name(figure: str) -> str:
    """ "fig5" as a reader calls it: "Fig. 5"."""
    return f"Fig. {figure.removeprefix('fig')}"


def _number(value: float) -> str:
    """Three significant digits, with its sign."""
    return f"{float(f'{value:.3g}'):+,.12g}"
