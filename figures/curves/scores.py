"""Interquartile means (IQM) of human-normalised returns over all games of an experiment."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from figures.curves.frames import curves_of
from figures.curves.levels import late_means
from figures.curves.returns import has_human_score, human_normalised_return
from figures.reading import published
from figures.reading.data import ExperimentResults
from figures.statistics import interquartile
from figures.statistics.grids import common_grid
from figures.statistics.ranges import Band
from figures.statistics.student import Interval

# What most of the paper's figures call the mean over all its games.
PUBLISHED_PANEL = "17 games"
# What DQN scores in the paper's Figure 1 at its very first evaluation, after a million frames:
# an agent below it has hardly begun to play.
FIRST_PUBLISHED = published.curve("fig1", PUBLISHED_PANEL, "DQN").y.iloc[0]
# Resamples of a picture's bands, which have many points.
_RESAMPLES = 500


@dataclass(frozen=True)
class Scores:
    """IQM of the games that all conditions have and of which it is known what a human scores.

    Conditions with a value are compared over the same games: the mean of one more game is another
    quantity.

    Attributes:
      experiment: the runs.
      figure: the paper's figure, for instance "fig1".
      last_part: single numbers are means over this last share of the agent steps that all
        runs reached; 0 is the last evaluation alone, as in the paper.
      panel: of the paper's figure.
    """

    experiment: ExperimentResults
    figure: str
    last_part: float = 0.0
    panel: str = PUBLISHED_PANEL

    @cached_property
    def games(self) -> list[str]:
        """Those that every condition was evaluated in that was evaluated at all."""
        frame = self._evaluated
        conditions = set(frame.condition)
        return [
            game for game in self._known if conditions <= set(frame.condition[frame.game == game])
        ]

    @property
    def games_without_human(self) -> list[str]:
        """Those of which nobody has published what a human scores."""
        return [game for game in self.experiment.games if game not in self._known]

    @property
    def games_not_in_all(self) -> list[str]:
        """Those with a human score that a condition lacks which has others."""
        return [game for game in self._known if game not in self.games]

    @property
    def conditions(self) -> list[str]:
        """Those with a value, in the order of legends."""
        there = set(self._frame.condition)
        return [name for name in self.experiment.ordered if name in there]

    @property
    def seeds(self) -> int:
        """Of the game and condition that have the fewest."""
        if self._frame.empty:
            return 0
        return int(self._frame.groupby(["game", "condition"]).run_id.nunique().min())

    @cached_property
    def levels(self) -> dict[str, Interval]:
        """Condition -> IQM at the end, with its interval."""
        if self._frame.empty:
            return {}
        late = late_means(curves_of(self._frame, steps="agent_step"), self.last_part)
        runs = self._frame.groupby("run_id", sort=False)[["game", "condition"]].first()
        found = {}
        for condition in self.conditions:
            part = runs.assign(value=late)[runs.condition == condition]
            strata = [levels.to_numpy() for _, levels in part.groupby("game").value]
            found[condition] = interquartile.estimate(strata).interval()
        return found

    def curve(self, condition: str) -> tuple[np.ndarray, Band]:
        """Agent steps (points,) and IQM at every one of them."""
        part = self._frame[self._frame.condition == condition]
        steps, values = common_grid(curves_of(part, steps="agent_step"))
        games = part.groupby("run_id", sort=False).game.first()
        strata = [values[(games == game).to_numpy()] for game in games.unique()]
        return steps, interquartile.band(strata, _RESAMPLES)

    def theirs(self, condition: str) -> pd.DataFrame:
        """The paper's values; see `figures.reading.published.curve`."""
        series = self.experiment.published_as(condition)
        return published.curve(self.figure, self.panel, series, "iqm_hns")

    def points(self, name: str) -> list[tuple[float, Interval]]:
        """The paper's values of a condition or line: x and score."""
        rows = self.theirs(name).itertuples()
        return [(row.x, Interval(row.y, row.y_low, row.y_high)) for row in rows]

    @property
    def _known(self) -> list[str]:
        return [game for game in self.experiment.games if has_human_score(game)]

    @cached_property
    def _frame(self) -> pd.DataFrame:
        """Scores in the games that are compared."""
        return self._evaluated[self._evaluated.game.isin(self.games)]

    @cached_property
    def _evaluated(self) -> pd.DataFrame:
        """Scores in all games that have any."""
        known = self._known
        experiment = self.experiment.restricted(lambda run: run.game in known)
        if not experiment.started:
            return pd.DataFrame(columns=["run_id", "condition", "game", "seed", "agent_step"])
        frame = human_normalised_return(experiment)
        return frame[frame.agent_step <= self.experiment.shortest_plan("agent_step")]
