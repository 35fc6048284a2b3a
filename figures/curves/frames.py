"""Tidy frames: one row a run and log, the facts of the run in the first columns.

After them come gradient_step, agent_step and value, which is NaN where nothing finite was
recorded: a number that is not finite is neither high nor low.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from figures.errors import FigureError
from figures.reading.data import ExperimentResults
from figures.reading.runs import RunResults
from figures.statistics.grids import smoothed

KEYS = ["run_id", "condition", "game", "seed"]
Curve = tuple[np.ndarray, np.ndarray]


def every_run(
    experiment: ExperimentResults, of_run: Callable[[RunResults], pd.DataFrame]
) -> pd.DataFrame:
    """What `of_run` makes of every run that has logged anything, with the run's facts in front."""
    frames = []
    for run in experiment.started:
        frame = of_run(run)
        for position, key in enumerate(KEYS):
            frame.insert(position, key, getattr(run, key))
        frames.append(frame)
    frame = pd.concat(frames, ignore_index=True)
    return frame.assign(value=frame.value.where(np.isfinite(frame.value)))


def smooth(frame: pd.DataFrame, logs: int) -> pd.DataFrame:
    """The same curves as centred moving means over an odd number of logs; 1 changes nothing."""
    if logs < 1 or logs % 2 == 0:
        raise FigureError(f"Smoothing over {logs} logs is not possible; give an odd number.")
    if frame.empty:
        return frame
    columns = [name for name in ("value", "chance") if name in frame]
    curves = frame.groupby("run_id", sort=False)[columns].transform(
        lambda column: smoothed(column.to_numpy(), logs)
    )
    return frame.assign(**curves)


def curves_of(
    frame: pd.DataFrame, column: str = "value", steps: str = "gradient_step"
) -> list[Curve]:
    """Steps and values of every run in a tidy frame."""
    return [
        (run[steps].to_numpy(), run[column].to_numpy(np.float64))
        for _, run in frame.groupby("run_id", sort=False)
    ]
