"""The common form of most figures: one panel a game, curves over gradient steps.

The paper's curve is drawn behind ours where the x axes are comparable, otherwise in a small
panel of its own below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
import pandas as pd

from figures import captions, published, style
from figures.data import Experiment
from figures.layout import Page, Row
from figures.picture import Picture
from figures.statistics import common_grid, mean_band, mean_of_present

_PANELS_PER_ROW = 3
# On a published axis longer than this many of ours, we would be a stroke at the left edge.
_COMPARABLE = 4


@dataclass(frozen=True)
class GamePanels:
    """What is shown, one panel a game.

    Attributes:
      experiment: the runs.
      frame: tidy frame of `figures.measures`; a column `chance` is drawn too.
      figure: the paper's figure, for instance "fig5".
      metric: of the published curve, for instance "overlap_percent".
      what: the quantity in words, for instance "overlap".
      series: our condition -> the paper's name of it.
    """

    experiment: Experiment
    frame: pd.DataFrame
    figure: str
    metric: str
    what: str
    series: Mapping[str, str] = field(default_factory=lambda: {"DQN": "DQN"})

    def picture(self, heading: str, remark: str) -> Picture:
        """The whole picture; `remark` begins its caption."""
        sentences = captions.trends(self.frame, self.what, self.experiment.conditions)
        return Picture(self._page(heading, remark).figure(), tuple(sentences), self.experiment)

    def _page(self, heading: str, remark: str) -> Page:
        ylabel = f"{self.what} [%]"
        games = self.experiment.games
        rows = []
        for start in range(0, len(games), _PANELS_PER_ROW):
            block = games[start : start + _PANELS_PER_ROW]
            rows.append(Row([partial(self._draw_ours, game) for game in block], ylabel, 2.05))
            if not self._same_axes and any(self._theirs[game] for game in block):
                below = [partial(self._draw_below, g) if self._theirs[g] else None for g in block]
                rows.append(Row(below, "[%]", 0.85))
        legend = style.legend_entries(
            self.experiment.conditions,
            chance="chance" in self.frame and bool(self.frame.chance.notna().any()),
            published=self._source if self._same_axes and any(self._theirs.values()) else "",
        )
        footer = [f"{remark} {captions.READING}", *captions.provenance(self.experiment)]
        return Page(heading, rows, legend, footer)

    @property
    def _source(self) -> str:
        curves = [curve for game in self._theirs.values() for curve in game.values()]
        taus = {tau for curve in curves for tau in curve.tau.dropna()}
        thresholds = "".join(f"τ = {tau:g}, " for tau in sorted(taus))
        return f"published (paper Fig. {self.figure.removeprefix('fig')}, {thresholds}digitised)"

    @cached_property
    def _theirs(self) -> dict[str, dict[str, pd.DataFrame]]:
        """Game -> our condition -> published curve, without those the paper does not show."""
        return {
            game: {
                condition: curve
                for condition, series in self.series.items()
                if len(curve := published.curve(self.figure, game, series, self.metric))
            }
            for game in self.experiment.games
        }

    @property
    def _planned(self) -> float:
        return max(run.info["total_gradient_steps"] for run in self.experiment.started)

    @cached_property
    def _same_axes(self) -> bool:
        return self._published_end() <= _COMPARABLE * self._planned

    def _published_end(self) -> float:
        curves = [curve for game in self._theirs.values() for curve in game.values()]
        return max((curve.x.max() for curve in curves), default=0.0)

    def _draw_below(self, game: str, axes: Axes) -> None:
        axes.set_title(self._source, loc="left", size=8, weight="normal", color=style.MUTED)
        axes.yaxis.set_major_locator(MaxNLocator(3))
        self._draw_theirs(game, axes, _steps_axis(axes, self._published_end()))

    def _draw_theirs(self, game: str, axes: Axes, unit: float) -> None:
        for condition, curve in self._theirs[game].items():
            alone = len(self.experiment.conditions) == 1
            shade = style.MUTED if alone else style.colour(condition)
            style.draw_published(axes, curve.x / unit, curve.y, curve.y_low, curve.y_high, shade)

    def _draw_ours(self, game: str, axes: Axes) -> None:
        end = max(self._planned, self._published_end() if self._same_axes else 0)
        unit = _steps_axis(axes, end)
        if self._same_axes:
            self._draw_theirs(game, axes, unit)
        for condition in self.experiment.conditions:
            runs = self.experiment.select(game=game, condition=condition).runs
            part = self.frame[(self.frame.game == game) & (self.frame.condition == condition)]
            if len(part):
                steps, values = common_grid(captions.curves_of(part))
                style.draw_seeds(
                    axes,
                    steps / unit,
                    values,
                    mean_band(values),
                    style.colour(condition),
                    finished=all(run.complete for run in runs),
                )
                if "chance" in part:
                    steps, chance = common_grid(captions.curves_of(part, "chance"))
                    style.draw_chance(axes, steps / unit, mean_of_present(chance))
        runs = self.experiment.select(game=game).runs
        axes.set_title(game, loc="left")
        style.mark_unfinished(axes, sum(not run.complete for run in runs), len(runs))


def _steps_axis(axes: Axes, end: float) -> float:
    """Prepares an x axis of gradient steps up to `end` and returns the unit to divide by."""
    unit, word = (1e6, " (millions)") if end >= 1e6 else (1e3, " (thousands)")
    if end < 5e3:
        unit, word = 1.0, ""
    axes.set_xlim(0, end / unit * 1.01)
    axes.set_xlabel(f"gradient steps{word}")
    return unit
