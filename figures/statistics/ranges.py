"""Bands of curves: from one seed to another, with the coverage that follows from counting.

The interval from the k-th lowest to the k-th highest of n independent values contains the
median of what they are drawn from unless fewer than k values fall on one side of it: with
probability 1 - 2 P(Binomial(n, 1/2) < k), whatever the distribution. With three seeds even
the whole range reaches 75 %, with five 94 %; the larger k is taken as soon as 95 % allow it.
"""

from typing import NamedTuple

import numpy as np
from scipy import stats

from experiments.wording import ordinal
from figures.statistics.grids import mean_of_present

CONFIDENCE = 0.95


class Band(NamedTuple):
    """A level and its interval at every point of a curve; each (points,)."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def seeds_cut(count: int) -> int:
    """How many of `count` seeds a band leaves out at each end: most that 95 % coverage allows."""
    cut = 0
    while coverage(count, cut + 1) >= CONFIDENCE:
        cut += 1
    return cut


def coverage(count: int, cut: int = 0) -> float:
    """Probability that the median lies within `count` values without the `cut` outermost.

    Examples:
      >>> coverage(3), coverage(5), round(coverage(10, 1), 3)
      (0.75, 0.9375, 0.979)
    """
    return float(1 - 2 * stats.binom.cdf(cut, count, 0.5))


def seed_band(values: np.ndarray) -> Band:
    """Mean over seeds, and the band of the seeds around their median.

    Args:
      values: (seeds, points), NaN where a seed has no value.

    Returns:
      Mean and band (points,); the band is NaN where fewer than two seeds have a value.
    """
    ordered = np.sort(values, axis=0)  # NaN comes last
    counts = np.isfinite(values).sum(axis=0)
    low, high = np.full((2, values.shape[1]), np.nan)
    for point in np.flatnonzero(counts > 1):
        cut, count = seeds_cut(counts[point]), counts[point]
        low[point], high[point] = ordered[cut, point], ordered[count - 1 - cut, point]
    return Band(mean_of_present(values), low, high)


def band_in_words(seeds: int) -> str:
    """What the band of so many seeds is, and how far it can be trusted; "" for a single one."""
    if seeds < 2:
        return ""
    cut = seeds_cut(seeds)
    which = f"{ordinal(cut + 1)} to {ordinal(seeds - cut)}" if cut else "range"
    covers = f"{100 * coverage(seeds, cut):.3g}\u00a0%"
    return f"{which} of {seeds} seeds (holds the true median with probability {covers})"
