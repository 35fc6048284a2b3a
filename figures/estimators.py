"""The numbers that claims are judged by: one value a game and seed, positive if the claim holds.

An estimator reduces every run to one number whose sign is the claim's, so that one rule
(`figures.claims`) judges all claims: the mean of the numbers against 0.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from figures.data import Experiment
from figures.errors import FigureError
from figures.measures import measure as measured
from figures.statistics import common_grid, mean_of_present, moving_mean

MILLION = 1e6


class UndecidableError(Exception):
    """The data cannot carry this estimate; the message says why."""


@dataclass(frozen=True)
class Estimate:
    """What an estimator returns.

    Attributes:
      values: game -> seed -> number, positive if the claim holds there.
      unit: of the numbers.
    """

    values: dict[str, dict[int, float]]
    unit: str


def slope_after_minimum(
    experiment: Experiment,
    measure: str = "dormant_share",
    latest_minimum: float = 0.5,
    locate_logs: int = 5,
    **arguments,
) -> Estimate:
    """Does the curve rise again after its dip?

    The slope from a curve's own minimum onwards is positive even for pure noise, because the
    minimum was picked for being low. Here the minimum is therefore located on the mean curve
    of the *other* seeds of the game (cross-fitting), and the least-squares slope of the
    held-out seed is taken from there to its end: on noise its expected value is 0.

    Args:
      experiment: the runs to judge, one condition.
      measure: a key of `figures.measures.MEASURES`.
      latest_minimum: the minimum is looked for in this first part of the steps, so that
        enough of the run is left to judge. A curve that only falls gets a negative slope.
      locate_logs: the mean curve is smoothed over this many logs to find its minimum.
      **arguments: of the measure, for instance tau.

    Returns:
      Percentage points per million gradient steps.

    Raises:
      UndecidableError: a game has fewer than two seeds, or a run too few logs.
    """
    frame = measured(measure, experiment, **arguments)
    values = {
        game: held_out_slopes(curves, latest_minimum, locate_logs)
        for game, curves in _curves(frame).items()
    }
    return Estimate(values, "percentage points per million gradient steps")


def overlap_above_chance(experiment: Experiment, last_part: float = 0.25, **arguments) -> Estimate:
    """Is the overlap larger than that of random sets as large as the observed ones?

    For each run, the mean over its last logs of overlap minus expected overlap.

    Args:
      experiment: the runs to judge, one condition.
      last_part: share of the steps that is averaged, counted from the end.
      **arguments: of `figures.measures.overlap`, for instance tau.

    Returns:
      Percentage points.

    Raises:
      UndecidableError: a run has no dormant neurons in its last part, or the definition of
        overlap has no expected value.
    """
    frame = measured("overlap", experiment, **arguments)
    frame = frame.assign(value=frame.value - frame.chance)
    values = {}
    for game, curves in _curves(frame).items():
        values[game] = {}
        for seed, (steps, excess) in curves.items():
            late = excess[steps > steps[-1] - last_part * (steps[-1] - steps[0])]
            if not np.isfinite(late).any():
                raise UndecidableError(f"{game}, seed {seed} has no overlap to average")
            values[game][seed] = float(np.nanmean(late))
    return Estimate(values, "percentage points")


ESTIMATORS: dict[str, Callable[..., Estimate]] = {
    "slope_after_minimum": slope_after_minimum,
    "overlap_above_chance": overlap_above_chance,
}

Curves = dict[int, tuple[np.ndarray, np.ndarray]]


def held_out_slopes(curves: Curves, latest_minimum: float, locate_logs: int) -> dict[int, float]:
    """`slope_after_minimum` of one game.

    Args:
      curves: seed -> steps (logs,) and values (logs,); NaN values are left out.
      latest_minimum, locate_logs: see `slope_after_minimum`.

    Returns:
      Seed -> slope per million steps.

    Raises:
      UndecidableError: fewer than two seeds, or too few logs to locate or to fit.
    """
    if len(curves) < 2:
        raise UndecidableError("the minimum is located on other seeds, so two are the least")
    slopes = {}
    for seed, (steps, y) in curves.items():
        grid, others = common_grid([curve for s, curve in curves.items() if s != seed])
        mean = moving_mean(mean_of_present(others), locate_logs)
        early = grid <= grid[0] + latest_minimum * (grid[-1] - grid[0])
        if not np.isfinite(mean[early]).any():
            raise UndecidableError("the other seeds have no values to locate a minimum on")
        lowest = grid[np.nanargmin(np.where(early, mean, np.nan))]
        fitted = (steps >= lowest) & np.isfinite(y)
        if fitted.sum() < 3:
            raise UndecidableError(f"seed {seed} has fewer than three logs after the minimum")
        slopes[seed] = float(np.polyfit(steps[fitted] / MILLION, y[fitted], 1)[0])
    return slopes


def _curves(frame: pd.DataFrame) -> dict[str, Curves]:
    """Game -> seed -> curve."""
    if frame.condition.nunique() > 1:
        raise FigureError(
            "This estimator judges one condition; the claim's arguments must name it with "
            f"'condition': one of {', '.join(sorted(set(frame.condition)))}."
        )
    games: dict[str, Curves] = {}
    for (game, seed), curve in frame.groupby(["game", "seed"], sort=False):
        games.setdefault(game, {})[int(seed)] = (
            curve.gradient_step.to_numpy(),
            curve.value.to_numpy(),
        )
    return games
