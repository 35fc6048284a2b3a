"""Single numbers of curves: the last value, or the mean over a last part."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from figures.curves.frames import Curve, curves_of
from figures.errors import FigureError
from figures.statistics.student import Interval, mean_of_games

# Of the steps; a claim says "in the last quarter" where it means this.
LAST_QUARTER = 0.25
# The last value alone.
LAST = 0.0


def late_means(curves: Sequence[Curve], last_part: float) -> list[float]:
    """Means over the last part of the steps that all curves cover.

    Args:
      curves: steps (logs,) and values (logs,) each; NaN values are left out.
      last_part: of those steps, from 0, which is the last one alone, to 1.

    Returns:
      One mean a curve, NaN where it has no value there.

    Raises:
      FigureError: `last_part` is no such share.
    """
    if not 0 <= last_part <= 1:
        raise FigureError(
            f"A last part of {last_part:g} makes no sense; give a share of the steps from 0 (the "
            "last value) to 1 (all)."
        )
    begin, end = max(steps[0] for steps, _ in curves), min(steps[-1] for steps, _ in curves)
    means = []
    for steps, y in curves:
        reached = steps <= end
        # A curve that has no log at the common end is told by the last one before it.
        last = np.arange(len(steps)) == reached.sum() - 1
        late = y[(last | (steps > end - last_part * (end - begin))) & reached & np.isfinite(y)]
        means.append(float(late.mean()) if len(late) else np.nan)
    return means


def late_intervals(frame: pd.DataFrame, last_part: float = LAST_QUARTER) -> dict[str, Interval]:
    """Condition -> level late in training over the seeds of one game, with its interval.

    Args:
      frame: a tidy frame of one game.
      last_part: share of each run's gradient steps, counted from the end; 0 is the last value.

    Returns:
      Student's 95 % intervals; conditions without a finite value are left out.
    """
    found = {}
    for condition, part in frame.groupby("condition", sort=False):
        late = [late_means([curve], last_part)[0] for curve in curves_of(part)]
        late = [level for level in late if np.isfinite(level)]
        if late:
            found[condition] = mean_of_games([late]).interval()
    return found
