"""The numbers that claims about changes within a run are judged by: positive if they hold.

When to look is fixed before looking (the first and the last part of a run, or the steps at
which something was done to it), so that on noise every number is 0 on average.
"""

from collections.abc import Callable, Sequence
import math

import numpy as np

from figures.claims.estimates import Curve, Estimate, UndecidableError, curves_by_game, late_means
from figures.curves.measures import UNITS, measure as measured
from figures.reading.data import Experiment


def fall_over_training(
    experiment: Experiment,
    measure: str,
    first_part: float = 0.1,
    last_part: float = 0.25,
    **arguments,
) -> Estimate:
    """Is a quantity lower late in training than it was at its beginning?

    Args:
      experiment: the runs to judge, one condition.
      measure: a key of `figures.curves.measures.MEASURES`.
      first_part, last_part: shares of the steps whose logs are averaged.
      **arguments: of the measure, for instance tau.

    Returns:
      Mean over the first part minus mean over the last, in the unit of the measure.

    Raises:
      UndecidableError: a run has no value in one of the parts.
    """

    def of_run(curve: Curve) -> float:
        return fall(curve, first_part, last_part)

    return _estimate(experiment, measure, arguments, of_run, "values to compare")


def jump_at_events(
    experiment: Experiment, measure: str, period: Sequence[str], **arguments
) -> Estimate:
    """Does a quantity jump each time something is done to the run?

    For each run, the mean over the events of the first log after an event minus the log at the
    event, which still shows the run as it was. The events come at every multiple of a period
    but the start and the end; an event that no log was made at is left out.

    Args:
      experiment: the runs to judge, one condition; the claim's arguments name it.
      measure: a key of `figures.curves.measures.MEASURES`.
      period: columns of the experiment's index whose product is the period in gradient steps.
      **arguments: of the measure, for instance tau.

    Returns:
      The mean jump, in the unit of the measure.

    Raises:
      UndecidableError: a run has no event with a log at it and one after it.
      FigureError: the index lacks a column.
    """
    condition = experiment.conditions[0]
    period_gradient_steps = math.prod(experiment.column(name)[condition] for name in period)

    def of_run(curve: Curve) -> float:
        return mean_jump(curve, period_gradient_steps)

    return _estimate(experiment, measure, arguments, of_run, "event with a log before and after")


ESTIMATORS: dict[str, Callable[..., Estimate]] = {
    "fall_over_training": fall_over_training,
    "jump_at_events": jump_at_events,
}


def fall(curve: Curve, first_part: float, last_part: float) -> float:
    """Mean over the first part of a curve's steps minus mean over the last; NaN if one lacks."""
    steps, y = curve
    backwards = -steps[::-1], y[::-1]
    (early,), (late,) = late_means([backwards], first_part), late_means([curve], last_part)
    return early - late


def mean_jump(curve: Curve, period: int) -> float:
    """Mean change from a log at a multiple of the period to the next log; NaN if there is none."""
    steps, y = curve
    at = np.flatnonzero((steps % period == 0) & (steps > 0) & (steps < steps[-1]))
    jumps = y[at + 1] - y[at]
    jumps = jumps[np.isfinite(jumps)]
    return float(jumps.mean()) if len(jumps) else math.nan


def _estimate(
    experiment: Experiment,
    measure: str,
    arguments: dict,
    of_run: Callable[[Curve], float],
    needed: str,
) -> Estimate:
    """What `of_run` makes of every run; NaN says that the run has none of what is `needed`."""
    values: dict[str, dict[int, float]] = {}
    for game, curves in curves_by_game(measured(measure, experiment, **arguments)).items():
        values[game] = {seed: of_run(curve) for seed, curve in curves.items()}
        for seed, value in values[game].items():
            if math.isnan(value):
                raise UndecidableError(f"{game}, seed {seed} has no {needed}")
    return Estimate(values, UNITS[measure])
