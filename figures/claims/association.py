"""The estimator of claims that where one quantity is higher, another is too."""

from collections.abc import Callable, Mapping, Sequence
import math
from typing import Any

import numpy as np
from scipy import stats

from figures.claims.conditions import why_no_pair
from figures.claims.estimate import (
    Curves,
    Estimate,
    UndecidableError,
    mean_estimate,
    recorded_curves,
)
from figures.curves.levels import LAST_QUARTER, late_means
from figures.reading.data import ExperimentResults


def rises_with(
    experiment: ExperimentResults,
    start: Mapping[str, Any],
    late: Mapping[str, Any],
    conditions: Sequence[str],
    last_part: float = LAST_QUARTER,
) -> Estimate:
    """Do runs that begin with more of one quantity end with more of another?

    For each game and seed, the rank correlation (Spearman) over conditions between the first
    value of the one and the late level of the other.

    Args:
      experiment: the runs.
      start, late: the two quantities: a measure, under "measure", and its arguments.
      conditions: over which is correlated; three at the least.
      last_part: share of the steps that `late` is averaged over, counted from the end.

    Raises:
      UndecidableError: too few conditions, one without values, a game without a seed of all
        conditions, or a run that recorded no number. A seed that one of the conditions lacks
        says nothing and is left out.
    """
    if len(conditions) < 3:
        raise UndecidableError("a correlation needs three conditions")
    found: dict[str, dict[int, list[tuple[float, float]]]] = {}
    for condition in conditions:
        part = experiment.select(condition=condition)
        if not part.started:
            raise UndecidableError(f"no run of {condition} has logged anything")
        firsts, lates = (_recorded(part, what) for what in (start, late))
        for game, seeds in firsts.items():
            for seed, (_, y) in seeds.items():
                curve = lates.get(game, {}).get(seed)
                level = late_means([curve], last_part)[0] if curve is not None else math.nan
                pairs = found.setdefault(game, {}).setdefault(seed, [])
                pairs.append((float(y[0]) if len(y) else math.nan, level))
    values = {
        game: {
            seed: rank_correlation(pairs)
            for seed, pairs in seeds.items()
            if len(pairs) == len(conditions)
        }
        for game, seeds in found.items()
    }
    for game, seeds in values.items():
        if not seeds:
            raise UndecidableError(why_no_pair(experiment, game, conditions))
    return mean_estimate(values, "of a rank correlation", "values under all conditions")


def rank_correlation(pairs: Sequence[tuple[float, float]]) -> float:
    """Spearman's; NaN if a number is not finite, 0 if one side is constant."""
    table = np.asarray(pairs, np.float64).reshape(-1, 2)
    if not np.isfinite(table).all():
        return math.nan
    if (np.ptp(table, axis=0) == 0).any():
        return 0.0
    return float(stats.spearmanr(*table.T).statistic)


def _recorded(experiment: ExperimentResults, what: Mapping[str, Any]) -> dict[str, Curves]:
    arguments = dict(what)
    return recorded_curves(arguments.pop("measure"), experiment, **arguments)


ESTIMATORS: dict[str, Callable[..., Estimate]] = {"rises_with": rises_with}
