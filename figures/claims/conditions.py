"""Estimators of claims that compare conditions: positive if the claim holds.

All of them compare what a measure is at the end or in a last part of training, game by game
and seed by seed, over the agent steps that every condition reached. Runs of one seed share their
first parameters and the seeds of their games, so that they can only be closer than runs at
random. A seed that one of the conditions lacks says nothing and is left out.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from figures.claims.estimate import (
    NOT_RECORDED,
    Estimate,
    UndecidableError,
    curves_by_game,
    mean_estimate,
)
from figures.curves.levels import LAST, LAST_QUARTER, late_means
from figures.curves.measures import measure as measured, unit_of
from figures.curves.returns import has_human_score
from figures.reading.data import ExperimentResults
from figures.statistics import interquartile
from figures.statistics.slope import slope


def difference_of_conditions(
    experiment: ExperimentResults,
    measure: str,
    higher: str,
    lower: str,
    last_part: float = LAST_QUARTER,
    in_units_of: str = "",
    **arguments,
) -> Estimate:
    """Is a quantity higher under one condition than under another, late in training?

    Args:
      experiment: the runs of both conditions.
      measure: a name in `figures.curves.measures.MEASURES`.
      higher, lower: the conditions, as the claim orders them.
      last_part: share of the common steps that is averaged, counted from their end; 0 is the
        last log alone.
      in_units_of: one of the two conditions; see `_in_units`.
      **arguments: of the measure, for instance tau.

    Returns:
      Higher minus lower, in the unit of the measure, or in percent of a condition.

    Raises:
      UndecidableError: a game has no pair of runs, or a run no value late in training.
    """

    def of_seed(high: float, low: float) -> float:
        return high - low

    levels = _late_levels(experiment, measure, (higher, lower), last_part, arguments)
    levels, unit = _in_units(levels, measure, (higher, lower), in_units_of)
    return mean_estimate(_reduce(levels, of_seed), unit)


def difference_of_scores(
    experiment: ExperimentResults, higher: str, lower: str, last_part: float = LAST
) -> Estimate:
    """Does a method score more than another over many games?

    The quantity is the paper's: the interquartile mean of the human-normalised evaluation returns
    of all runs of all games under one condition, minus that under the other. The plain
    mean is another quantity: a single game with large scores can decide it.

    Args:
      experiment: the runs of both conditions.
      higher, lower: the conditions, as the claim orders them.
      last_part: share of the common steps that is averaged, counted from their end; 0, the
        last evaluation alone, is what the paper reports.

    Returns:
      Higher minus lower; how often its interval holds the truth is said in
      `figures.statistics.interquartile`.

    Raises:
      UndecidableError: nobody has published what a human scores in one of the games, a game
        has no pair of runs, or a run no evaluation.
    """
    measure = "human_normalised_return"
    levels = _late_levels(experiment, measure, (higher, lower), last_part, {})
    strata = {game: np.array(list(seeds.values())).T for game, seeds in levels.items()}
    values = _reduce(levels, lambda high, low: high - low)
    together = interquartile.estimate_difference(list(strata.values()))
    of_games = {game: interquartile.estimate_difference([own]) for game, own in strata.items()}
    return Estimate(values, "IQM", together, of_games=of_games)


def not_lower_than(
    experiment: ExperimentResults,
    measure: str,
    candidate: str,
    reference: str,
    margin: float = 0.1,
    last_part: float = LAST,
    in_units_of: str = "",
    **arguments,
) -> Estimate:
    r"""Is a quantity under one condition no lower than under another, but for a margin?

    That two conditions do not differ cannot be shown; that one of them is at most a margin
    $m$ below the other can (a test of non-inferiority). For each game and seed,
    $c - r + m |r|$, which is $c - (1 - m) r$ wherever the reference is positive.

    Args:
      experiment: the runs of both conditions.
      measure: a name in `figures.curves.measures.MEASURES`, one whose zero means nothing was
        achieved: human-normalised returns, of which random play has none, not raw ones, of
        which it has plenty.
      candidate, reference: the conditions $c$ and $r$.
      margin: the share of the reference that may be lost.
      last_part: share of the common steps that is averaged, counted from their end; 0 is the
        last log alone.
      in_units_of: one of the two conditions; see `_in_units`.
      **arguments: of the measure, for instance tau.

    Returns:
      Candidate minus what it may not fall below, in the unit of the measure, or in percent of a
      condition.

    Raises:
      UndecidableError: a game has no pair of runs, or a run no value late in training.
    """

    def of_seed(ours: float, theirs: float) -> float:
        return ours - theirs + margin * abs(theirs)

    levels = _late_levels(experiment, measure, (candidate, reference), last_part, arguments)
    levels, unit = _in_units(levels, measure, (candidate, reference), in_units_of)
    bound = f"{100 * (1 - margin):g} % of {reference}"
    return mean_estimate(_reduce(levels, of_seed), f"{unit} above {bound}")


def trend_over_conditions(
    experiment: ExperimentResults,
    measure: str,
    number: str,
    conditions: Sequence[str] | None = None,
    trend: Literal["rises", "falls"] = "rises",
    margin: float = 0.0,
    last_part: float = LAST,
    **arguments,
) -> Estimate:
    """Does a quantity rise, or fall, with a number that the conditions differ in?

    For each game and seed, the least-squares slope of the late level against log2 of the
    number. With a margin the claim is that the quantity does not go the other way by more
    than that (non-inferiority).

    Args:
      experiment: the runs of all the conditions.
      measure: a name in `figures.curves.measures.MEASURES`.
      number: a column of the experiment's index, for instance "replay_ratio".
      conditions: those compared; by default all.
      trend: as the claim has it; a falling quantity gives positive numbers for "falls".
      margin: change per doubling against the trend that the claim allows.
      last_part: share of the common steps that is averaged, counted from their end; 0 is the
        last log alone.
      **arguments: of the measure, for instance tau.

    Returns:
      Change per doubling of the number, in the unit of the measure, above minus the margin.

    Raises:
      UndecidableError: fewer than two numbers, one that is not positive, a game has no seed of all
        conditions, or a run no value late in training.
      FigureError: the index has no such column.
    """
    compared = list(conditions or experiment.conditions)
    column = experiment.column(number)
    sign = {"rises": 1.0, "falls": -1.0}[trend]

    def of_seed(*late: float) -> float:
        return sign * slope(doublings, late) + margin

    levels = _late_levels(experiment, measure, compared, last_part, arguments)
    for condition in compared:
        if not (column[condition] or 0) > 0:
            raise UndecidableError(f"doublings need a positive {number}, which {condition} lacks")
    doublings = np.log2([column[condition] for condition in compared])
    if len(set(doublings)) < 2:
        raise UndecidableError(f"a trend needs two values of {number}")
    word = {"rises": "above", "falls": "below"}[trend]
    above = f" {word} {-sign * margin:g}" if margin else ""
    return mean_estimate(_reduce(levels, of_seed), f"{unit_of(measure)} per doubling{above}")


ESTIMATORS: dict[str, Callable[..., Estimate]] = {
    function.__name__: function
    for function in (
        difference_of_conditions,
        difference_of_scores,
        not_lower_than,
        trend_over_conditions,
    )
}

Levels = dict[str, dict[int, list[float]]]


def _late_levels(
    experiment: ExperimentResults,
    measure: str,
    conditions: Sequence[str],
    last_part: float,
    arguments: dict,
) -> Levels:
    """Game -> seed -> late level under each of the conditions."""
    if measure == "human_normalised_return":
        for game in experiment.games:
            if not has_human_score(game):
                raise UndecidableError(f"it is not known what a human scores in {game}")
    sides = []
    for condition in conditions:
        part = experiment.select(condition=condition)
        if not part.started:
            raise UndecidableError(f"no run of {condition} has logged anything")
        sides.append(curves_by_game(measured(measure, part, **arguments), "agent_step"))
    if not any(sides):
        raise UndecidableError(NOT_RECORDED)
    for condition, side in zip(conditions, sides, strict=True):
        if not side:
            raise UndecidableError(f"the runs of {condition} recorded nothing of it")
    levels: Levels = {}
    for game in experiment.games:
        curves = [side.get(game, {}) for side in sides]
        seeds = [seed for seed in curves[0] if all(seed in side for side in curves)]
        if not seeds:
            raise UndecidableError(why_no_pair(experiment, game, conditions))
        levels[game] = {}
        for seed in seeds:
            levels[game][seed] = late_means([side[seed] for side in curves], last_part)
            if np.isnan(levels[game][seed]).any():
                raise UndecidableError(f"{game}, seed {seed} has no values to compare")
    return levels


def why_no_pair(experiment: ExperimentResults, game: str, conditions: Sequence[str]) -> str:
    """Why no seed of a game has values under all conditions: not run, or not recorded."""
    which = "both" if len(conditions) == 2 else "all"
    of_game = [experiment.select(game=game, condition=name).started for name in conditions]
    if set.intersection(*({run.seed for run in runs} for runs in of_game)):
        return f"no seed of {game} recorded it under {which} conditions"
    return f"{game} has no seed that {which} conditions were run with"


def _in_units(
    levels: Levels, measure: str, conditions: Sequence[str], in_units_of: str
) -> tuple[Levels, str]:
    """Levels and their unit: the measure's, or percent of one of the conditions.

    Where returns of tasks differ by orders of magnitude, a mean of raw differences is that of the
    task with the largest. In percent every task counts alike: all levels of a task are divided by
    the mean |level| of the condition over seeds.

    Raises:
      UndecidableError: that mean is 0.
    """
    if not in_units_of:
        return levels, unit_of(measure)
    position = conditions.index(in_units_of)
    found: Levels = {}
    for game, seeds in levels.items():
        scale = float(np.mean([abs(late[position]) for late in seeds.values()]))
        if not scale:
            raise UndecidableError(f"{in_units_of} is at 0 in {game}: nothing is a share of that")
        found[game] = {
            seed: [100 * level / scale for level in late] for seed, late in seeds.items()
        }
    return found, f"% of {in_units_of}"


def _reduce(levels: Levels, of_seed: Callable[..., float]) -> dict[str, dict[int, float]]:
    """Game -> seed -> what `of_seed` makes of the levels."""
    return {
        game: {seed: of_seed(*late) for seed, late in seeds.items()}
        for game, seeds in levels.items()
    }
