"""How well a student predicts its teacher, as tidy frames like those of `figures.curves.measures`.

One row a run and log with the columns run_id, condition, game, seed, gradient_step,
agent_step and value.
"""

import numpy as np
import pandas as pd

from figures.curves.frames import every_run
from figures.reading.data import Experiment


def distillation_loss(experiment: Experiment) -> pd.DataFrame:
    """Mean loss since the log before, as trained on; at first that of the untrained student."""
    return _recorded(experiment, "distillation_loss")


def log_distillation_loss(experiment: Experiment) -> pd.DataFrame:
    """Logarithm of the loss to base 10: differences are ratios, as on the paper's axis."""
    frame = distillation_loss(experiment)
    return frame.assign(value=np.log10(frame.value))


def distillation_loss_growth(experiment: Experiment) -> pd.DataFrame:
    """Powers of ten by which the loss exceeds that of the same student before training."""
    frame = log_distillation_loss(experiment)
    return frame.assign(value=frame.value - frame.groupby("run_id").value.transform("first"))


def greedy_agreement(experiment: Experiment) -> pd.DataFrame:
    """Percentage of the probed states in which student and teacher choose the same action."""
    frame = _recorded(experiment, "greedy_agreement")
    return frame.assign(value=100 * frame.value)


def _recorded(experiment: Experiment, metric: str) -> pd.DataFrame:
    return every_run(experiment, lambda run: run.metric(metric))
