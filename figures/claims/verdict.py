"""Verdicts on the paper's claims, computed from the stored runs and never written by hand.

A claim is words, the name of an estimator and its arguments; it is kept with the runs. The
estimator gives one number, positive where the claim holds. The verdict follows from its 95 %
interval:

    reproduced     the interval lies above 0
    contradicted   the interval lies below 0
    inconclusive   the interval contains 0, a game has fewer than two seeds to judge, runs
                   are unfinished, or one of them diverged
    not judged     the preset only proves that everything works
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
import dataclasses
from dataclasses import dataclass
import inspect
import math
from typing import Any

from experiments.storing.schema import NOT_IN_THE_PAPER
from figures.claims import association, conditions, groups, one_condition, over_games, waking
from figures.claims.estimate import Estimate, UndecidableError
from figures.claims.games_apart import games_apart
from figures.curves.divergence import diverged
from figures.errors import FigureError
from figures.names import is_question, order
from figures.reading.data import ExperimentResults
from figures.statistics.holm import holm
from figures.statistics.student import CONFIDENCE, Estimated, Interval

ESTIMATORS = (
    one_condition.ESTIMATORS
    | conditions.ESTIMATORS
    | over_games.ESTIMATORS
    | association.ESTIMATORS
    | groups.ESTIMATORS
    | waking.ESTIMATORS
)
REPRODUCED, CONTRADICTED, INCONCLUSIVE = "reproduced", "contradicted", "inconclusive"
NOT_JUDGED = "not judged"
# The preset whose runs are too short to say anything.
_WITHOUT_VERDICTS = "smoke"
# Arguments of a claim that name conditions; the runs of others do not matter to it.
_NAMING = ("condition", "conditions", "higher", "lower", "candidate", "reference")
# The reasons that the interval itself shows.
ABOVE, BELOW = "the 95 % interval lies above 0", "the 95 % interval lies below 0"
AROUND = "the 95 % interval contains 0"
_STATED = ("name", "figure", "statement", "estimator", "published")


@dataclass(frozen=True)
class Verdict:
    """One row of the table of claims.

    Attributes:
      name, figure, statement, estimator, published: as the claim states them.
      tau: threshold of dormancy of the claim; NaN for claims about something else.
      value, low, high: estimate and 95 % interval in `unit`; NaN where there is none.
      p_value: two-sided, of this claim alone; NaN where there is no interval.
      seeds: that the estimate is made of, of the game with the fewest; a pair of runs is one.
        Where there is no estimate, finished ones of the game and condition with the fewest.
      seeds_to_decide: how many would decide it with a probability of 80 %, were effect and
        spread as observed; NaN where it is decided, cannot be computed or is beyond 10,000.
      runs: finished runs that were judged.
      versions: of the code's notion of training that they were trained by, for instance "2".
      preset: of the runs.
      verdict: of this claim alone.
      corrected: the same verdict if it holds together with all others of its table and kind
        (the paper's claims, and those beyond it) at 5 % (Holm), else "inconclusive"; "" before
        a table is made.
      reason: why.
      note: what else a reader has to know, for instance that there was no dip, or that a game
        goes the other way; "" for nothing.
    """

    name: str
    figure: str
    statement: str
    estimator: str
    tau: float
    value: float
    low: float
    high: float
    unit: str
    p_value: float
    published: str
    seeds: int
    seeds_to_decide: float
    runs: int
    versions: str
    preset: str
    verdict: str
    corrected: str
    reason: str
    note: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether it is about more than the paper, also where one of its figures shows it."""
        return is_question(self.figure) or self.published.lower().startswith(NOT_IN_THE_PAPER)


def evaluate(claim: Mapping[str, Any], experiment: ExperimentResults) -> Verdict:
    """Judges one claim by the runs of its experiment.

    Args:
      claim: name, figure, statement, estimator, arguments and published. The estimator gets
        to see the runs of the conditions that the arguments name, or all if they name none;
        the arguments "condition" and "games" are for this alone. Of games that a claim is about
        those are judged that were trained.
      experiment: the runs.

    Raises:
      FigureError: the estimator or its arguments are unknown, or a file is damaged.
    """
    arguments = dict(claim.get("arguments", {}))
    experiment = _concerned(experiment, arguments)
    for alone in ("condition", "games"):
        arguments.pop(alone, None)
    estimator = _estimator_of(claim, experiment, arguments)
    unit, estimated, note, trouble = "", Estimated(math.nan), "", ""
    seeds = there = _finished_seeds(experiment)
    try:
        if not experiment.started:
            raise UndecidableError("no run has logged anything")
        for run, step in diverged(experiment).items():
            raise UndecidableError(f"{run} diverged after {step:,} gradient steps")
        estimate = estimator(experiment, **arguments)
        unit, estimated = estimate.unit, estimate.estimated
        # Not what was run: a seed may lack its pair, or have recorded nothing of it.
        seeds = {game: len(values) for game, values in estimate.values.items()}
        note = "; ".join(filter(None, (estimate.note, games_apart(estimate))))
    except UndecidableError as error:
        trouble = str(error)
    interval = estimated.interval()
    finished = sum(run.complete for run in experiment.runs)
    forbidden = (
        _what_forbids(len(experiment.runs) - finished, len(experiment.runs))
        or trouble
        or _what_is_scarce(seeds, there, estimated.fewest_seeds)
        or ("there is no interval" if math.isnan(interval.low) else "")
    )
    verdict, reason = _verdict_of(interval, forbidden, experiment.preset)
    open_still = reason == AROUND
    return Verdict(
        **{key: str(claim.get(key, "")) for key in _STATED},
        tau=float(arguments.get("tau", math.nan)),
        **interval._asdict(),
        unit=unit,
        p_value=math.nan if forbidden or verdict == NOT_JUDGED else estimated.p_value(),
        seeds=min(seeds.values(), default=0),
        seeds_to_decide=float(estimated.seeds_to_decide() or math.nan) if open_still else math.nan,
        runs=finished,
        versions=", ".join(sorted({run.version for run in experiment.started})),
        preset=experiment.preset,
        verdict=verdict,
        corrected="",
        reason=reason,
        note=note,
    )


def judged(experiments: Iterable[ExperimentResults]) -> list[Verdict]:
    """The table of all claims of some experiments of one preset, corrected for their number.

    Args:
      experiments: all that there are, because the correction counts them.

    Raises:
      FigureError: a claim is of another version, or a file is damaged.
    """
    verdicts = [evaluate(claim, each) for each in experiments for claim in each.claims]
    return corrected(sorted(verdicts, key=lambda verdict: order(verdict.figure)))


def corrected(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts of one table with what remains of each after the correction for their number.

    The paper's claims and our own are counted apart: what is asked beyond the paper makes
    nothing that the paper says less certain.
    """
    adjusted = dict[int, float]()
    for asked in (False, True):
        family = [n for n, verdict in enumerate(verdicts) if verdict.is_ours == asked]
        p_values = holm([verdicts[n].p_value for n in family])
        adjusted |= dict(zip(family, p_values, strict=True))
    rows = []
    for number, verdict in enumerate(verdicts):
        decided = verdict.verdict in (REPRODUCED, CONTRADICTED)
        kept = not decided or adjusted[number] < 1 - CONFIDENCE
        remains = verdict.verdict if kept else INCONCLUSIVE
        rows.append(dataclasses.replace(verdict, corrected=remains))
    return rows


def _estimator_of(
    claim: Mapping[str, Any], experiment: ExperimentResults, arguments: Mapping[str, Any]
) -> Callable[..., Estimate]:
    """The function that a claim names, which takes these arguments."""
    name = claim.get("name", "")
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
    return estimator


def _verdict_of(interval: Interval, forbidden: str, preset: str) -> tuple[str, str]:
    """A verdict and its reason.

    Args:
      interval: of the estimate.
      forbidden: why there can be no verdict; "" if there can.
      preset: of the runs.
    """
    if preset == _WITHOUT_VERDICTS:
        return NOT_JUDGED, forbidden or f"{preset} runs only prove that everything works"
    if forbidden:
        return INCONCLUSIVE, forbidden
    if interval.low > 0:
        return REPRODUCED, ABOVE
    if interval.high < 0:
        return CONTRADICTED, BELOW
    return INCONCLUSIVE, AROUND


def _concerned(experiment: ExperimentResults, arguments: Mapping[str, Any]) -> ExperimentResults:
    """The experiment with only the runs of conditions and games that a claim's arguments name."""
    named: set[str] = set()
    for key in _NAMING:
        value = arguments.get(key) or ()
        named |= {value} if isinstance(value, str) else set(value)
    games = arguments.get("games", experiment.games)
    return experiment.restricted(
        lambda run: (not named or run.condition in named) and run.game in games
    )


def _finished_seeds(experiment: ExperimentResults) -> dict[str, int]:
    """Game -> finished runs of the condition that has the fewest."""
    finished = Counter((run.game, run.condition) for run in experiment.runs if run.complete)
    seeds: dict[str, int] = {}
    for game, condition in dict.fromkeys((run.game, run.condition) for run in experiment.runs):
        count = finished[game, condition]
        seeds[game] = min(count, seeds.get(game, count))
    return seeds


def _what_forbids(unfinished: int, runs: int) -> str:
    """Why there can be no verdict whatever the numbers; "" if there can."""
    if not runs:
        return "none of its runs was trained here"
    if unfinished:
        return f"{unfinished} of {runs} runs are unfinished"
    return ""


def _what_is_scarce(seeds: Mapping[str, int], there: Mapping[str, int], fewest: int) -> str:
    """Which game has too few seeds for an interval, of those there are; "" if none has."""
    scarce = next((game for game, count in seeds.items() if count < fewest), None)
    if scarce is None:
        return ""
    # Where more were run, they have no pair or recorded nothing of it.
    judged = " that can be judged" if there.get(scarce, 0) >= fewest else ""
    return f"{scarce} has one seed{judged} and an interval needs two"
