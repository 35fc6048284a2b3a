"""Panels of the whole distribution of scores: fan, ridge, share over the threshold."""

from collections.abc import Callable, Mapping, Sequence

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
import numpy as np
import pandas as pd

from figures.curves.frames import curves_of
from figures.drawing import style
from figures.drawing.captions import short_steps
from figures.drawing.clocks import GRADIENT_STEPS
from figures.drawing.layout import Cell, Panel
from figures.statistics.grids import common_grid, mean_of_present

QUANTILES = ((0.05, 0.95), (0.1, 0.9), (0.25, 0.75))
_TAUS = np.linspace(0, 1, 101)
_BINS = np.linspace(0, 3, 31)
_RIDGES = 6
# Scores below it are drawn on a linear axis, above it on a logarithmic one.
_LINEAR = 0.1


def ramp(count: int) -> list[str]:
    """Colours of an ordered set, from dark to light, as "#rrggbb"."""
    return [to_hex(colormaps["viridis"](x)) for x in np.linspace(0, 0.85, max(count, 1))]


def fan_cell(game: str, scores: Mapping[int, np.ndarray]) -> Cell:
    """Quantiles of the scores of a game over time."""

    def draw(axes: Axes) -> None:
        steps = np.array(list(scores))
        unit = GRADIENT_STEPS.axis(axes, steps[-1])
        values = np.stack(list(scores.values()))
        for low, high in QUANTILES:
            edges = np.quantile(values, [low, high], axis=1)
            axes.fill_between(steps / unit, *edges, color=style.BLUE, alpha=0.2, lw=0, zorder=2)
        axes.plot(steps / unit, np.median(values, axis=1), color=style.BLUE, lw=1.8, zorder=4)
        axes.plot(steps / unit, values.max(axis=1), color=style.VERMILION, lw=1.0, zorder=3)
        axes.set_yscale("symlog", linthresh=_LINEAR)
        axes.set_yticks([0, 0.1, 1, 10, 100], ["0", "0.1", "1", "10", "100"])
        axes.set_title(f"{game}: quantiles", loc="left")

    return Cell(Panel(draw, "score", "fan"))


def ridge_cell(game: str, scores: Mapping[int, np.ndarray]) -> Cell:
    """The distribution of the scores at some times, one above the other."""

    def draw(axes: Axes) -> None:
        shown = some_of(list(scores), _RIDGES)
        middle = (_BINS[1:] + _BINS[:-1]) / 2
        for row, (step, shade) in enumerate(zip(shown, ramp(len(shown)), strict=True)):
            counts, _ = np.histogram(np.minimum(scores[step], _BINS[-1] - 1e-6), _BINS)
            height = 1.6 * counts / max(counts.max(), 1)
            axes.fill_between(middle, row, row + height, color=shade, alpha=0.55, lw=0, zorder=-row)
            axes.plot(middle, row + height, color=shade, lw=1.0, zorder=-row)
        axes.set_yticks(range(len(shown)), [short_steps(step) for step in shown])
        axes.grid(False)
        axes.set_xlim(0, _BINS[-1])
        axes.set_xlabel(f"score ({_BINS[-1]:g}: and more)")
        axes.set_title("distribution", loc="left")

    return Cell(Panel(draw, "gradient steps", f"ridge {game}", bottom=None))


def share_over_tau_cell(game: str, scores: Mapping[int, np.ndarray]) -> Cell:
    """The share of dormant neurons as a function of the threshold, at some times."""

    def draw(axes: Axes) -> None:
        shown = some_of(list(scores), 4)
        for step, shade in zip(shown, ramp(len(shown)), strict=True):
            share = 100 * (scores[step][:, None] <= _TAUS).mean(axis=0)
            axes.plot(_TAUS, share, color=shade, lw=1.5, label=short_steps(step))
        axes.set_xlim(0, 1)
        axes.set_xlabel("threshold τ")
        axes.legend(title="gradient steps", loc="lower right", title_fontsize=7, fontsize=7)
        axes.set_title("share over threshold", loc="left")

    return Cell(Panel(draw, "dormant share [%]", f"tau {game}"))


def lines_over_time(
    title: str,
    ylabel: str,
    lines: Mapping[str, tuple[pd.DataFrame, str]],
    scale: str = "",
    legend: bool = True,
    log_y: bool = False,
) -> Cell:
    """Means over seeds of several quantities.

    Args:
      title: of the panel.
      ylabel: of its axis.
      lines: label -> tidy frame of one game and condition, colour.
      scale: panels of the same scale share the y axis.
      legend: whether the panel says which line is which.
      log_y: whether the y axis is logarithmic.
    """

    def draw(axes: Axes) -> None:
        ends = [frame.gradient_step.max() for frame, _ in lines.values()]
        unit = GRADIENT_STEPS.axis(axes, max(ends, default=1))
        for label, (frame, shade) in lines.items():
            steps, values = common_grid(curves_of(frame))
            style.draw_seeds(axes, steps / unit, values, shade)
            axes.plot(steps / unit, mean_of_present(values), color=shade, lw=1.6, label=label)
        if lines and legend:
            axes.margins(y=0.25)  # room for it
            axes.legend(loc="best", fontsize=7, ncols=2 if len(lines) > 3 else 1)
        if log_y:
            axes.set_yscale("log")
            # A range below a decade has labels, too.
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
            axes.yaxis.set_minor_locator(NullLocator())
        axes.set_title(title, loc="left")

    return Cell(Panel(draw, ylabel, scale or title, bottom=None if log_y else 0.0))


def by_layer(
    layers: Sequence[str], frame_of: Callable[[str], pd.DataFrame]
) -> dict[str, tuple[pd.DataFrame, str]]:
    """One line for each layer, for `lines_over_time`."""
    shades = ramp(len(layers))
    return {layer: (frame_of(layer), shade) for layer, shade in zip(layers, shades, strict=True)}


def some_of(steps: Sequence[int], count: int) -> list[int]:
    """At most so many of them, evenly spread, with the first and the last."""
    places = np.unique(np.linspace(0, len(steps) - 1, count).round().astype(int))
    return [steps[place] for place in places]
