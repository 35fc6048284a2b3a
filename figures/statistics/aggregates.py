"""One number for many games: the interquartile mean, with its stratified bootstrap.

Both as in Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical
Precipice", which the paper follows.
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from figures.statistics.intervals import Band


def interquartile_mean(scores: np.ndarray, axis: int = 0) -> np.ndarray:
    """Mean of the middle half: a quarter of the values, rounded down, is cut at each end.

    Args:
      scores: of all runs along `axis`.
      axis: which disappears.
    """
    return stats.trim_mean(scores, 0.25, axis=axis)


def interquartile_band(
    strata: Sequence[np.ndarray],
    confidence: float = 0.95,
    resamples: int = 2_000,
    seed: int = 0,
) -> Band:
    """Interquartile mean over the runs of all games with a percentile-bootstrap band.

    The bootstrap is stratified: every game keeps its number of runs, because games are fixed
    and seeds are not. A run is resampled as a whole curve.

    Args:
      strata: for each game, scores (seeds, points).
      confidence: of the band, point by point.
      resamples: bootstrap resamples.
      seed: of the resampling, so that a picture is the same each time it is drawn.

    Returns:
      Mean and band (points,). Both are NaN where a run has no value, because the mean of
      other runs would be another quantity; the band also where a game has a single run.
    """
    scores = np.concatenate(strata)
    value = np.where(np.isfinite(scores).all(axis=0), interquartile_mean(scores), np.nan)
    low, high = np.full((2, len(value)), np.nan)
    points = np.flatnonzero(np.isfinite(value))
    if len(points) and min(map(len, strata)) > 1:
        rng = np.random.default_rng(seed)
        drawn = [
            runs[rng.integers(len(runs), size=(resamples, len(runs)))][..., points]
            for runs in strata
        ]
        means = interquartile_mean(np.concatenate(drawn, axis=1), axis=1)
        tail = (1 - confidence) / 2
        low[points], high[points] = np.quantile(means, [tail, 1 - tail], axis=0)
    return Band(value, low, high)
