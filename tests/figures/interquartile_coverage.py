"""How often the interval of a difference of interquartile means holds the true difference.

`python tests/figures/interquartile_coverage.py` prints the table that is kept in
`figures.statistics.interquartile.COVERAGE` and `POWER`; a slow test repeats it.

Simulated games differ in level (log-normal around 0.3, as human-normalised scores do) and in
spread (about 30 % of the level, differing from game to game); seeds are normal. One method
scores 20 % more than the other in every game. The truth is the difference of the
interquartile means of a great many runs.
"""

import numpy as np
from scipy import stats

from figures.statistics.interquartile import estimate_difference, interquartile_mean

GAIN = 1.2


def levels_and_spreads(games: int) -> tuple[np.ndarray, np.ndarray]:
    """Of the worse method, each (games,)."""
    quantiles = stats.norm.ppf((np.arange(games) + 0.5) / games)
    levels = 0.3 * np.exp(quantiles)
    return levels, 0.3 * levels * np.exp(0.4 * np.roll(quantiles, games // 3))


def experiment(rng: np.random.Generator, games: int, seeds: int) -> np.ndarray:
    """Scores (games, 2, seeds) of the better and of the worse method."""
    levels, spreads = levels_and_spreads(games)
    noise = rng.normal(size=(games, 2, seeds))
    return np.array([GAIN, 1])[:, None] * (levels[:, None, None] + spreads[:, None, None] * noise)


def simulate(games: int, seeds: int, tries: int, resamples: int = 300) -> tuple[float, float]:
    """Share of tries whose 95 % interval holds the truth, and of those that find the gain."""
    rng = np.random.default_rng(games * 100 + seeds)
    many = experiment(rng, games, 40_000).swapaxes(0, 1).reshape(2, -1)
    truth = np.subtract(*interquartile_mean(many))
    covered = found = 0
    for _ in range(tries):
        estimated = estimate_difference(list(experiment(rng, games, seeds)), resamples)
        _, low, high = estimated.interval()
        covered += low <= truth <= high
        found += low > 0
    return covered / tries, found / tries


if __name__ == "__main__":
    for games in (1, 2, 17):
        for seeds in (3, 5, 10):
            print((games, seeds), *simulate(games, seeds, tries=2_000))
