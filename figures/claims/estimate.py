"""What estimators return, and why one cannot."""

from collections.abc import Mapping
import dataclasses
from dataclasses import dataclass
import math
from typing import Any

import pandas as pd

from figures.curves.frames import Curve
from figures.curves.measures import measure as measured
from figures.errors import FigureError
from figures.reading.data import ExperimentResults
from figures.statistics.student import Estimated, mean_of_games

Curves = dict[int, Curve]
Values = dict[str, dict[int, float]]
NOT_RECORDED = "these runs recorded nothing of it"


class UndecidableError(Exception):
    """The data cannot carry this estimate; the message says why."""


@dataclass(frozen=True)
class Estimate:
    """A number that is positive if the claim holds.

    Attributes:
      values: game -> seed -> number.
      unit: of the numbers.
      estimated: the number and its uncertainty.
      note: what else a reader has to know of what was found; "" for nothing.
      of_games: game -> the same of this game alone, where the number is the mean, or IQM, over
        games.
    """

    values: Values
    unit: str
    estimated: Estimated
    note: str = ""
    of_games: Mapping[str, Estimated] = dataclasses.field(default_factory=dict)


def mean_estimate(values: Values, unit: str, needed: str = "values to compare") -> Estimate:
    """The mean over games of the means over seeds.

    Raises:
      UndecidableError: a value is NaN, because its run has none of what is `needed`.
    """
    for game, seeds in values.items():
        for seed, value in seeds.items():
            if math.isnan(value):
                raise UndecidableError(f"{game}, seed {seed} has no {needed}")
    groups = {game: list(seeds.values()) for game, seeds in values.items()}
    of_games = {game: mean_of_games([group]) for game, group in groups.items()}
    return Estimate(values, unit, mean_of_games(list(groups.values())), of_games=of_games)


def curves_by_game(frame: pd.DataFrame, steps: str = "gradient_step") -> dict[str, Curves]:
    """Game -> seed -> curve over a column of steps."""
    if frame.condition.nunique() > 1:
        raise FigureError(
            "This estimator judges one condition; the claim's arguments must name it with "
            f"'condition': one of {', '.join(sorted(set(frame.condition)))}."
        )
    games: dict[str, Curves] = {}
    for (game, seed), curve in frame.groupby(["game", "seed"], sort=False):
        games.setdefault(game, {})[int(seed)] = (
            curve[steps].to_numpy(),
            curve.value.to_numpy(),
        )
    return games


def recorded_curves(
    measure: str, experiment: ExperimentResults, **arguments: Any
) -> dict[str, Curves]:
    """`curves_by_game` of a measure, over gradient steps, of every game that has runs.

    Raises:
      UndecidableError: the runs, or those of a game, recorded nothing of it.
    """
    curves = curves_by_game(measured(measure, experiment, **arguments))
    if not curves:
        raise UndecidableError(NOT_RECORDED)
    for run in experiment.started:
        if run.game not in curves:
            raise UndecidableError(f"the runs of {run.game} recorded nothing of it")
    return curves
