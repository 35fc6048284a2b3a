"""A figure of the paper alone, drawn by us from the values that were read from its image."""

from collections.abc import Mapping
from functools import partial
import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
import pandas as pd

from figures.drawing import style
from figures.drawing.clocks import Clock
from figures.drawing.layout import Cell, Page, Panel, rows_of
from figures.names import figure_name
from figures.reading import published
from figures.reading.data import ExperimentResults
from figures.reading.published import Shown

_COLUMNS = 3
_YLABELS = {
    "dormant_percent": "dormant share [%]",
    "overlap_percent": "overlap [%]",
    "return": "evaluation return",
    "loss": "distillation loss",
    "iqm_hns": "IQM of scores",
}
_XLABELS = {"gradient_steps": "gradient steps", "env_steps": "environment steps", "epoch": "epochs"}
# Few numbers, of which each is twice the one before.
_DOUBLING = {"replay_ratio": "replay ratio", "width": "width (times the narrowest)"}
# For lines of the paper that no condition of ours is called after.
_SPARE = (style.BLUE, style.VERMILION, "#009E73", "#CC79A7")


def published_picture(figure: str, experiment: ExperimentResults) -> Figure | None:
    """The paper's curves in the colours of ours; None where nothing was read from its image.

    Args:
      figure: for instance "fig5".
      experiment: whose conditions give the colours.
    """
    shown = published.panels(figure)
    if not shown:
        return None
    names = list(dict.fromkeys(name for panel in shown for name in panel.series))
    shades = _shades(names, experiment)
    cells = [Cell(Panel(partial(_draw, figure, panel, shades), *_axis(panel))) for panel in shown]
    rows = [cells[start : start + _COLUMNS] for start in range(0, len(cells), _COLUMNS)]
    legend = style.legend_entries(shades, seeds=False)
    read = "Read from the image in Sokar et al. 2023; bands are the paper's."
    footer = [
        read
        if published.origin(figure) == "digitised"
        else "Single values, second-hand: not read from the image."
    ]
    heading = f"{figure_name(figure, long=True)} as published"
    return Page(heading, rows_of(rows), legend, footer).figure()


def _shades(names: list[str], experiment: ExperimentResults) -> dict[str, str]:
    """Line -> colour: that of the condition it is compared with."""
    own = {condition.published_as: condition.colour for condition in experiment.legend}
    own = {condition.name: condition.colour for condition in experiment.legend} | own
    spare = [shade for shade in _SPARE if shade not in {own.get(name) for name in names}]
    unknown = [name for name in names if name not in own]
    others = {name: spare[number % len(spare)] for number, name in enumerate(unknown)}
    return {name: own.get(name) or others[name] for name in names}


def _axis(panel: Shown) -> tuple[str, str, float | None]:
    """Label, scale and lower end of the y axis; returns are in points of the game."""
    label = _YLABELS.get(panel.metric, panel.metric)
    scale = f"{label} {panel.panel}" if panel.metric == "return" else label
    return label, scale, None if panel.metric in ("return", "loss") else 0.0


def _draw(figure: str, shown: Shown, shades: Mapping[str, str], axes: Axes) -> None:
    axes.set_title(shown.panel, loc="left")
    curves = {
        name: published.curve(figure, shown.panel, name, shown.metric) for name in shown.series
    }
    if all(len(curve) == 1 for curve in curves.values()):
        _draw_bars(axes, curves, shades)
    elif shown.x_unit in _DOUBLING:
        _draw_doublings(axes, curves, shades, _DOUBLING[shown.x_unit])
    else:
        if shown.metric == "loss":
            axes.set_yscale("log")
        end = max(curve.x.max() for curve in curves.values())
        unit = Clock(_XLABELS.get(shown.x_unit, shown.x_unit), "", 1).axis(axes, end)
        for name, curve in curves.items():
            edges = curve.y, curve.y_low, curve.y_high
            style.draw_published(axes, curve.x / unit, *edges, shades[name])


def _draw_bars(axes: Axes, curves: Mapping[str, pd.DataFrame], shades: Mapping[str, str]) -> None:
    for place, (name, curve) in enumerate(curves.items()):
        point = curve.iloc[0]
        style.draw_interval(axes, place, point.y, point.y_low, point.y_high, shades[name], True)
    axes.set_xticks(range(len(curves)), [name.replace("+", "\n+") for name in curves])
    axes.set_xlim(-0.6, len(curves) - 0.4)
    axes.margins(y=0.15)


def _draw_doublings(
    axes: Axes, curves: Mapping[str, pd.DataFrame], shades: Mapping[str, str], label: str
) -> None:
    numbers = sorted({x for curve in curves.values() for x in curve.x})
    axes.set_xticks([math.log2(x) for x in numbers], [f"{x:g}" for x in numbers])
    axes.set_xlabel(label)
    for name, curve in curves.items():
        style.draw_connection(axes, [math.log2(x) for x in curve.x], curve.y, shades[name])
        for point in curve.itertuples():
            edges = point.y, point.y_low, point.y_high
            style.draw_interval(axes, math.log2(point.x), *edges, shades[name], True)
