"""Uncertainty over seeds: bands for pictures, intervals for claims.

Bands are percentile bootstraps, as in the paper. With the few seeds of a laptop they are
too narrow: three values have only ten distinct resamples, so the band is about the range of
the seeds, which covers the true mean in 75 % of cases rather than 95 %. Claims are therefore
judged by Student-t intervals, which are exact for normal noise at any number of seeds.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats


class Band(NamedTuple):
    """Mean over seeds and its interval at every point of a curve; each (points,)."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Interval(NamedTuple):
    """An estimate with its confidence interval; NaN bounds where there are too few values."""

    value: float
    low: float
    high: float


def common_grid(
    curves: Sequence[tuple[np.ndarray, np.ndarray]],
) -> tuple[np.ndarray, np.ndarray]:
    """Brings curves with different log points onto one grid.

    The grid holds every point at which any curve was logged. A curve is interpolated
    linearly between its own points and is NaN outside them: a run that stopped early says
    nothing about later.

    Args:
      curves: for each seed, rising steps (points,) and values (points,).

    Returns:
      Steps (grid,) and values (seeds, grid).
    """
    grid = np.unique(np.concatenate([steps for steps, _ in curves]))
    values = [np.interp(grid, steps, y, left=np.nan, right=np.nan) for steps, y in curves]
    return grid, np.stack(values)


def mean_of_present(values: np.ndarray) -> np.ndarray:
    """Mean over seeds at every point that any of them has a value at, NaN elsewhere.

    Args:
      values: (seeds, points), NaN where a seed has no value.
    """
    count = np.isfinite(values).sum(axis=0)
    total = np.nansum(values, axis=0)
    return np.divide(total, count, out=np.full(values.shape[1], np.nan), where=count > 0)


def mean_band(
    values: np.ndarray, confidence: float = 0.95, resamples: int = 2_000, seed: int = 0
) -> Band:
    """Mean over seeds with a percentile-bootstrap band; NaN values are left out.

    Args:
      values: (seeds, points).
      confidence: of the band, point by point.
      resamples: bootstrap resamples.
      seed: of the resampling, so that a picture is the same each time it is drawn.

    Returns:
      Mean and band (points,); the band is NaN where fewer than two seeds have a value.
    """
    present = np.isfinite(values)
    low, high = np.full((2, values.shape[1]), np.nan)
    # Points that the same seeds contribute to are resampled together, as whole curves.
    patterns, which = np.unique(present, axis=1, return_inverse=True)
    for number, pattern in enumerate(patterns.T):
        points = which.ravel() == number
        chosen = values[pattern][:, points]
        if len(chosen) > 1:
            interval = stats.bootstrap(
                (chosen,),
                np.mean,
                axis=0,
                method="percentile",
                vectorized=True,
                batch=100,
                n_resamples=resamples,
                confidence_level=confidence,
                rng=np.random.default_rng(seed),
            ).confidence_interval
            low[points], high[points] = interval.low, interval.high
    return Band(mean_of_present(values), low, high)


def student_interval(strata: Sequence[Sequence[float]], confidence: float = 0.95) -> Interval:
    r"""Mean of the strata's means, with a Student-t interval.

    Strata are fixed (these games, not games in general) and weigh the same; values within a
    stratum are independent. The standard error is
    $\frac{1}{G} \sqrt{\sum_g s_g^2 / n_g}$ with the degrees of freedom of Welch and
    Satterthwaite, so that neither the spread nor the number of seeds need agree.

    Args:
      strata: for each game, one value a seed.
      confidence: of the interval.

    Returns:
      The estimate and its bounds, which are NaN unless every stratum has two values.

    Reference:
      Satterthwaite 1946, "An approximate distribution of estimates of variance components".
    """
    groups = [np.asarray(values, np.float64) for values in strata]
    value = float(np.mean([group.mean() for group in groups]))
    if min(len(group) for group in groups) < 2:
        return Interval(value, np.nan, np.nan)
    parts = np.array([group.var(ddof=1) / len(group) for group in groups]) / len(groups) ** 2
    variance = parts.sum()
    if variance == 0:
        return Interval(value, value, value)
    freedom = variance**2 / sum(
        part**2 / (len(group) - 1) for part, group in zip(parts, groups, strict=True)
    )
    margin = stats.t.ppf((1 + confidence) / 2, freedom) * np.sqrt(variance)
    return Interval(value, float(value - margin), float(value + margin))


def moving_mean(values: np.ndarray, window: int) -> np.ndarray:
    """Centred moving mean that skips NaN; the window shrinks at both ends.

    Args:
      values: (points,).
      window: odd number of points.

    Returns:
      (points,), NaN only where the whole window is NaN.
    """
    ones = np.ones(window)
    present = np.isfinite(values)
    half = window // 2
    total = np.convolve(np.where(present, values, 0.0), ones)[half : half + len(values)]
    count = np.convolve(present, ones)[half : half + len(values)]
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)


def smoothed(values: np.ndarray, window: int) -> np.ndarray:
    """`moving_mean` that makes up no value where there is none, the first overlap for instance."""
    return np.where(np.isfinite(values), moving_mean(values, window), np.nan)
