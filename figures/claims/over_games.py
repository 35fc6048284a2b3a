"""The estimator of claims about most games, whatever happens in the others."""

from collections.abc import Callable
import math

import numpy as np

from figures.claims import conditions, one_condition
from figures.claims.estimate import Estimate, UndecidableError
from figures.errors import FigureError
from figures.reading.data import ExperimentResults
from figures.statistics.signs import sign_test

_OF_GAMES: dict[str, Callable[..., Estimate]] = one_condition.ESTIMATORS | conditions.ESTIMATORS


def in_most_games(experiment: ExperimentResults, of: str, **arguments) -> Estimate:
    """Does a claim hold in more than half of the games?

    A mean over games can be one game's. Here every game counts once, by the sign of the mean over
    its seeds of what another estimator makes of them (sign test).

    Args:
      experiment: the runs.
      of: the other estimator's name.
      **arguments: of the other estimator.

    Returns:
      Percentage of games in which the claim holds minus 50. Games are taken to be independent of
      each other, although runs of one seed begin with the same hidden weights in all of them.

    Raises:
      UndecidableError: the other estimator cannot say something of a game.
      FigureError: there is no such estimator.
    """
    if of not in _OF_GAMES:
        raise FigureError(f"There is no estimator {of!r}; there are {', '.join(_OF_GAMES)}.")
    found = _OF_GAMES[of](experiment, **arguments)
    values = found.values
    means = {game: float(np.mean(list(seeds.values()))) for game, seeds in values.items()}
    for game, mean in means.items():
        if math.isnan(mean):
            raise UndecidableError(f"{game} has no value to take the sign of")
    unit = f"percentage points of {len(means)} games above half"
    return Estimate(values, unit, sign_test(list(means.values())), found.note)


ESTIMATORS: dict[str, Callable[..., Estimate]] = {"in_most_games": in_most_games}
