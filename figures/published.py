"""The published values that ours are drawn against; see `published/README.md`."""

import functools
from pathlib import Path

import numpy as np
import pandas as pd

# Figures whose returns were plotted against the number of the iteration, from 0 on, and the
# frames of an iteration. A return is measured after its iteration.
_BY_ITERATION = ("fig6", "fig7", "fig9", "fig13")
_FRAMES_PER_ITERATION = 1_000_000

_FOLDER = Path(__file__).parent / "published"


@functools.cache
def _curves() -> pd.DataFrame:
    return pd.read_csv(_FOLDER / "curves.csv", dtype={"note": str})


def curve(figure: str, panel: str, series: str, metric: str | None = None) -> pd.DataFrame:
    """One digitised curve of the paper, in the units that `x_unit` and `metric` name.

    Args:
      figure: for instance "fig5".
      panel: the game or the title of the panel, for instance "DemonAttack".
      series: for instance "DQN".
      metric: needed where a figure shows two, for instance "return" or "dormant_percent".

    Returns:
      Columns x, y, y_low, y_high, x_unit, tau, note, ordered by x; no rows if the paper does
      not show this curve. `y_low` and `y_high` are NaN where the band could not be read.
      Returns are at the frames after which they were measured.
    """
    table = _curves()
    wanted = (table.figure == figure) & (table.panel == panel) & (table.series == series)
    if metric is not None:
        wanted &= table.metric == metric
    columns = ["x", "y", "y_low", "y_high", "x_unit", "tau", "note"]
    found = table.loc[wanted, columns].sort_values("x", ignore_index=True)
    if figure in _BY_ITERATION and metric == "return":
        found["x"] += _FRAMES_PER_ITERATION
    return found


def random_return(game: str) -> float:
    """What a random policy scores in a game, for instance "DemonAttack"; NaN if unknown."""
    scores = reference_returns().random
    return float(scores.rename(lambda rom: rom.replace("_", "")).get(game.lower(), np.nan))


def reference_returns() -> pd.DataFrame:
    """Returns of a random policy and of a human tester.

    Returns:
      Columns random and human, indexed by the game's ROM id, for instance "demon_attack".
    """
    return pd.read_csv(_FOLDER / "human-random-scores.csv", index_col="game")
