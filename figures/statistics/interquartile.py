"""One number for many games: the interquartile mean, with its stratified bootstrap.

The mean is that of Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the
Statistical Precipice", which the paper follows: the middle half of all runs of all games. The
bootstrap is stratified, because games are fixed and seeds are not. Games are resampled apart from
each other, as there, although our runs of one seed begin with the same hidden weights in all games:
should that make their scores alike, the interval is too narrow.

Their percentile interval is too narrow for few seeds: in simulations it holds the true difference
of two methods in 77 % of the cases with 2 games and 3 seeds, and in 87 % with 17 games. Resampling
n runs of n loses a share of 1/n of the variance, and a percentile knows nothing of a standard
error that is itself uncertain. Here one run fewer than there are is drawn a game, which makes
the variance of a mean right, and the quantile is Student's with as many degrees of freedom as
there are runs to spare. `COVERAGE` says how often that holds the true difference where 95 % is
meant, `COVERAGE_OF_LEVELS` how often the score of one method, and `POWER` how often it finds a gain
(`tests/figures/interquartile_coverage.py`).

Reference:
  McCarthy and Snowden 1985, "The bootstrap and finite population sampling", for n - 1 of n.
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from figures.statistics.ranges import Band
from figures.statistics.student import CONFIDENCE, Estimated

RESAMPLES = 2_000
# (games, seeds) -> share of simulated experiments in which the interval held the true difference.
COVERAGE = {
    (1, 3): 0.95,
    (1, 5): 0.98,
    (1, 10): 0.97,
    (2, 3): 0.92,
    (2, 5): 0.92,
    (2, 10): 0.93,
    (17, 3): 0.94,
    (17, 5): 0.94,
    (17, 10): 0.94,
}
# The same -> share in which the interval of one method's score held the true score.
COVERAGE_OF_LEVELS = {
    (1, 3): 0.95,
    (1, 5): 0.98,
    (1, 10): 0.96,
    (2, 3): 0.86,
    (2, 5): 0.87,
    (2, 10): 0.90,
    (17, 3): 0.93,
    (17, 5): 0.92,
    (17, 10): 0.94,
}
# The same -> share in which a gain of 20 % in every game was found, with seeds that differ by 30 %.
POWER = {
    (1, 3): 0.07,
    (1, 5): 0.04,
    (1, 10): 0.16,
    (2, 3): 0.11,
    (2, 5): 0.13,
    (2, 10): 0.19,
    (17, 3): 0.63,
    (17, 5): 0.86,
    (17, 10): 0.99,
}


def interquartile_mean(scores: np.ndarray) -> np.ndarray:
    """Mean of the middle half: a quarter of the values, rounded down, is cut at each end.

    Args:
      scores: (..., runs), of all runs.

    Returns:
      (...).
    """
    return stats.trim_mean(scores, 0.25, axis=-1)


def estimate(strata: Sequence[np.ndarray], resamples: int = RESAMPLES) -> Estimated:
    """Interquartile mean over the runs of all games.

    Args:
      strata: for each game, scores (seeds,).
      resamples: of the bootstrap, whose draws are the same each time.
    """
    return _estimated(strata, interquartile_mean, resamples)


def estimate_difference(strata: Sequence[np.ndarray], resamples: int = RESAMPLES) -> Estimated:
    """Interquartile mean of one method minus that of another.

    Args:
      strata: for each game, scores (2, seeds) of both methods; column by column the runs are
        pairs, of one seed, and are resampled as pairs.
      resamples: of the bootstrap, whose draws are the same each time.
    """

    def difference(runs: np.ndarray) -> np.ndarray:
        first, second = np.moveaxis(interquartile_mean(runs), -1, 0)
        return first - second

    return _estimated(strata, difference, resamples)


def band(strata: Sequence[np.ndarray], resamples: int = RESAMPLES) -> Band:
    """`estimate` at every point of a curve, with its 95 % interval.

    Args:
      strata: for each game, scores (seeds, points); a run is resampled as a whole curve.
      resamples: of the bootstrap, whose draws are the same each time.

    Returns:
      Mean and band (points,). Both are NaN where a run has no value, because the mean of
      other runs would be another quantity; the band also where a game has a single run.
    """
    scores = np.concatenate(strata)
    complete = np.isfinite(scores).all(axis=0)
    columns = np.full((3, scores.shape[1]), np.nan)
    for point in np.flatnonzero(complete):
        runs = [game[:, point] for game in strata]
        columns[:, point] = estimate(runs, resamples).interval(CONFIDENCE)
    return Band(*columns)


def _estimated(strata: Sequence[np.ndarray], statistic, resamples: int) -> Estimated:
    """A statistic of (..., runs of all games), with the standard error of its bootstrap."""
    counts = [game.shape[-1] for game in strata]
    value = float(statistic(np.concatenate(strata, axis=-1)))
    if min(counts) < 2:
        return Estimated(value)
    rng = np.random.default_rng(0)
    drawn = []
    for game, count in zip(strata, counts, strict=True):
        chosen = rng.integers(count, size=(resamples, count - 1))
        drawn.append(np.moveaxis(game[..., chosen], -2, 0))
    error = float(statistic(np.concatenate(drawn, axis=-1)).std())
    seeds = float(stats.hmean(counts))
    return Estimated(value, error, sum(counts) - len(counts), seeds)
