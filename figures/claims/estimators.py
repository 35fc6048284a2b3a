"""The numbers that claims about one condition are judged by: positive if the claim holds.

An estimator reduces every run to one number whose sign is the claim's, so that one rule
(`figures.claims.verdicts`) judges all claims: the mean of the numbers against 0. Those that compare
conditions are in `figures.claims.comparisons`.
"""

from collections.abc import Callable

import numpy as np

from figures.claims.estimates import Curves, Estimate, UndecidableError, curves_by_game, late_means
from figures.curves.measures import UNITS, measure as measured
from figures.reading.data import Experiment
from figures.statistics.intervals import common_grid, mean_of_present, moving_mean

MILLION = 1e6


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
      measure: a key of `figures.curves.measures.MEASURES`.
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
        for game, curves in curves_by_game(frame).items()
    }
    return Estimate(values, f"{UNITS[measure]} per million gradient steps")


def overlap_above_chance(experiment: Experiment, last_part: float = 0.25, **arguments) -> Estimate:
    """Is the overlap larger than that of random sets as large as the observed ones?

    For each run, the mean over its last logs of overlap minus expected overlap.

    Args:
      experiment: the runs to judge, one condition.
      last_part: share of the steps that is averaged, counted from the end.
      **arguments: of `figures.curves.measures.overlap`, for instance tau.

    Returns:
      Percentage points.

    Raises:
      UndecidableError: a run has no dormant neurons in its last part, or the definition of
        overlap has no expected value.
    """
    frame = measured("overlap", experiment, **arguments)
    frame = frame.assign(value=frame.value - frame.chance)
    values = {}
    for game, curves in curves_by_game(frame).items():
        values[game] = {}
        for seed, curve in curves.items():
            (values[game][seed],) = late_means([curve], last_part)
            if np.isnan(values[game][seed]):
                raise UndecidableError(f"{game}, seed {seed} has no overlap to average")
    return Estimate(values, "percentage points")


def level_above_threshold(
    experiment: Experiment, measure: str, threshold: float, last_part: float = 0.25, **arguments
) -> Estimate:
    """Is a quantity above a fixed number, late in training?

    Args:
      experiment: the runs to judge, one condition.
      measure: a key of `figures.curves.measures.MEASURES`.
      threshold: in the unit of the measure.
      last_part: share of the steps that is averaged, counted from the end.
      **arguments: of the measure, for instance tau.

    Returns:
      Mean over the last part minus the threshold.

    Raises:
      UndecidableError: a run has no value in its last part.
    """
    curves = curves_by_game(measured(measure, experiment, **arguments))
    values: dict[str, dict[int, float]] = {}
    for run in experiment.runs:
        mean = np.nan
        if run.seed in curves.get(run.game, {}):
            (mean,) = late_means([curves[run.game][run.seed]], last_part)
        if np.isnan(mean):
            raise UndecidableError(f"{run.game}, seed {run.seed} has no values to average")
        values.setdefault(run.game, {})[run.seed] = mean - threshold
    return Estimate(values, f"{UNITS[measure]} above {threshold:g}")


ESTIMATORS: dict[str, Callable[..., Estimate]] = {
    "slope_after_minimum": slope_after_minimum,
    "overlap_above_chance": overlap_above_chance,
    "level_above_threshold": level_above_threshold,
}


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
