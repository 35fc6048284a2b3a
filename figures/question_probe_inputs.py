"""Question: dormant on which inputs? The same network on its replay, recent data and others."""

from functools import partial

from matplotlib.axes import Axes
import numpy as np

from figures.curves.levels import LAST_QUARTER, late_intervals
from figures.curves.probes import SOURCES, also_dormant, share_on
from figures.drawing.captions import definition, setting
from figures.drawing.curve_panels import picture
from figures.drawing.distribution_panels import lines_over_time, ramp
from figures.drawing.layout import Cell, Panel
from figures.drawing.picture import Picture
from figures.reading.data import ExperimentResults, Results

EXPERIMENT = "probe_inputs"
READING = "Mean over seeds. Right, last quarter: % dormant on a row's inputs, too on a column's."
_SHADES = dict(zip(SOURCES, ramp(len(SOURCES)), strict=True))


def render(store: Results, tau: float = 0.1, last_part: float = LAST_QUARTER) -> Picture:
    """Dormant shares on six kinds of inputs, and how far they are the same neurons.

    Args:
      store: where the runs are.
      tau: one of the thresholds that logs report: 0, 0.025, 0.1.
      last_part: share of the gradient steps that the table averages, counted from the end.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make question-probe-inputs")
    parts = [experiment.select(game=game) for game in experiment.games]
    parts = [part for part in parts if part.started]
    rows = [_row(part, tau, last_part) for part in parts]
    sentences = [_sentence(part, tau, last_part) for part in parts]
    heading = f"dormant on which inputs? {setting(tau, None)}"
    figure = "question_probe_inputs"
    remarks = [definition(tau, 1, experiment)]
    return picture(experiment, figure, rows, (), heading, READING, remarks, sentences)


def _row(part: ExperimentResults, tau: float, last_part: float) -> list[Cell]:
    game = part.games[0]
    shares = {_name(s): (share_on(part, tau, s), _SHADES[s]) for s in SOURCES}
    carried = {_name(s): (also_dormant(part, tau, SOURCES[0], s), _SHADES[s]) for s in SOURCES[1:]}
    shares, carried = (
        {name: line for name, line in lines.items() if len(line[0])} for lines in (shares, carried)
    )
    table = Panel(partial(_draw_table, _table(part, tau, last_part)), "", f"table {game}", None)
    return [
        lines_over_time(f"{game}: dormant on", "dormant share [%]", shares, "shares"),
        lines_over_time("of those on replay", "also dormant [%]", carried, "carried"),
        Cell(table),
    ]


def _table(part: ExperimentResults, tau: float, last_part: float) -> np.ndarray:
    """(sources, sources) percentages; 100 on the diagonal, NaN where nothing is known."""
    table = np.full(2 * (len(SOURCES),), np.nan)
    for row, one in enumerate(SOURCES):
        table[row, row] = 100
        for column, other in enumerate(SOURCES):
            if one != other:
                levels = late_intervals(also_dormant(part, tau, one, other), last_part)
                table[row, column] = levels["DQN"].value if "DQN" in levels else np.nan
    return table


def _draw_table(table: np.ndarray, axes: Axes) -> None:
    axes.imshow(table, cmap="Blues", vmin=0, vmax=130, aspect="auto")
    for (row, column), value in np.ndenumerate(table):
        if np.isfinite(value):
            axes.text(column, row, f"{value:.0f}", ha="center", va="center", fontsize=7)
    names = [_name(source) for source in SOURCES]
    narrow = [name.replace(" ", "\n") for name in names]
    axes.set_xticks(range(len(names)), narrow, fontsize=5.5)
    axes.set_yticks(range(len(names)), names, fontsize=5.5)
    axes.grid(False)
    axes.set_title("dormant on row, also on column", loc="left", fontsize=8)


def _sentence(part: ExperimentResults, tau: float, last_part: float) -> str:
    game, told = part.games[0], []
    for source in SOURCES[1:]:
        also = late_intervals(also_dormant(part, tau, SOURCES[0], source), last_part)
        chance = late_intervals(share_on(part, tau, source), last_part)
        if "DQN" in also:
            told.append(f"{also['DQN'].value:.0f} % on {_name(source)} ({chance['DQN'].value:.0f})")
    return (
        f"{game}: of the neurons dormant on the replay, late in training, are dormant "
        f"{', '.join(told) or 'nothing known'}; in brackets what chance would give."
    )


def _name(source: str) -> str:
    return source.replace("_", " ")
