"""Many claims in one table: Holm's correction.

Of twenty claims that are all false in the same way, one comes out as true at 95 %. Holm's
procedure keeps the probability that any of the corrected verdicts is wrong at 5 %. Chosen
before that of Benjamini and Hochberg, because readers quote single rows, for which a bound on the
share of wrong rows says nothing, and because claims share runs, so that nothing can be assumed
about how they depend on each other; Holm's holds under any dependence.

Reference:
  Holm 1979, "A simple sequentially rejective multiple test procedure".
"""

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Adjusted p-values: a claim is decided at 5 % together with all others if its is below 0.05.

    Args:
      p_values: of all claims; NaN for those that could not be judged, which are not counted.

    Returns:
      (claims,), NaN where there was none.

    Examples:
      >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
      [0.03, 0.06, 0.06]
    """
    given = np.asarray(p_values, np.float64)
    adjusted = np.full(given.shape, np.nan)
    known = np.flatnonzero(np.isfinite(given))
    order = known[np.argsort(given[known], kind="stable")]
    times = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(given[order] * times), 1)
    return adjusted
