"""Question: is DemonAttack a show-case? The dormant share and ReDo's effect on it, game by game."""

from collections.abc import Mapping, Sequence
from functools import partial

from matplotlib.axes import Axes
import numpy as np
import pandas as pd

from experiments.wording import ordinal
from figures.curves.frames import curves_of
from figures.curves.levels import LAST_QUARTER, late_intervals
from figures.curves.neurons import dormant_share
from figures.drawing import style
from figures.drawing.captions import definition, setting, treatments
from figures.drawing.curve_panels import picture
from figures.drawing.layout import Cell, Panel
from figures.drawing.picture import Picture
from figures.reading.data import Results
from figures.statistics.grids import common_grid, mean_of_present
from figures.statistics.student import Interval

EXPERIMENT = "generality"
SHADES = {"DQN": style.BLUE, "DQN+ReDo": style.VERMILION}
READING = "Means over seeds; filled: last quarter, hollow: before training. Right: differences."
_ROW = 0.16  # inches a game
# DQN at its first log, before it learns anything; DQN late; DQN with ReDo late.
Levels = tuple[float, float, float]


def render(
    store: Results, tau: float = 0.1, layer: str | None = None, last_part: float = LAST_QUARTER
) -> Picture:
    """Dormant shares early, late and with ReDo of every game, and their differences.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this (ReDo's own threshold stays).
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      last_part: share of the gradient steps that is averaged, counted from the end.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make question-generality")
    share = dormant_share(experiment, tau, layer)
    levels = {
        game: _levels(share[share.game == game], last_part)
        for game in experiment.games
        if (share.game == game).any()
    }
    games = sorted(levels, key=lambda game: np.nan_to_num(levels[game][1], nan=-1.0))
    height = max(2.05, _ROW * len(games) + 0.2)
    cells = [
        Cell(Panel(partial(_draw_levels, games, levels), "", "games", None, height)),
        Cell(Panel(partial(_draw_differences, games, levels), "", "games", None, height)),
    ]
    legend = style.legend_entries(SHADES, points="before training", seeds=False)
    heading = f"is DemonAttack a show-case? {setting(tau, layer)}"
    remarks = [definition(tau, 1, experiment), treatments(experiment)]
    figure = "question_generality"
    sentences = _sentences(games, levels)
    return picture(experiment, figure, [cells], legend, heading, READING, remarks, sentences)


def _levels(share: pd.DataFrame, last_part: float) -> Levels:
    """Of one game; NaN where there is none."""
    late = late_intervals(share, last_part)
    nothing = Interval(np.nan, np.nan, np.nan)
    plain = share[share.condition == "DQN"]
    untrained = np.nan
    if len(plain):
        mean = mean_of_present(common_grid(curves_of(plain))[1])
        untrained = float(mean[np.isfinite(mean)][0]) if np.isfinite(mean).any() else np.nan
    return untrained, *(late.get(name, nothing).value for name in SHADES)


def _draw_levels(games: Sequence[str], levels: Mapping[str, Levels], axes: Axes) -> None:
    for row, game in enumerate(games):
        untrained, plain, recycled = levels[game]
        axes.plot([untrained, plain, recycled], [row] * 3, color=style.GRID, lw=2, zorder=1)
        mark = {"ls": "", "marker": "D", "ms": 4, "zorder": 4}
        axes.plot([untrained], [row], mfc="white", mec=style.BLUE, **mark)
        axes.plot([plain], [row], color=style.BLUE, **mark)
        axes.plot([recycled], [row], color=style.VERMILION, **mark)
    _prepare(games, axes)
    axes.set_xlim(left=0)
    axes.set_xlabel("dormant share [%]")
    axes.set_title(f"{len(games)} games", loc="left")


def _draw_differences(games: Sequence[str], levels: Mapping[str, Levels], axes: Axes) -> None:
    for row, game in enumerate(games):
        untrained, plain, recycled = levels[game]
        for place, value, shade in (
            (row + 0.17, plain - untrained, style.BLUE),
            (row - 0.17, recycled - plain, style.VERMILION),
        ):
            axes.barh(place, value, height=0.3, color=shade, zorder=2)
    axes.axvline(0, color=style.INK, lw=0.8, zorder=3)
    _prepare(games, axes)
    axes.set_xlabel("points: by training, and by ReDo")
    axes.set_title("differences", loc="left")


def _prepare(games: Sequence[str], axes: Axes) -> None:
    axes.set_yticks(range(len(games)), games, fontsize=6.5)
    axes.set_ylim(-0.6, len(games) - 0.4)
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", visible=True)


def _sentences(games: Sequence[str], levels: Mapping[str, Levels]) -> list[str]:
    """In how many games what happens, and where DemonAttack stands among them."""
    table = np.array([levels[game] for game in games])
    rises, falls = table[:, 1] - table[:, 0], table[:, 1] - table[:, 2]
    told = [
        f"Late in training the share lies above that of the untrained network in "
        f"{_of_all(rises)}; with ReDo it is lower than without in {_of_all(falls)}."
    ]
    if "DemonAttack" in games:
        own = games.index("DemonAttack")
        place = [1 + int(np.sum(values > values[own])) for values in (rises, falls)]
        told.append(
            f"DemonAttack: rise of {rises[own]:.0f} points, the {ordinal(place[0])} largest; by "
            f"ReDo {falls[own]:.0f} points less, the {ordinal(place[1])} largest."
        )
    return told


def _of_all(differences: np.ndarray) -> str:
    """How many games have a positive difference, and the median of all, also of the others."""
    known = differences[np.isfinite(differences)]
    median = f", by {np.median(known):.0f} points in the median of all" if len(known) else ""
    return f"{np.sum(known > 0)} of {len(known)} games{median}"
