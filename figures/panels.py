"""Curves over training: our runs of one game in a panel, the paper's curve behind or below.

The paper's curve is drawn behind ours where the x axes are comparable, otherwise in a small
panel of its own below. A figure of one quantity has the games side by side; one of several
has the quantities side by side and a row for every game.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
import pandas as pd

from figures import captions, published, style
from figures.data import Experiment
from figures.layout import Page, Panel, Row
from figures.picture import Picture
from figures.statistics import common_grid, mean_band, mean_of_present

_PANELS_PER_ROW = 3
# On a published axis longer than this many of ours, we would be a stroke at the left edge.
_COMPARABLE = 4


class Clock(NamedTuple):
    """What the x axis counts.

    Attributes:
      label: as the axis says it.
      column: the steps of a tidy frame.
      per_step: how many of them are one step.
    """

    label: str
    column: str
    per_step: int


GRADIENT_STEPS = Clock("gradient steps", "gradient_step", 1)
# Published frame counts are at the frame skip of 4 that all runs have.
FRAMES = Clock("frames", "agent_step", 4)


@dataclass(frozen=True)
class Quantity:
    """What is shown of an experiment, one panel a game.

    Attributes:
      experiment: the runs.
      frame: tidy frame of `figures.measures`; a column `chance` is drawn too.
      figure: the paper's figure, for instance "fig5".
      metric: of the published curve, for instance "overlap_percent".
      what: the quantity in words, for instance "overlap".
      unit: of the values; "" for returns, which every game counts in its own points.
      clock: the x axis.
      chance: what the column `chance` is, for the legend.
    """

    experiment: Experiment
    frame: pd.DataFrame
    figure: str
    metric: str
    what: str
    unit: str = "%"
    clock: Clock = GRADIENT_STEPS
    chance: str = "chance"

    @cached_property
    def shown(self) -> pd.DataFrame:
        """The frame up to where the shortest condition is planned to end."""
        return self.frame[self.frame[self.clock.column] <= self._planned]

    @property
    def ylabel(self) -> str:
        return f"{self.what} [{self.unit}]" if self.unit else self.what

    @property
    def source(self) -> str:
        """How a picture names the published curves."""
        curves = [curve for game in self._theirs.values() for curve in game.values()]
        taus = {tau for curve in curves for tau in curve.tau.dropna()}
        thresholds = "".join(f"τ = {tau:g}, " for tau in sorted(taus))
        return f"published (paper Fig. {self.figure.removeprefix('fig')}, {thresholds}digitised)"

    @property
    def has_chance(self) -> bool:
        return "chance" in self.frame and bool(self.frame.chance.notna().any())

    @property
    def published_behind(self) -> bool:
        """Whether published curves are drawn behind ours."""
        return self._same_axes and any(self._theirs.values())

    def panel(self, game: str) -> Panel:
        """Our runs of one game."""
        draw = partial(self._draw_ours, game)
        return Panel(draw, self.ylabel, self._scale(game), self._bottom(game))

    def panel_below(self, game: str) -> Panel | None:
        """The published curves of one game, unless they are behind ours or there are none."""
        if self._same_axes or not self._theirs[game]:
            return None
        label = f"[{self.unit}]" if self.unit else "return"
        scale = f"published {self._scale(game)}"
        return Panel(partial(self._draw_below, game), label, scale, self._bottom(game))

    def _scale(self, game: str) -> str:
        return self.ylabel if self.unit else f"{self.ylabel} {game}"

    def _bottom(self, game: str) -> float | None:
        """0, except for returns of a game in which one can lose points."""
        drawn = self.frame.loc[self.frame.game == game].filter(["value", "chance"])
        return None if not self.unit and (drawn < 0).any(axis=None) else 0.0

    @cached_property
    def _theirs(self) -> dict[str, dict[str, pd.DataFrame]]:
        """Game -> our condition -> published curve, without those the paper does not show."""
        found: dict[str, dict[str, pd.DataFrame]] = {}
        for game in self.experiment.games:
            found[game] = {}
            for condition in self.experiment.conditions:
                curve = published.curve(self.figure, game, condition, self.metric)
                if len(curve):
                    found[game][condition] = curve
        return found

    @cached_property
    def _planned(self) -> int:
        """Steps of the shortest run when it is finished."""
        return min(run.planned[self.clock.column] for run in self.experiment.started)

    @cached_property
    def _same_axes(self) -> bool:
        return self._published_end() <= _COMPARABLE * self._planned * self.clock.per_step

    def _published_end(self) -> float:
        curves = [curve for game in self._theirs.values() for curve in game.values()]
        return max((curve.x.max() for curve in curves), default=0.0)

    def _draw_below(self, game: str, axes: Axes) -> None:
        axes.set_title(self.source, loc="left", size=8, weight="normal", color=style.MUTED)
        axes.yaxis.set_major_locator(MaxNLocator(3))
        self._draw_theirs(game, axes, _x_axis(axes, self._published_end(), self.clock.label))

    def _draw_theirs(self, game: str, axes: Axes, unit: float) -> None:
        for condition, curve in self._theirs[game].items():
            alone = len(self.experiment.conditions) == 1
            shade = style.MUTED if alone else style.colour(condition)
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
        end = self._planned * self.clock.per_step
        unit = _x_axis(
            axes, max(end, self._published_end() if self._same_axes else 0), self.clock.label
        )
        if self._same_axes:
            self._draw_theirs(game, axes, unit)
        unit /= self.clock.per_step
        for condition in self.experiment.conditions:
            runs = self.experiment.select(game=game, condition=condition).runs
            part = self.shown[(self.shown.game == game) & (self.shown.condition == condition)]
            if len(part):
                steps, values = common_grid(captions.curves_of(part, steps=self.clock.column))
                style.draw_seeds(
                    axes,
                    steps / unit,
                    values,
                    mean_band(values),
                    style.colour(condition),
                    finished=all(run.complete for run in runs),
                )
        part = self.shown[self.shown.game == game]
        if len(part) and self.has_chance:
            steps, chance = common_grid(captions.curves_of(part, "chance", self.clock.column))
            style.draw_chance(axes, steps / unit, mean_of_present(chance))
        runs = self.experiment.select(game=game).runs
        axes.set_title(game, loc="left")
        style.mark_unfinished(axes, sum(not run.complete for run in runs), len(runs))


def game_panels(quantity: Quantity, heading: str, remark: str) -> Picture:
    """A picture of one quantity, the games side by side; `remark` begins its caption."""
    games = quantity.experiment.games
    rows = [
        [(quantity, game) for game in games[start : start + _PANELS_PER_ROW]]
        for start in range(0, len(games), _PANELS_PER_ROW)
    ]
    sentences = captions.trends(quantity.shown, quantity.what, quantity.experiment.conditions)
    return _picture([quantity], rows, heading, remark, sentences)


def quantity_panels(
    quantities: Sequence[Quantity], heading: str, remark: str, sentences: Sequence[str]
) -> Picture:
    """A picture of several quantities side by side, one row a game."""
    games = quantities[0].experiment.games
    rows = [[(quantity, game) for quantity in quantities] for game in games]
    return _picture(quantities, rows, heading, remark, sentences)


def _picture(
    quantities: Sequence[Quantity],
    cells: Sequence[Sequence[tuple[Quantity, str]]],
    heading: str,
    remark: str,
    sentences: Sequence[str],
) -> Picture:
    rows = []
    for row in cells:
        rows.append(Row([quantity.panel(game) for quantity, game in row], 2.05))
        below = [quantity.panel_below(game) for quantity, game in row]
        if any(below):
            rows.append(Row(below, 0.85))
    experiment = quantities[0].experiment
    legend = style.legend_entries(
        experiment.conditions,
        chance=", ".join(q.chance for q in quantities if q.has_chance),
        published=next((q.source for q in quantities if q.published_behind), ""),
    )
    footer = [f"{remark} {captions.READING}", *captions.provenance(experiment)]
    return Picture(Page(heading, rows, legend, footer).figure(), tuple(sentences), experiment)


def _x_axis(axes: Axes, end: float, label: str) -> float:
    """Prepares an x axis from 0 to `end` and returns the unit to divide by."""
    unit, word = (1e6, " (millions)") if end >= 1e6 else (1e3, " (thousands)")
    if end < 5e3:
        unit, word = 1.0, ""
    axes.set_xlim(0, end / unit * 1.01)
    axes.set_xlabel(f"{label}{word}")
    return unit
