"""Metrics that runs recorded themselves, as tidy frames."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from figures.curves.frames import every_run
from figures.curves.neurons import log_frame
from figures.errors import FigureError
from figures.reading.data import ExperimentResults
from figures.reading.runs import RunResults


def recorded_metric(experiment: ExperimentResults, metric: str, layer: str = "") -> pd.DataFrame:
    """A metric as it was recorded, for instance "td_loss"; no rows where it was not.

    Args:
      experiment: the runs.
      metric: a name in the runs' table of metrics.
      layer: "" is the whole network.
    """
    return every_run(experiment, lambda run: run.metric(metric, layer))


def redormant_share(experiment: ExperimentResults) -> pd.DataFrame:
    """Percentage of the neurons recycled at one check that are dormant at the next.

    A log pools the checks since the log before; it has no value where nothing was recycled.
    """
    return percentage_of_some_logs(experiment, "redormant_fraction")


def recycled_so_far(experiment: ExperimentResults) -> pd.DataFrame:
    """Neurons recycled up to a log in percent of all hidden ones, each as often as it was.

    A log tells of the checks since the log before; what a check does after the last log is told
    nowhere.
    """

    return every_run(experiment, _recycled_before)


def _recycled_before(run: RunResults) -> pd.DataFrame:
    records = run.records_of(run.layers)
    neurons = sum(layer.mean_abs.shape[-1] for layer in records.values())
    told = run.metric("recycled_neurons").groupby("gradient_step").value.sum()
    some = next(iter(records.values()))
    counts = told.reindex(some.gradient_step, fill_value=0.0).to_numpy(np.float64)
    return log_frame(some, value=100 * np.cumsum(counts) / neurons)


def recycled_per_check(experiment: ExperimentResults) -> pd.DataFrame:
    """Neurons that a check recycles in percent of all hidden ones: the mean over checks so far.

    Runs that are not checked equally often can be compared by it. How many checks there were
    follows from what a run was asked for; before the first there is no value.

    Raises:
      FigureError: a run of a kind that is never checked.
    """

    def of_run(run: RunResults) -> pd.DataFrame:
        intervention = run.info["spec"].get("intervention")
        if intervention is None:
            raise FigureError(f"Run {run.run_id} has no checks at which it could recycle.")
        frame = _recycled_before(run)
        checks = checks_before(frame.gradient_step.to_numpy(), intervention)
        return frame.assign(value=frame.value / np.where(checks, checks, np.nan))

    return every_run(experiment, of_run)


def checks_before(gradient_steps: np.ndarray, intervention: Mapping[str, Any]) -> np.ndarray:
    """How many checks logs at these steps tell of: a log comes before the check of its own step.

    Args:
      gradient_steps: of logs.
      intervention: what a run was asked for; its clock is that of
        `agents.spec.InterventionSpec`.
    """
    period = intervention["period_gradient_steps"]
    begun = intervention.get("clock_offset_gradient_steps", 0)
    end = intervention.get("end_gradient_step")
    clock = begun + np.maximum(gradient_steps - 1, 0)
    if end is not None:
        clock = np.clip(clock, None, max(end - 1, begun))
    return clock // period - begun // period


def distinct_frames(experiment: ExperimentResults) -> pd.DataFrame:
    """Percentage of frames drawn from the replay that differ from all others, seen coarsely."""
    return recorded_percentage(experiment, "distinct_frames")


def target_sharpness(experiment: ExperimentResults) -> pd.DataFrame:
    """Change of the targets between near transitions in percent of that between far ones.

    See `agents.offline.sharpness`; NaN where all targets are the same.
    """
    near = recorded_metric(experiment, "target_change_near")
    far = recorded_metric(experiment, "target_change_far")
    steps = ["run_id", "gradient_step"]
    if len(near) != len(far) or (near[steps] != far[steps]).any(axis=None):
        raise FigureError("Some logs have one of the two changes of the targets only.")
    return near.assign(value=100 * near.value / far.value.where(far.value > 0))


def greedy_agreement(experiment: ExperimentResults) -> pd.DataFrame:
    """Percentage of the probed states in which student and teacher choose the same action."""
    return recorded_percentage(experiment, "greedy_agreement")


def distillation_loss(experiment: ExperimentResults) -> pd.DataFrame:
    """Mean loss since the log before, as trained on; at first that of the untrained student."""
    return recorded_metric(experiment, "distillation_loss")


def log_distillation_loss(experiment: ExperimentResults) -> pd.DataFrame:
    """Logarithm of the loss to base 10: differences are ratios, as on the paper's axis."""
    frame = distillation_loss(experiment)
    return frame.assign(value=np.log10(frame.value))


def distillation_loss_growth(experiment: ExperimentResults) -> pd.DataFrame:
    """Powers of ten by which the loss exceeds that of the same student before training."""
    frame = log_distillation_loss(experiment)
    return frame.assign(value=frame.value - frame.groupby("run_id").value.transform("first"))


def recorded_percentage(experiment: ExperimentResults, metric: str) -> pd.DataFrame:
    """A fraction that was recorded, in percent; no rows where it was not."""
    frame = recorded_metric(experiment, metric)
    return frame.assign(value=100 * frame.value)


def percentage_of_some_logs(experiment: ExperimentResults, metric: str) -> pd.DataFrame:
    """A fraction that only some logs can tell, in percent; no rows of a run where none does.

    The other logs have a row without a value, so that the last quarter is that of the training, and
    not of what the logs tell of.
    """

    def of_run(run: RunResults) -> pd.DataFrame:
        told = run.metric(metric)
        if told.empty:
            return told
        logs = run.records(run.layers[-1])
        value = told.set_index("gradient_step").value.reindex(logs.gradient_step)
        return log_frame(logs, value=100 * value.to_numpy())

    return every_run(experiment, of_run)
