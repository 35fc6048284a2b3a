"""Scores over all games of an experiment: interquartile means, as numbers and as words."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from figures.claims.estimates import late_means
from figures.curves.measures import human_normalised_return
from figures.drawing.captions import count_of, curves_of
from figures.reading import published
from figures.reading.data import Experiment
from figures.statistics.aggregates import interquartile_band
from figures.statistics.intervals import Band, Interval, common_grid

# What the paper's figures call the mean over all its games.
_PUBLISHED_PANEL = "17 games"


@dataclass(frozen=True)
class Scores:
    """Interquartile means (IQM) of the human-normalised evaluation return over all games.

    Attributes:
      experiment: the runs.
      figure: the paper's figure, for instance "fig1".
      last_part: single numbers are means over this last share of the agent steps that all
        runs reached; 0 is the last evaluation alone.
    """

    experiment: Experiment
    figure: str
    last_part: float = 0.25

    @property
    def conditions(self) -> list[str]:
        """Those with a value, in the order of legends."""
        there = set(self._frame.condition)
        return [name for name in self.experiment.ordered if name in there]

    @property
    def source(self) -> str:
        """How a picture names the published values."""
        return published.source(self.figure, _PUBLISHED_PANEL)

    @property
    def definition(self) -> str:
        """For a caption: what is averaged over what."""
        return (
            "Score: 0 is random play, 1 a human. IQM: mean of the middle half of all runs of "
            f"{self.games}, with its 95 % stratified bootstrap interval."
        )

    @property
    def when(self) -> str:
        """For a caption: when single numbers are taken."""
        if self.last_part == 0:
            return "Ours at the last evaluation."
        return f"Ours are means over the last {100 * self.last_part:g} % of the steps."

    @property
    def games(self) -> str:
        names = self.experiment.games
        listed = f" ({', '.join(names)})" if len(names) <= 4 else ""
        return f"{count_of(len(names), 'game')}{listed}"

    @property
    def sentences(self) -> list[str]:
        """The level of every condition, with its interval."""
        levels = [f"{name} {_text(interval)}" for name, interval in self.levels.items()]
        if not levels:
            return ["No score to show yet."]
        part = f"in the last {100 * self.last_part:g} % of the steps"
        return [f"{self.games}, IQM {part}: {', '.join(levels)}."]

    @cached_property
    def levels(self) -> dict[str, Interval]:
        """Condition -> IQM late in training, with its stratified bootstrap interval."""
        if self._frame.empty:
            return {}
        late = late_means(curves_of(self._frame, steps="agent_step"), self.last_part)
        runs = self._frame.groupby("run_id", sort=False)[["game", "condition"]].first()
        found = {}
        for condition in self.conditions:
            part = runs.assign(value=late)[runs.condition == condition]
            strata = [level.to_numpy()[:, None] for _, level in part.groupby("game").value]
            found[condition] = Interval(*(float(bound[0]) for bound in interquartile_band(strata)))
        return found

    def curve(self, condition: str) -> tuple[np.ndarray, Band]:
        """Agent steps (points,) and IQM at every one of them."""
        part = self._frame[self._frame.condition == condition]
        steps, values = common_grid(curves_of(part, steps="agent_step"))
        games = part.groupby("run_id", sort=False).game.first()
        strata = [values[(games == game).to_numpy()] for game in games.unique()]
        return steps, interquartile_band(strata)

    def theirs(self, condition: str) -> pd.DataFrame:
        """The paper's values; see `figures.reading.published.curve`."""
        series = self.experiment.published_as(condition)
        return published.curve(self.figure, _PUBLISHED_PANEL, series, "iqm_hns")

    def points(self, name: str) -> list[tuple[float, Interval]]:
        """The paper's values of a condition or line: x and score."""
        rows = self.theirs(name).itertuples()
        return [(row.x, Interval(row.y, row.y_low, row.y_high)) for row in rows]

    @cached_property
    def _frame(self) -> pd.DataFrame:
        frame = human_normalised_return(self.experiment)
        return frame[frame.agent_step <= self.experiment.shortest_plan("agent_step")]


def _text(interval: Interval) -> str:
    bounds = "" if np.isnan(interval.low) else f" [{interval.low:.3f}, {interval.high:.3f}]"
    return f"{interval.value:.3f}{bounds}"
