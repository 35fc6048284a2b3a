"""The published values that ours are drawn against; see `published/README.md`."""

import functools
from pathlib import Path

import pandas as pd

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
    """
    table = _curves()
    wanted = (table.figure == figure) & (table.panel == panel) & (table.series == series)
    if metric is not None:
        wanted &= table.metric == metric
    columns = ["x", "y", "y_low", "y_high", "x_unit", "tau", "note"]
    return table.loc[wanted, columns].sort_values("x", ignore_index=True)


def reference_returns() -> pd.DataFrame:
    """Returns of a random policy and of a human tester.

    Returns:
      Columns random and human, indexed by the game's ROM id, for instance "demon_attack".
    """
    return pd.read_csv(_FOLDER / "human-random-scores.csv", index_col="game")
