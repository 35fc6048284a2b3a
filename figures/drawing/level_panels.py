"""Panels of late levels: what a quantity is late in training, over a number or a name."""

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullLocator
import numpy as np
import pandas as pd

from figures.curves.levels import LAST_QUARTER, late_intervals
from figures.drawing import random_play, style
from figures.drawing.layout import Cell, Panel


@dataclass(frozen=True)
class OverNumbers:
    """Levels of several lines over a number that the conditions differ in.

    Attributes:
      lines: name of a line -> condition -> number.
      shades: name of a line -> its colour.
      xlabel: what the number is.
      last_part: share of the gradient steps that is averaged, counted from the end.
      doublings: whether equal distances are doublings.
    """

    lines: Mapping[str, Mapping[str, float]]
    shades: Mapping[str, str]
    xlabel: str
    last_part: float = LAST_QUARTER
    doublings: bool = True

    def cell(
        self,
        frame: pd.DataFrame,
        title: str,
        ylabel: str,
        proportional: bool = False,
        note: str = "",
    ) -> Cell:
        """A panel of one quantity.

        Args:
          frame: tidy frame of one game.
          title, ylabel: of the panel.
          proportional: both axes are logarithmic, and a dotted line shows what growth in
            proportion would be, from the first point of the first line on.
          note: for a corner of the panel.
        """

        levels = late_intervals(frame, self.last_part)
        bounds = [bound for level in levels.values() for bound in level]

        def draw(axes: Axes) -> None:
            numbers = sorted({x for line in self.lines.values() for x in line.values()})
            for name, conditions in self.lines.items():
                shade = self.shades[name]
                points = [(x, levels[c]) for c, x in conditions.items() if c in levels]
                y = [level.value for _, level in points]
                axes.plot([x for x, _ in points], y, color=shade, lw=1.8, label=name, zorder=3)
                for x, level in points:
                    style.draw_interval(axes, x, *level, shade)
                if proportional and points and name == next(iter(self.lines)):
                    x = np.array(numbers, float)
                    style.draw_chance(axes, x, y[0] * x / points[0][0])
            if self.doublings:
                axes.set_xscale("log", base=2)
            if proportional:
                axes.set_yscale("log", base=2)
                axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.4g}"))
            axes.set_xticks(numbers, [f"{number:g}" for number in numbers])
            axes.xaxis.set_minor_locator(NullLocator())
            axes.margins(x=0.12, y=0.15)
            axes.set_xlabel(self.xlabel)
            axes.set_title(title, loc="left")
            if note:
                random_play.say(axes, note)

        from_zero = not proportional and not any(bound < 0 for bound in bounds)
        return Cell(Panel(draw, ylabel, title, bottom=0.0 if from_zero else None))
