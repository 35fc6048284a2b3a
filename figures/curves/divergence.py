"""Runs whose numbers stopped being finite, and since when."""

import numpy as np

from figures.reading.data import Experiment
from figures.reading.runs import Run
from figures.reading.tables import read_table


def diverged_at(run: Run) -> int | None:
    """Gradient step of the first log with a number that is not finite; None if there is none."""
    if not run.started:
        return None
    first = []
    for table, column in (("metrics", "value"), ("neurons", "mean_abs_activation")):
        frame = read_table(run.folder / f"{table}.parquet", ["gradient_step", column])
        first += frame.gradient_step[~np.isfinite(frame[column])].tolist()
    return min(first, default=None)


def diverged(experiment: Experiment) -> dict[str, int]:
    """What a caption calls a run that diverged -> the gradient step since when."""
    found = {}
    for run in experiment.started:
        step = diverged_at(run)
        if step is not None:
            found[f"{run.condition} on {run.game}, seed {run.seed} (run {run.run_id})"] = step
    return found
