"""Curves over training: our runs of one game in a panel, the paper's curve behind or below.

The paper's curve is drawn behind ours where the x axes are comparable, otherwise in a small
panel of its own below. A figure of one quantity has the games side by side; one of several
has the quantities side by side and a row for every game.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
import pandas as pd

from figures.drawing import captions, style
from figures.drawing.clocks import GRADIENT_STEPS, Clock
from figures.drawing.layout import Cell, Page, Panel, rows_of
from figures.drawing.picture import Picture
from figures.reading import published
from figures.reading.data import Experiment
from figures.statistics.intervals import common_grid, mean_band, mean_of_present

_PANELS_PER_ROW = 3
# On a published axis longer than this many of ours, we would be a stroke at the left edge.
COMPARABLE = 4


@dataclass(frozen=True)
class Quantity:
    """What is shown of an experiment, one panel a game.

    Attributes:
      experiment: the runs.
      frame: tidy frame of `figures.curves.measures`; a column `chance` is drawn too.
      figure: the paper's figure, for instance "fig5".
      metric: of the published curve, for instance "overlap_percent".
      what: the quantity in words, for instance "overlap".
      unit: of the values; "" for returns, which every game counts in its own points.
      clock: the x axis.
      chance: what the column `chance` is, for the legend.
      log_y: whether the y axis is logarithmic.
      seeds: whether single seeds are drawn too; not where there are many conditions.
    """

    experiment: Experiment
    frame: pd.DataFrame
    figure: str
    metric: str
    what: str
    unit: str = "%"
    clock: Clock = GRADIENT_STEPS
    chance: str = "chance"
    log_y: bool = False
    seeds: bool = True

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
        return self._published_end() <= COMPARABLE * self._end * self.clock.per_step

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
                steps, values = common_grid(captions.curves_of(part, steps=self.clock.column))
                band, shade = mean_band(values), self.experiment.colour(condition)
                finished = all(run.complete for run in runs)
                style.draw_band(axes, steps / unit, band, shade, finished)
                if self.seeds:
                    style.draw_seeds(axes, steps / unit, values, shade)
        part = self.shown[self.shown.game == game]
        if len(part) and self.has_chance:
            steps, chance = common_grid(captions.curves_of(part, "chance", self.clock.column))
            style.draw_chance(axes, steps / unit, mean_of_present(chance))
        runs = self.experiment.select(game=game).runs
        axes.set_title(game, loc="left")
        style.mark_unfinished(axes, sum(not run.complete for run in runs), len(runs))


def game_panels(
    quantity: Quantity, heading: str, remark: str, sentences: Sequence[str] | None = None
) -> Picture:
    """A picture of one quantity, the games side by side.

    Args:
      quantity: what is shown.
      heading: on top.
      remark: begins the caption.
      sentences: printed with the picture; by default the trends of a percentage.
    """
    games = quantity.experiment.games
    cells = [
        [quantity.cell(game) for game in games[start : start + _PANELS_PER_ROW]]
        for start in range(0, len(games), _PANELS_PER_ROW)
    ]
    if sentences is None:
        conditions = quantity.experiment.conditions
        sentences = captions.trends(quantity.shown, quantity.what, conditions)
    return _quantities(cells, [quantity], heading, remark, sentences)


def quantity_panels(
    quantities: Sequence[Quantity], heading: str, remark: str, sentences: Sequence[str]
) -> Picture:
    """A picture of several quantities side by side, one row a game."""
    games = quantities[0].experiment.games
    cells = [[quantity.cell(game) for quantity in quantities] for game in games]
    return _quantities(cells, quantities, heading, remark, sentences)


def picture(
    experiment: Experiment,
    cells: Sequence[Sequence[Cell]],
    legend: Sequence[tuple[object, str]],
    heading: str,
    caption: str,
    sentences: Sequence[str],
) -> Picture:
    """Rows of cells on a page that says where everything comes from."""
    footer = [caption, *captions.provenance(experiment)]
    page = Page(heading, rows_of(cells), legend, footer)
    return Picture(page.figure(), tuple(sentences), experiment)


def legend_of(quantities: Sequence[Quantity], points: str = "") -> list[tuple[object, str]]:
    """Everything that panels of these quantities show, and hollow points if they have a name."""
    experiment = quantities[0].experiment
    return style.legend_entries(
        {name: experiment.colour(name) for name in experiment.ordered},
        chance=", ".join(q.chance for q in quantities if q.has_chance),
        published=next((q.source for q in quantities if q.published_behind), ""),
        points=points,
        seeds=any(q.seeds for q in quantities),
    )


def _quantities(
    cells: Sequence[Sequence[Cell]],
    quantities: Sequence[Quantity],
    heading: str,
    remark: str,
    sentences: Sequence[str],
) -> Picture:
    experiment, legend = quantities[0].experiment, legend_of(quantities)
    caption = f"{remark} {captions.READING}"
    return picture(experiment, cells, legend, heading, caption, sentences)
