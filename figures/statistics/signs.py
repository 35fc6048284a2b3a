"""The sign test: in more than half of the games, whatever the size of what happens in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import stats

from figures.statistics.student import CONFIDENCE, Estimated, Interval


@dataclass(frozen=True)
class Signs(Estimated):
    """How many of some independent numbers are positive, with the uncertainty of that count.

    Attributes:
      value: percentage of positive numbers minus 50.
      positive: how many are.
      count: of all that are not 0, which say nothing.
      fewest_seeds: games are counted, so that one seed of each will do.
    """

    fewest_seeds: ClassVar[int] = 1

    positive: int = 0
    count: int = 0

    def interval(self, confidence: float = CONFIDENCE) -> Interval:
        """Exact, of Clopper and Pearson 1934."""
        if not self.count:
            return Interval(self.value, np.nan, np.nan)
        found = stats.binomtest(self.positive, self.count).proportion_ci(confidence)
        return Interval(self.value, 100 * float(found.low) - 50, 100 * float(found.high) - 50)

    def p_value(self) -> float:
        """Two-sided and exact, of the hypothesis that either sign is as probable."""
        if not self.count:
            return 1.0
        return float(stats.binomtest(self.positive, self.count).pvalue)

    def seeds_to_decide(self) -> None:
        """Not known: more games would decide it, not more seeds."""


def sign_test(numbers: Sequence[float]) -> Signs:
    """The sign test of numbers that are independent of each other.

    Args:
      numbers: for instance one a game.

    Examples:
      >>> found = sign_test([0.1, 2.0, 30.0, -1.0, 0.0])
      >>> (found.positive, found.count, found.value)
      (3, 4, 25.0)

    Reference:
      Conover 1999, "Practical nonparametric statistics", 3.4; zeros are left out as there.
    """
    signs = np.sign(np.asarray(numbers, np.float64))
    positive, count = int((signs > 0).sum()), int((signs != 0).sum())
    value = 100 * positive / count - 50 if count else 0.0
    return Signs(value, positive=positive, count=count)
