"""The least-squares slope of one curve."""

import numpy as np


def slope(x: np.ndarray, y: np.ndarray) -> float:
    """Change of y per unit of x; exactly 0 where y is constant, so that rounding is no trend.

    Args:
      x, y: (points,), finite, with two different x at the least.
    """
    return float(np.polyfit(x, y, 1)[0]) if np.ptp(y) else 0.0
