"""The numbers that claims are judged by: one value a game and seed, positive if the claim holds.

An estimator reduces every run to one number whose sign is the claim's, so that one rule
(`figures.claims`) judges all claims: the mean of the numbers against 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from figures.data import Experiment
from figures.errors import FigureError
from figures.measures import UNITS, measure as measured
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
    return Estimate(values, f"{UNITS[measure]} per million gradient steps")


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
        for seed, curve in curves.items():
            (values[game][seed],) = late_means([curve], last_part)
            if np.isnan(values[game][seed]):
                raise UndecidableError(f"{game}, seed {seed} has no overlap to average")
    return Estimate(values, "percentage points")


def difference_of_conditions(
    experiment: Experiment,
    measure: str,
    higher: str,
    lower: str,
    last_part: float = 0.25,
    **arguments,
) -> Estimate:
    """Is a quantity higher under one condition than under another, late in training?

    For each game and seed, the difference of the two runs' means over the last logs of the
    agent steps that both of them reached. Runs of one seed share their first parameters and the
    seeds of their games, so that pairs can only be closer than two runs at random. A seed that
    only one condition has says nothing and is left out.

    Args:
      experiment: the runs of both conditions.
      measure: a key of `figures.measures.MEASURES`.
      higher, lower: the conditions, as the claim orders them.
      last_part: share of those steps that is averaged, counted from their end.
      **arguments: of the measure, for instance tau.

    Returns:
      Higher minus lower, in the unit of the measure.

    Raises:
      UndecidableError: a game has no pair of runs, or a run no value late in training.
    """
    sides = []
    for condition in (higher, lower):
        part = experiment.select(condition=condition)
        if not part.started:
            raise UndecidableError(f"no run of {condition} has logged anything")
        sides.append(_curves(measured(measure, part, **arguments), "agent_step"))
    values: dict[str, dict[int, float]] = {}
    for game in experiment.games:
        above, below = (side.get(game, {}) for side in sides)
        pairs = [seed for seed in above if seed in below]
        if not pairs:
            raise UndecidableError(f"{game} has no seed that both conditions were run with")
        values[game] = {}
        for seed in pairs:
            high, low = late_means([above[seed], below[seed]], last_part)
            values[game][seed] = high - low
            if np.isnan(values[game][seed]):
                raise UndecidableError(f"{game}, seed {seed} has no values to compare")
    return Estimate(values, UNITS[measure])


def level_above_threshold(
    experiment: Experiment, measure: str, threshold: float, last_part: float = 0.25, **arguments
) -> Estimate:
    """Is a quantity above a fixed number, late in training?

    Args:
      experiment: the runs to judge, one condition.
      measure: a key of `figures.measures.MEASURES`.
      threshold: in the unit of the measure.
      last_part: share of the steps that is averaged, counted from the end.
      **arguments: of the measure, for instance tau.

    Returns:
      Mean over the last part minus the threshold.

    Raises:
      UndecidableError: a run has no value in its last part.
    """
    curves = _curves(measured(measure, experiment, **arguments))
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
    "difference_of_conditions": difference_of_conditions,
    "level_above_threshold": level_above_threshold,
}

Curve = tuple[np.ndarray, np.ndarray]
Curves = dict[int, Curve]


def late_means(curves: Sequence[Curve], last_part: float) -> list[float]:
    """Means over the last part of the steps that all curves cover.

    Args:
      curves: steps (logs,) and values (logs,) each; NaN values are left out.
      last_part: of those steps, from 0 to 1.

    Returns:
      One mean a curve, NaN where it has no value there.
    """
    begin, end = max(steps[0] for steps, _ in curves), min(steps[-1] for steps, _ in curves)
    means = []
    for steps, y in curves:
        late = y[(steps > end - last_part * (end - begin)) & (steps <= end) & np.isfinite(y)]
        means.append(float(late.mean()) if len(late) else np.nan)
    return means


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


def _curves(frame: pd.DataFrame, steps: str = "gradient_step") -> dict[str, Curves]:
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
