"""The one kind of interval that claims are judged by, and all that follows from it.

An estimate with its standard error and degrees of freedom gives an interval, a p-value, and the
number of seeds at which an effect of that size and spread would be decided. For means these
are Student's, exact for normal noise at any number of seeds: the tests simulate 95 % at three,
five and ten. For interquartile means `figures.statistics.interquartile` says what they cover.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
POWER = 0.8
MOST_SEEDS = 10_000


class Interval(NamedTuple):
    """An estimate with its confidence interval; NaN bounds where there are too few values."""

    value: float
    low: float
    high: float

    @property
    def decided(self) -> bool:
        """Whether it lies above or below 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Estimated:
    """A number with its uncertainty.

    Attributes:
      value: the estimate.
      standard_error: of it; NaN where a game has a single run.
      freedom: degrees of freedom of the standard error.
      seeds: runs a game; where games have unequal numbers, how many of each would give this
        standard error.
      fewest_seeds: runs that every game must have for an interval.
    """

    fewest_seeds: ClassVar[int] = 2

    value: float
    standard_error: float = np.nan
    freedom: float = np.nan
    seeds: float = 1

    def interval(self, confidence: float = CONFIDENCE) -> Interval:
        """Two-sided Student-t interval."""
        if self.standard_error == 0:
            return Interval(self.value, self.value, self.value)
        margin = stats.t.ppf((1 + confidence) / 2, self.freedom) * self.standard_error
        return Interval(self.value, float(self.value - margin), float(self.value + margin))

    def p_value(self) -> float:
        """Two-sided, of the hypothesis that the number estimated is 0; NaN without an interval."""
        if self.standard_error == 0:
            return 0.0 if self.value else 1.0
        return float(2 * stats.t.sf(abs(self.value) / self.standard_error, self.freedom))

    def seeds_to_decide(self) -> int | None:
        """Seeds a game at which the interval would exclude 0, were the effect as observed.

        The standard error falls with the root of the number of seeds, the degrees of freedom
        grow with the number less one, and the power is that of the noncentral t distribution.

        Returns:
          The least number that decides with probability `POWER`; None if it is not known, or
          beyond 10,000.
        """
        if not (self.standard_error > 0 and self.value):
            return None
        counts = np.unique(np.geomspace(2, MOST_SEEDS, 4_000).astype(int))
        freedom = self.freedom * (counts - 1) / (self.seeds - 1)
        shift = abs(self.value) / self.standard_error * np.sqrt(counts / self.seeds)
        needed = stats.t.ppf((1 + CONFIDENCE) / 2, freedom)
        decided = stats.nct.sf(needed, freedom, np.minimum(shift, 35)) >= POWER
        return int(counts[np.argmax(decided)]) if decided.any() else None


def mean_of_games(strata: Sequence[Sequence[float]]) -> Estimated:
    r"""Mean of the games' means.

    Games are fixed (these, not games in general) and weigh the same; runs within a game are
    independent. The standard error is $\frac{1}{G} \sqrt{\sum_g s_g^2 / n_g}$ with the degrees of
    freedom of Welch and Satterthwaite, so that neither the spread nor the number of seeds
    need agree.

    Args:
      strata: for each game, one value a seed.

    Reference:
      Satterthwaite 1946, "An approximate distribution of estimates of variance components".
    """
    return _weighted([(values, 1 / len(strata)) for values in strata])


def difference_of_groups(
    higher: Sequence[Sequence[float]], lower: Sequence[Sequence[float]]
) -> Estimated:
    """Mean of some games' means minus that of others, all of whose runs are independent.

    With a game on either side it is Welch's test; its standard error and degrees of freedom are
    otherwise those of `mean_of_games`, whose variances add up.

    Args:
      higher, lower: for each game of the two groups, one value a seed; seeds are no pairs.

    Reference:
      Welch 1947, "The generalization of 'Student's' problem when several different population
      variances are involved".
    """
    return _weighted(
        [(values, 1 / len(higher)) for values in higher]
        + [(values, -1 / len(lower)) for values in lower]
    )


def _weighted(strata: Sequence[tuple[Sequence[float], float]]) -> Estimated:
    """Weighted sum of the means of independent groups of values."""
    groups = [np.asarray(values, np.float64) for values, _ in strata]
    weights = np.array([weight for _, weight in strata])
    counts = np.array([len(group) for group in groups])
    value = float(weights @ [group.mean() for group in groups])
    if counts.min() < 2:
        return Estimated(value)
    parts = weights**2 * np.array([group.var(ddof=1) / len(group) for group in groups])
    variance = parts.sum()
    if variance == 0:
        return Estimated(value, 0.0)
    # Of the variance, so that the square of a tiny one is not 0.
    shares = parts / variance
    freedom = 1 / sum(shares**2 / (counts - 1))
    return Estimated(value, float(np.sqrt(variance)), float(freedom), float(shares @ counts))
