"""Curves over training: our runs of one game in a panel, the paper's curve behind or below.

The paper's curve is drawn behind ours where the x axes are comparable, otherwise in a small
panel of its own below. A figure of one quantity has the games side by side; one of several
has the quantities side by side and a row for every game.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
import numpy as np
import pandas as pd

from figures.curves.frames import curves_of, smooth
from figures.curves.neurons import dormant_share
from figures.curves.returns import evaluation_return
from figures.drawing import captions, random_play, style
from figures.drawing.clocks import GRADIENT_STEPS, Clock, frames
from figures.drawing.layout import Cell, Page, Panel, rows_of
from figures.drawing.picture import Picture
from figures.names import figure_name
from figures.reading import published
from figures.reading.data import ExperimentResults
from figures.statistics.grids import common_grid, mean_of_present
from figures.statistics.ranges import seed_band

_PANELS_PER_ROW = 3
# On a published axis longer than this many of ours, we would be a stroke at the left edge.
COMPARABLE = 4


@dataclass(frozen=True)
class Quantity:
    """What is shown of an experiment, one panel a game.

    Attributes:
      experiment: the runs.
      frame: tidy frame of `figures.curves`; a column `chance` is drawn too.
      figure: the paper's figure, for instance "fig5".
      metric: of the published curve, for instance "overlap_percent".
      what: the quantity in words, for instance "overlap".
      unit: of the values; "" for returns, which every game counts in its own points.
      clock: the x axis.
      chance: what the column `chance` is, for the legend.
      log_y: whether the y axis is logarithmic.
      seeds: whether single seeds are drawn too; not where there are many conditions.
      apart: whether the published curve gets axes of its own although ours would do.
      banded: the conditions with a band, where those of all would hide each other; () are all.
      notes: game -> what its panel has to say.
    """

    experiment: ExperimentResults
    frame: pd.DataFrame
    figure: str
    metric: str
    what: str
    unit: str = "%"
    clock: Clock = GRADIENT_STEPS
    chance: str = "chance"
    log_y: bool = False
    seeds: bool = True
    apart: bool = False
    banded: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def shown(self) -> pd.DataFrame:
        """The frame up to where the shortest condition is planned to end."""
        return self.frame[self.frame[self.clock.column] <= self._end]

    @property
    def ylabel(self) -> str:
        return f"{self.what} [{self.unit}]" if self.unit else self.what

    @property
    def source(self) -> str:
        """How a picture names the published curves."""
        curves = [curve for game in self._theirs.values() for curve in game.values()]
        taus = {tau for curve in curves for tau in curve.tau.dropna()}
        return published.source(self.figure, *(f"τ = {tau:g}" for tau in sorted(taus)))

    @property
    def has_chance(self) -> bool:
        return "chance" in self.frame and bool(self.frame.chance.notna().any())

    @property
    def published_behind(self) -> bool:
        """Whether published curves are drawn behind ours."""
        return self._same_axes and any(self._theirs.values())

    def cell(self, game: str) -> Cell:
        """Our runs of one game; the published curves below, unless they are behind ours."""
        scale, bottom = self._scale(game), self._bottom(game)
        ours = Panel(partial(self._draw_ours, game), self.ylabel, scale, bottom)
        if self._same_axes or not self._theirs[game]:
            return Cell(ours)
        label = f"[{self.unit}]" if self.unit else self.what.split()[-1]
        below = Panel(partial(self._draw_below, game), label, f"published {scale}", bottom)
        return Cell(ours, below)

    def _scale(self, game: str) -> str:
        return self.ylabel if self.unit else f"{self.ylabel} {game}"

    def _bottom(self, game: str) -> float | None:
        """0, except on a logarithmic axis and for a game in which one can lose points."""
        if self.log_y:
            return None
        drawn = self.frame.loc[self.frame.game == game].filter(["value", "chance"])
        return None if not self.unit and (drawn < 0).any(axis=None) else 0.0

    @cached_property
    def _theirs(self) -> dict[str, dict[str, pd.DataFrame]]:
        """Game -> our condition -> published curve, without those the paper does not show."""
        found: dict[str, dict[str, pd.DataFrame]] = {}
        for game in self.experiment.games:
            found[game] = {}
            for condition in self.experiment.conditions:
                series = self.experiment.published_as(condition)
                curve = published.curve(self.figure, game, series, self.metric)
                if len(curve):
                    found[game][condition] = curve
        return found

    @property
    def _end(self) -> int:
        return self.experiment.shortest_plan(self.clock.column)

    @cached_property
    def _same_axes(self) -> bool:
        comparable = self._published_end() <= COMPARABLE * self._end * self.clock.per_step
        return comparable and not self.apart

    def _published_end(self) -> float:
        curves = [curve for game in self._theirs.values() for curve in game.values()]
        return max((curve.x.max() for curve in curves), default=0.0)

    def _draw_below(self, game: str, axes: Axes) -> None:
        axes.set_title(self.source, loc="left", size=8, weight="normal", color=style.MUTED)
        if self.log_y:
            axes.set_yscale("log")
        else:
            axes.yaxis.set_major_locator(MaxNLocator(3))
        self._draw_theirs(game, axes, self.clock.axis(axes, self._published_end()))

    def _draw_theirs(self, game: str, axes: Axes, unit: float) -> None:
        for condition, curve in self._theirs[game].items():
            alone = len(self.experiment.conditions) == 1
            shade = style.MUTED if alone else self.experiment.colour(condition)
            style.draw_published(
                axes,
                curve.x / unit,
                curve.y,
                curve.y_low,
                curve.y_high,
                shade,
                apart=self._same_axes and not alone,
            )

    def _draw_ours(self, game: str, axes: Axes) -> None:
        end = self._end * self.clock.per_step
        unit = self.clock.axis(axes, max(end, self._published_end() if self._same_axes else 0))
        if self._same_axes:
            self._draw_theirs(game, axes, unit)
        unit /= self.clock.per_step
        if self.log_y:
            axes.set_yscale("log")
        for condition in self.experiment.ordered:
            runs = self.experiment.select(game=game, condition=condition).runs
            part = self.shown[(self.shown.game == game) & (self.shown.condition == condition)]
            if len(part):
                steps, values = common_grid(curves_of(part, steps=self.clock.column))
                band, shade = seed_band(values), self.experiment.colour(condition)
                if self.banded and condition not in self.banded:
                    nothing = np.full(len(steps), np.nan)
                    band = band._replace(low=nothing, high=nothing)
                finished = all(run.complete for run in runs)
                style.draw_band(axes, steps / unit, band, shade, finished)
                if self.seeds and len(values) > 1:
                    style.draw_seeds(axes, steps / unit, values, shade)
        part = self.shown[self.shown.game == game]
        if len(part) and self.has_chance:
            steps, chance = common_grid(curves_of(part, "chance", self.clock.column))
            style.draw_chance(axes, steps / unit, mean_of_present(chance))
        axes.set_title(game, loc="left")
        style.mark_trouble(axes, self.experiment.select(game=game))
        if self.metric == "return" and random_play.at_random_play(part):
            random_play.say(axes)
        if self.notes.get(game):
            random_play.say(axes, self.notes[game], right=True)


def share_of(
    experiment: ExperimentResults,
    figure: str,
    tau: float,
    layer: str | None = None,
    smoothing_logs: int = 1,
    **settings: Any,
) -> Quantity:
    """The percentage of tau-dormant neurons.

    Args:
      experiment: the runs.
      figure: the paper's figure, for instance "fig2".
      tau, layer: see `figures.curves.neurons.dormant_share`.
      smoothing_logs: moving mean over this odd number of logs.
      **settings: of `Quantity`.
    """
    frame = smooth(dormant_share(experiment, tau, layer), smoothing_logs)
    return Quantity(experiment, frame, figure, "dormant_percent", "dormant share", **settings)


def return_of(
    experiment: ExperimentResults,
    figure: str,
    smoothing_logs: int = 1,
    clock: Clock | None = None,
    **settings: Any,
) -> Quantity:
    """The evaluation return, over frames unless said, with that of random play where known."""
    return Quantity(
        experiment,
        smooth(evaluation_return(experiment), smoothing_logs),
        figure,
        "return",
        "evaluation return",
        unit="",
        chance="random play",
        clock=clock or frames(experiment),
        **settings,
    )


def side_by_side(quantity: Quantity) -> list[list[Cell]]:
    """One quantity, the games side by side."""
    games = quantity.experiment.games
    return [
        [quantity.cell(game) for game in games[start : start + _PANELS_PER_ROW]]
        for start in range(0, len(games), _PANELS_PER_ROW)
    ]


def curve_picture(
    quantities: Sequence[Quantity],
    heading: str,
    remarks: Sequence[str],
    sentences: Sequence[str],
    cells: Sequence[Sequence[Cell]] | None = None,
) -> Picture:
    """A picture of curves only.

    Args:
      quantities: what is shown: one of them with the games side by side, several side by side
        with one row a game.
      heading: on top, behind the figure's number.
      remarks: definitions and choices, told beside the picture.
      sentences: what it shows.
      cells: the panels, if not arranged like this.
    """
    first = quantities[0]
    if cells is None and len(quantities) == 1:
        cells = side_by_side(first)
    elif cells is None:
        cells = [
            [quantity.cell(game) for quantity in quantities] for game in first.experiment.games
        ]
    reading = captions.reading_curves(first.experiment, first.banded)
    legend = legend_of(quantities)
    return picture(
        first.experiment, first.figure, cells, legend, heading, reading, remarks, sentences
    )


def picture(
    experiment: ExperimentResults,
    figure: str,
    cells: Sequence[Sequence[Cell]],
    legend: Sequence[tuple[object, str]],
    heading: str,
    reading: str,
    remarks: Sequence[str],
    sentences: Sequence[str],
) -> Picture:
    """Rows of cells on a page that says which figure it is and where everything comes from.

    Args:
      experiment: the runs.
      figure: its name, for instance "fig5".
      cells, legend: what is drawn.
      heading: on top, behind the figure's number.
      reading: what lines, bands and points are; the first line of the caption.
      remarks: definitions and choices, told beside the picture.
      sentences: what it shows.
    """
    heading = f"{figure_name(figure, long=True)}: {heading}"
    footer = captions.footer(experiment, reading, f"{figure}.md")
    page = Page(heading, rows_of(cells), legend, footer)
    return Picture(page.figure(), heading, (reading, *remarks), tuple(sentences), experiment)


def legend_of(quantities: Sequence[Quantity], points: str = "") -> list[tuple[object, str]]:
    """Everything that panels of these quantities show, and hollow points if they have a name."""
    shown = {id(quantity.experiment): quantity.experiment for quantity in quantities}.values()
    several = any(len({run.seed for run in experiment.runs}) > 1 for experiment in shown)
    colours = {name: part.colour(name) for part in shown for name in part.ordered}
    banded = {name for q in quantities for name in q.banded or q.experiment.conditions}
    return style.legend_entries(
        colours,
        banded=banded,
        chance=", ".join(q.chance for q in quantities if q.has_chance),
        published=next((q.source for q in quantities if q.published_behind), ""),
        points=points,
        seeds=several and any(q.seeds for q in quantities),
    )
