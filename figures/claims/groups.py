"""The estimator of claims that compare runs of different games: nothing of them is a pair."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from figures.claims.estimate import Curves, Estimate, UndecidableError, curves_by_game
from figures.curves.levels import LAST_QUARTER, late_means
from figures.curves.measures import measure as measured, unit_of
from figures.reading.data import ExperimentResults
from figures.statistics.student import difference_of_groups as difference_of


def difference_of_groups(
    experiment: ExperimentResults,
    measure: str,
    higher: str,
    lower: str,
    last_part: float = LAST_QUARTER,
    higher_arguments: Mapping[str, Any] | None = None,
    lower_arguments: Mapping[str, Any] | None = None,
    **arguments,
) -> Estimate:
    """Is a quantity higher under one condition than under another that has other games?

    Runs are compared at equal gradient steps: late in the steps that all of them reached. Each
    side is the mean over its games of the means over seeds. Seeds that recorded nothing of it are
    left out: nothing is a pair here, so that the others lose nothing by that.

    Args:
      experiment: the runs of both conditions.
      measure: a name in `figures.curves.measures.MEASURES`.
      higher, lower: the conditions, as the claim orders them.
      last_part: share of the common gradient steps that is averaged, counted from their end; 0
        is the last log alone.
      higher_arguments, lower_arguments: of the measure on one side only, for instance the layer,
        which the other side's networks do not have.
      **arguments: of the measure on both sides, for instance tau.

    Returns:
      Higher minus lower, in the unit of the measure. Its values are the levels themselves, under
      the game's name where a single condition has it.

    Raises:
      UndecidableError: a condition has no run, none of a game's recorded anything of it, or one
        that did has no value late in training.
    """
    sides = {
        condition: _curves(experiment, measure, condition, arguments | dict(own or {}))
        for condition, own in ((higher, higher_arguments), (lower, lower_arguments))
    }
    places = [
        (condition, game, seed)
        for condition, games in sides.items()
        for game, seeds in games.items()
        for seed in seeds
    ]
    levels = late_means([sides[c][game][seed] for c, game, seed in places], last_part)
    values: dict[str, dict[int, float]] = {}
    strata: dict[str, dict[str, list[float]]] = {higher: {}, lower: {}}
    for (condition, game, seed), level in zip(places, levels, strict=True):
        if np.isnan(level):
            raise UndecidableError(f"{game}, seed {seed} has no values to compare")
        strata[condition].setdefault(game, []).append(level)
        shared = all(game in games for games in sides.values())
        values.setdefault(f"{game}, {condition}" if shared else game, {})[seed] = level
    found = difference_of(list(strata[higher].values()), list(strata[lower].values()))
    return Estimate(values, unit_of(measure), found)


def _curves(
    experiment: ExperimentResults, measure: str, condition: str, arguments: Mapping[str, Any]
) -> dict[str, Curves]:
    """Game -> seed -> curve over gradient steps, of those that recorded any."""
    part = experiment.select(condition=condition)
    if not part.started:
        raise UndecidableError(f"no run of {condition} has logged anything")
    curves = curves_by_game(measured(measure, part, **arguments))
    recorded = {
        game: {seed: curve for seed, curve in seeds.items() if np.isfinite(curve[1]).any()}
        for game, seeds in curves.items()
    }
    for game in part.games:
        if not recorded.get(game):
            raise UndecidableError(f"the runs of {condition} in {game} recorded nothing of it")
    return recorded


ESTIMATORS: dict[str, Callable[..., Estimate]] = {"difference_of_groups": difference_of_groups}
