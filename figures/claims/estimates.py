"""What estimators are made of: the estimate they return, and levels of curves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from figures.errors import FigureError


class UndecidableError(Exception):
    """The data cannot carry this estimate; the message says why."""


@dataclass(frozen=True)
class Estimate:
    """What an estimator returns.

    Attributes:
      values: game -> seed -> number, positive if the claim holds there.
      unit: of the numbers.
    """

    values: dict[str, dict[int, float]]
    unit: str


Curve = tuple[np.ndarray, np.ndarray]
Curves = dict[int, Curve]


def late_means(curves: Sequence[Curve], last_part: float) -> list[float]:
    """Means over the last part of the steps that all curves cover.

    Args:
      curves: steps (logs,) and values (logs,) each; NaN values are left out.
      last_part: of those steps, from 0, which is the last one alone, to 1.

    Returns:
      One mean a curve, NaN where it has no value there.
    """
    begin, end = max(steps[0] for steps, _ in curves), min(steps[-1] for steps, _ in curves)
    means = []
    for steps, y in curves:
        late = (steps > end - last_part * (end - begin)) | (steps == end)
        late = y[late & (steps <= end) & np.isfinite(y)]
        means.append(float(late.mean()) if len(late) else np.nan)
    return means


def curves_by_game(frame: pd.DataFrame, steps: str = "gradient_step") -> dict[str, Curves]:
    """Game -> seed -> curve over a column of steps."""
    if frame.condition.nunique() > 1:
        raise FigureError(
            "This estimator judges one condition; the claim's arguments must name it with "
            f"'condition': one of {', '.join(sorted(set(frame.condition)))}."
        )
    games: dict[str, Curves] = {}
    for (game, seed), curve in frame.groupby(["game", "seed"], sort=False):
        games.setdefault(game, {})[int(seed)] = (
            curve[steps].to_numpy(),
            curve.value.to_numpy(),
        )
    return games
