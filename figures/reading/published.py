"""The published values that ours are drawn against; see `published/README.md`."""

import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

# What was measured after an iteration or an epoch, but plotted against its number from 0 on:
# (figure, metric) -> length of one, in the units of x. Figure 3's jumps show it: they lie at 20,
# 40, ..., where the labels are new but nothing has been learned from them yet.
_PLOTTED_EARLY = {
    ("fig3", "dormant_percent"): 1,
    **dict.fromkeys([(f"fig{number}", "return") for number in (6, 7, 9, 13)], 1_000_000),
}

# Ours are of version 5, because version 2 can no longer be installed; a picture says so.
_PANELS = {"Ant": "Ant-v2", "HalfCheetah": "HalfCheetah-v2"}

_FOLDER = Path(__file__).parents[1] / "published"


@functools.cache
def _curves() -> pd.DataFrame:
    table = pd.read_csv(_FOLDER / "curves.csv", dtype={"note": str})
    table = pd.concat([table, _told()], ignore_index=True)
    shown = zip(table.figure, table.metric, strict=True)
    return table.assign(x=table.x + [_PLOTTED_EARLY.get(metric, 0) for metric in shown])


@functools.cache
def _told() -> pd.DataFrame:
    """Single values of figures whose pictures could not be read; the same columns."""
    return pd.read_csv(_FOLDER / "told.csv", dtype={"note": str})


def curve(figure: str, panel: str, series: str, metric: str | None = None) -> pd.DataFrame:
    """One curve of the paper, in the units that `x_unit` and `metric` name.

    It is digitised or, of Figure 11, a single value that is told elsewhere.

    Args:
      figure: for instance "fig5".
      panel: the game or the title of the panel, for instance "DemonAttack".
      series: what the paper's legend calls the condition, for instance "DQN".
      metric: needed where a figure shows two, for instance "return" or "dormant_percent".

    Returns:
      Columns x, y, y_low, y_high, x_unit, tau, note, ordered by x; no rows if the paper does
      not show this curve. `y_low` and `y_high` are NaN where the band could not be read.
      Returns are at the frames, and Figure 3's shares at the epochs, after which they were
      measured.
    """
    table, panel = _curves(), _PANELS.get(panel, panel)
    wanted = (table.figure == figure) & (table.panel == panel) & (table.series == series)
    if metric is not None:
        wanted &= table.metric == metric
    columns = ["x", "y", "y_low", "y_high", "x_unit", "tau", "note"]
    return table.loc[wanted, columns].sort_values("x", ignore_index=True)


class Shown(NamedTuple):
    """A panel of the paper: one metric of one game or title, and the lines in it."""

    panel: str
    metric: str
    x_unit: str
    series: tuple[str, ...]


def panels(figure: str) -> list[Shown]:
    """What the paper shows in a figure, in the order of its panels; nothing if we have not read it.

    Args:
      figure: for instance "fig5".
    """
    table = _curves()
    groups = table[table.figure == figure].groupby(["panel", "metric", "x_unit"], sort=False)
    return [Shown(*key, tuple(dict.fromkeys(rows.series))) for key, rows in groups]


def source(figure: str, *details: str) -> str:
    """How a picture names published values; details are, for instance, thresholds."""
    told = [f"paper Fig. {figure.removeprefix('fig')}", *details, origin(figure)]
    return f"published ({', '.join(told)})"


def origin(figure: str) -> str:
    """How we know the published values of a figure: "digitised" from its picture, or not."""
    return "second-hand" if (_told().figure == figure).any() else "digitised"


def random_return(game: str) -> float:
    """What a random policy scores in a game, for instance "DemonAttack"; NaN if unknown."""
    return _reference(game, "random")


def human_return(game: str) -> float:
    """What a human tester scores in a game, for instance "DemonAttack"; NaN if unknown."""
    return _reference(game, "human")


@functools.cache
def _reference(game: str, player: str) -> float:
    scores = reference_returns()[player]
    return float(scores.rename(lambda rom: rom.replace("_", "")).get(game.lower(), np.nan))


@functools.cache
def reference_returns() -> pd.DataFrame:
    """Returns of a random policy and of a human tester.

    Returns:
      Columns random and human, indexed by the game's ROM id, for instance "demon_attack".
    """
    return pd.read_csv(_FOLDER / "human-random-scores.csv", index_col="game")
