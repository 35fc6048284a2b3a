"""Curves with different log points on one grid, and means that leave gaps out."""

from collections.abc import Sequence

import numpy as np


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
