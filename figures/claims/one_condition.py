"""Estimators of claims about the runs of one condition.

An estimator reduces every run to one number, positive where the claim holds, so that one rule
(`figures.claims.verdict`) judges all claims: the mean of the numbers against 0. When to look is
fixed before looking (the first and the last part of a run, or the steps at which something was
done to it), so that on noise every number is 0 on average.
"""

from collections.abc import Callable, Mapping, Sequence
import dataclasses
import math
from typing import Any

import numpy as np

from figures.claims.estimate import (
    NOT_RECORDED,
    Curves,
    Estimate,
    UndecidableError,
    curves_by_game,
    mean_estimate,
    recorded_curves,
)
from figures.claims.minima import Minimum, early_minima, remarks
from figures.curves.frames import Curve
from figures.curves.levels import LAST_QUARTER, late_means
from figures.curves.measures import measure as measured, unit_of
from figures.reading.data import ExperimentResults
from figures.statistics.slope import slope

MILLION = 1e6


def slope_after_minimum(
    experiment: ExperimentResults,
    measure: str = "dormant_share",
    latest_minimum: float = 0.5,
    locate_logs: int = 5,
    located_on: Mapping[str, Any] | None = None,
    **arguments,
) -> Estimate:
    """Does the curve rise after its early minimum, or after that of another?

    The slope from a curve's own minimum onwards is positive even for pure noise, because the
    minimum was picked for being low. Here the minimum is therefore located on the mean curve
    of the *other* seeds of the game (cross-fitting), and the least-squares slope of the
    held-out seed is taken from there to its end: on noise its expected value is 0. Where
    every game has one seed, the other games take the place of other seeds.

    The log at gradient step 0, that of the untrained network, is left out, both where the minimum
    is looked for and where the slope is fitted. The claims are about training. The published curves
    of Figures 2 and 5 begin later, at 20,000 and 40,000 gradient steps; those of Figure 4 begin at
    0 and jump, and what is said of their minimum is about one after that. Where nothing dips, the
    minimum would fall on that log, and a jump at once with a plateau after it would count as a
    rise. Overlaps with the dormant set of the untrained network are left out as well. This was
    decided after results had been seen, because it takes away a bias in favour of the claims.

    Where the mean curve never lies below its first log after that, there is no dip: it rises from
    its start on, or comes down from a peak to no less than that. Where it is lowest at the last log
    that the minimum is looked for at, it may not have reached its minimum yet. The estimate is the
    same in both cases, and its note says so.

    Args:
      experiment: the runs to judge, one condition.
      measure: a name in `figures.curves.measures.MEASURES`.
      latest_minimum: the minimum is looked for in this first part of the steps, so that
        enough of the run is left to judge. A curve that only falls gets a negative slope.
      locate_logs: the mean curve is smoothed over this many logs to find its minimum.
      located_on: the measure, under "measure", and the arguments of the curve whose minimum is
        looked for; by default the same curve.
      **arguments: of the measure, for instance tau.

    Returns:
      Percentage points per million gradient steps.

    Raises:
      UndecidableError: a game has fewer than two seeds and others have more or there are none;
        or a run has too few logs.
    """
    experiment = experiment.without_start()
    judged = recorded_curves(measure, experiment, **arguments)
    located = judged
    if located_on is not None:
        name, others = located_on["measure"], dict(located_on)
        del others["measure"]
        located = recorded_curves(name, experiment, **others)
    minima = early_minima(located, latest_minimum, locate_logs)
    values = {game: slopes_after(curves, minima[game]) for game, curves in judged.items()}
    estimate = mean_estimate(values, f"{unit_of(measure)} per million gradient steps")
    return dataclasses.replace(estimate, note=remarks(minima, latest_minimum))


def overlap_above_chance(
    experiment: ExperimentResults, last_part: float = LAST_QUARTER, **arguments
) -> Estimate:
    """Is the overlap larger than that of random sets as large as the observed ones?

    For each run, the mean over its last logs of overlap minus expected overlap.

    Args:
      experiment: the runs to judge, one condition.
      last_part: share of the steps that is averaged, counted from the end.
      **arguments: of `figures.curves.neurons.overlap`, for instance tau.

    Returns:
      Percentage points.

    Raises:
      UndecidableError: a run has no dormant neurons in its last part, or the definition of
        overlap has no expected value.
    """
    frame = measured("overlap", experiment, **arguments)
    frame = frame.assign(value=frame.value - frame.chance)

    def of_run(curve: Curve) -> float:
        return late_means([curve], last_part)[0]

    values = _of_every_run(curves_by_game(frame), of_run)
    return mean_estimate(values, unit_of("overlap"), "overlap to average")


def level_above_threshold(
    experiment: ExperimentResults,
    measure: str,
    threshold: float,
    last_part: float = LAST_QUARTER,
    **arguments,
) -> Estimate:
    """Is a quantity above a fixed number, late in training?

    Args:
      experiment: the runs to judge, one condition.
      measure: a name in `figures.curves.measures.MEASURES`.
      threshold: in the unit of the measure.
      last_part: share of the steps that is averaged, counted from the end.
      **arguments: of the measure, for instance tau.

    Returns:
      Mean over the last part minus the threshold.

    Raises:
      UndecidableError: a run has no value in its last part.
    """
    curves = curves_by_game(measured(measure, experiment, **arguments))
    if not curves:
        raise UndecidableError(NOT_RECORDED)
    empty = np.empty(0), np.empty(0)
    values: dict[str, dict[int, float]] = {}
    for run in experiment.runs:
        curve = curves.get(run.game, {}).get(run.seed, empty)
        level = late_means([curve], last_part)[0] if len(curve[0]) else math.nan
        values.setdefault(run.game, {})[run.seed] = level - threshold
    return mean_estimate(values, f"{unit_of(measure)} above {threshold:g}", "values to average")


def level_below_threshold(
    experiment: ExperimentResults, measure: str, threshold: float, **arguments
) -> Estimate:
    """Is a quantity below a fixed number, late in training? See `level_above_threshold`.

    Returns:
      The threshold minus the mean over the last part.
    """
    above = level_above_threshold(experiment, measure, threshold, **arguments)
    values = {
        game: {seed: -value for seed, value in seeds.items()}
        for game, seeds in above.values.items()
    }
    return mean_estimate(values, f"{unit_of(measure)} below {threshold:g}")


def fall_over_training(
    experiment: ExperimentResults,
    measure: str,
    first_part: float = 0.1,
    last_part: float = LAST_QUARTER,
    **arguments,
) -> Estimate:
    """Is a quantity lower late in training than it was at its beginning?

    Args:
      experiment: the runs to judge, one condition.
      measure: a name in `figures.curves.measures.MEASURES`.
      first_part, last_part: shares of the steps whose logs are averaged.
      **arguments: of the measure, for instance tau.

    Returns:
      Mean over the first part minus mean over the last, in the unit of the measure.

    Raises:
      UndecidableError: a run has no value in one of the parts.
    """

    def of_run(curve: Curve) -> float:
        return fall(curve, first_part, last_part)

    curves = recorded_curves(measure, experiment, **arguments)
    return mean_estimate(_of_every_run(curves, of_run), unit_of(measure))


def jump_at_events(
    experiment: ExperimentResults, measure: str, period: Sequence[str], **arguments
) -> Estimate:
    """Does a quantity jump each time something is done to the run?

    For each run, the mean over the events of the first log after an event minus the log at the
    event, which still shows the run as it was. The events come at every multiple of a period
    but the start and the end; an event that no log was made at is left out.

    Args:
      experiment: the runs to judge, one condition; the claim's arguments name it.
      measure: a name in `figures.curves.measures.MEASURES`.
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

    curves = recorded_curves(measure, experiment, **arguments)
    values = _of_every_run(curves, of_run)
    return mean_estimate(values, unit_of(measure), "event with a log before and after")


ESTIMATORS: dict[str, Callable[..., Estimate]] = {
    function.__name__: function
    for function in (
        slope_after_minimum,
        overlap_above_chance,
        level_above_threshold,
        level_below_threshold,
        fall_over_training,
        jump_at_events,
    )
}


def slopes_after(curves: Curves, minima: Mapping[int, Minimum]) -> dict[int, float]:
    """`slope_after_minimum` of one game.

    Args:
      curves: seed -> steps (logs,) and values (logs,); NaN values are left out.
      minima: seed -> from where on it is fitted.

    Returns:
      Seed -> slope per million steps.

    Raises:
      UndecidableError: too few logs to fit.
    """
    slopes = {}
    for seed, (steps, y) in curves.items():
        lowest = minima[seed].step
        fitted = (steps >= lowest) & np.isfinite(y)
        if fitted.sum() < 3:
            raise UndecidableError(f"seed {seed} has fewer than three logs after the minimum")
        slopes[seed] = slope(steps[fitted] / MILLION, y[fitted])
    return slopes


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


def _of_every_run(
    games: dict[str, Curves], of_run: Callable[[Curve], float]
) -> dict[str, dict[int, float]]:
    return {
        game: {seed: of_run(curve) for seed, curve in curves.items()}
        for game, curves in games.items()
    }
