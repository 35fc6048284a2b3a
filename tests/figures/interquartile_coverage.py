"""How often the intervals of interquartile means, and of their differences, hold the truth.

`python tests/figures/interquartile_coverage.py` prints the table that is kept in
`figures.statistics.interquartile.COVERAGE`, `COVERAGE_OF_LEVELS` and `POWER`; a slow test repeats
it.

Simulated games differ in level (log-normal around 0.3, as human-normalised scores do) and in
spread (about 30 % of the level, differing from game to game); seeds are normal. One method
scores 20 % more than the other in every game. The truth are the interquartile means of a great
many runs.
"""

import numpy as np
from scipy import stats

from figures.statistics.interquartile import estimate, estimate_difference, interquartile_mean

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


def simulate(
    games: int, seeds: int, tries: int, resamples: int = 300
) -> tuple[float, float, float]:
    """Share of tries that hold the difference, hold the level, and find the gain."""
    rng = np.random.default_rng(games * 100 + seeds)
    many = experiment(rng, games, 40_000).swapaxes(0, 1).reshape(2, -1)
    levels = interquartile_mean(many)
    covered = level_covered = found = 0
    for _ in range(tries):
        scores = experiment(rng, games, seeds)
        _, low, high = estimate_difference(list(scores), resamples).interval()
        covered += low <= levels[0] - levels[1] <= high
        found += low > 0
        _, low, high = estimate(list(scores[:, 1]), resamples).interval()
        level_covered += low <= levels[1] <= high
    return covered / tries, level_covered / tries, found / tries


if __name__ == "__main__":
    for games in (1, 2, 17):
        for seeds in (3, 5, 10):
            print((games, seeds), *simulate(games, seeds, tries=2_000))
