"""Early minima of curves, located on other runs than those that are judged from there on.

A curve rises from its own minimum even if it is pure noise, because the minimum was picked for
being low. That of other seeds, or of other games, was not.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from figures.claims.estimate import Curves, UndecidableError
from figures.statistics.grids import common_grid, mean_of_present, moving_mean

# Game -> seed -> its minimum.
Minima = Mapping[str, Mapping[int, "Minimum"]]
# Games that a note names; more are counted.
_MOST_NAMED = 3


class Minimum(NamedTuple):
    """Where curves are lowest early on.

    Attributes:
      step: gradient step.
      dip: whether any early log lies below the first one. The minimum of the smoothed curve tells
        nothing of that, because it evens out a jump right after the first log.
      falling: whether the smoothed curve is lowest at the last log of the search.
    """

    step: float
    dip: bool
    falling: bool


def early_minima(
    curves: Mapping[str, Curves], latest_minimum: float, locate_logs: int
) -> dict[str, dict[int, Minimum]]:
    """Game -> seed -> early minimum of the mean curve of the game's other seeds.

    Where every game has one seed, the other games take the place of other seeds.

    Args:
      curves: game -> seed -> curve.
      latest_minimum: the minimum is looked for in this first part of the steps.
      locate_logs: the mean curve is smoothed over this many logs.

    Raises:
      UndecidableError: a game has fewer than two seeds and others have more or there are none; or
        no value to locate a minimum on.
    """
    if len(curves) > 1 and all(len(seeds) == 1 for seeds in curves.values()):
        return _minima_of_other_games(curves, latest_minimum, locate_logs)
    return {g: held_out_minima(seeds, latest_minimum, locate_logs) for g, seeds in curves.items()}


def remarks(minima: Minima, latest_minimum: float) -> str:
    """What a reader has to know of some minima, see `Minimum`; "" for nothing."""
    told = _without_dip(minima), _still_falling(minima, latest_minimum)
    return "; ".join(filter(None, told))


def held_out_minima(curves: Curves, latest_minimum: float, locate_logs: int) -> dict[int, Minimum]:
    """Seed -> early minimum of the mean curve of the other seeds; see `early_minima`.

    Raises:
      UndecidableError: fewer than two seeds, or no value to locate a minimum on.
    """
    if len(curves) < 2:
        raise UndecidableError("the minimum is located on other seeds, so two are the least")
    minima = {}
    for seed in curves:
        grid, others = common_grid([curve for s, curve in curves.items() if s != seed])
        raw = mean_of_present(others)
        mean = moving_mean(raw, locate_logs)
        early = grid <= grid[0] + latest_minimum * (grid[-1] - grid[0])
        # Smoothing carries later values back over the end of the search.
        if not np.isfinite(raw[early]).any():
            raise UndecidableError("the other seeds have no values to locate a minimum on")
        searched = np.flatnonzero(early & np.isfinite(mean))
        lowest = searched[np.argmin(mean[searched])]
        first = raw[np.isfinite(raw)][0]
        falling = bool(len(searched) > 1 and lowest == searched[-1])
        minima[seed] = Minimum(grid[lowest], bool(np.nanmin(raw[early]) < first), falling)
    return minima


def _minima_of_other_games(
    curves: Mapping[str, Curves], latest_minimum: float, locate_logs: int
) -> dict[str, dict[int, Minimum]]:
    """Game -> seed -> early minimum of the mean curve of the other games, of one seed each."""
    alone = {n: curve for n, seeds in enumerate(curves.values()) for curve in seeds.values()}
    minima = held_out_minima(alone, latest_minimum, locate_logs)
    return {game: dict.fromkeys(seeds, minima[n]) for n, (game, seeds) in enumerate(curves.items())}


def _without_dip(minima: Minima) -> str:
    """Where nothing lies below the first log of training; "" if nowhere."""
    return _where("no dip below the first log of training", minima, lambda minimum: not minimum.dip)


def _still_falling(minima: Minima, latest_minimum: float) -> str:
    """Where curves are lowest at the end of the search; "" if nowhere."""
    end = "half" if latest_minimum == 0.5 else f"{100 * latest_minimum:g} %"
    return _where(f"still falling at {end} of the steps", minima, lambda minimum: minimum.falling)


def _where(
    what: str,
    minima: Minima,
    holds: Callable[[Minimum], bool],
) -> str:
    """What holds for which seeds of which games, or for how many games; "" if for none."""
    counts = {game: (sum(map(holds, seeds.values())), len(seeds)) for game, seeds in minima.items()}
    found = {game: count for game, count in counts.items() if count[0]}
    if len(found) > _MOST_NAMED:
        return f"{what} in {len(found)} of {len(counts)} games"
    told = " and ".join(f"{n} of {seeds} seeds of {game}" for game, (n, seeds) in found.items())
    return f"{what} for {told}" if told else ""
