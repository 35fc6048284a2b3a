"""Evaluation returns, in points of the game or between random play and a human."""

import numpy as np
import pandas as pd

from figures.curves.frames import every_run
from figures.errors import FigureError
from figures.reading.data import ExperimentResults
from figures.reading.published import human_return, random_return
from figures.reading.runs import RunResults


def evaluation_return(experiment: ExperimentResults) -> pd.DataFrame:
    """Mean return of the episodes of every evaluation phase, unclipped.

    Args:
      experiment: the runs.

    Returns:
      A tidy frame with a column `chance`, the return of a random policy (NaN where unknown).
    """

    def of_run(run: RunResults) -> pd.DataFrame:
        return run.metric("eval_return_mean").assign(chance=random_return(run.game))

    return every_run(experiment, of_run)


def human_normalised_return(experiment: ExperimentResults) -> pd.DataFrame:
    """Evaluation return on a scale on which random play is 0 and a human tester is 1.

    Raises:
      FigureError: nobody has published what a human scores in one of the games.
    """

    def of_run(run: RunResults) -> pd.DataFrame:
        frame = run.metric("eval_return_mean")
        return frame.assign(value=human_normalised(frame.value, run.game))

    return every_run(experiment, of_run)


def human_normalised(returns, game: str):
    """(return - random) / (human - random), for one return or many.

    Raises:
      FigureError: nobody has published what a human scores in this game.
    """
    if not has_human_score(game):
        raise FigureError(
            f"What a human scores in {game!r} is not known, so that returns cannot be normalised; "
            "leave this game out."
        )
    random = random_return(game)
    return (returns - random) / (human_return(game) - random)


def has_human_score(game: str) -> bool:
    """Whether returns of a game can be normalised."""
    return bool(np.isfinite(random_return(game) + human_return(game)))
