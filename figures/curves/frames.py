"""Tidy frames: one row a run and log, the facts of the run in the first columns."""

from collections.abc import Callable

import pandas as pd

from figures.reading.data import Experiment
from figures.reading.runs import Run

KEYS = ["run_id", "condition", "game", "seed"]


def every_run(experiment: Experiment, of_run: Callable[[Run], pd.DataFrame]) -> pd.DataFrame:
    """What `of_run` makes of every run that has logged anything, with the run's facts in front."""
    frames = []
    for run in experiment.started:
        frame = of_run(run)
        for position, key in enumerate(KEYS):
            frame.insert(position, key, getattr(run, key))
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)
