"""What the recorded activations say about their whole distribution, not only its low end.

A score is an activation over the layer's average, so that a neuron can become dormant in two
ways: it falls silent, or a few others lift the average away from it. Here a share of dormant
neurons is split in two, exactly and without regard to the scale of the activations:

    share(tau) = share beyond dominance + share by dominance

The first counts the neurons that are dormant beside the average of the layer *without* its most
active neurons too, the second those that are dormant only because these few are in the average.
Tidy frames (`figures.curves.frames`) in percent; a log that is not finite has no value.
"""

from collections.abc import Callable, Mapping
import math

import numpy as np
import pandas as pd

from dormancy.concentration import gini as gini_of, top_share as top_share_of
from dormancy.scores import dormant_mask, neuron_scores
from figures.curves.frames import every_run
from figures.curves.neurons import check_tau, finite_logs, log_frame
from figures.errors import FigureError
from figures.reading.data import ExperimentResults
from figures.reading.runs import Records, RunResults

TOP = 0.01


def share_beyond_dominance(
    experiment: ExperimentResults, tau: float = 0.1, top: float = TOP, layer: str | None = None
) -> pd.DataFrame:
    """Percentage of neurons that are dormant beside the less active neurons' average, too.

    Args:
      experiment: the runs.
      tau: a neuron is dormant if its score is at most this.
      top: which part of a layer's neurons are its most active ones; one neuron at the least.
      layer: one layer, or None for all hidden neurons pooled.
    """
    return _split(experiment, tau, top, layer, lambda beyond, by: beyond)


def share_by_dominance(
    experiment: ExperimentResults, tau: float = 0.1, top: float = TOP, layer: str | None = None
) -> pd.DataFrame:
    """Percentage of neurons that are dormant only because of the most active; as above."""
    return _split(experiment, tau, top, layer, lambda beyond, by: by)


def dominance_over_silence(
    experiment: ExperimentResults, tau: float = 0.1, top: float = TOP, layer: str | None = None
) -> pd.DataFrame:
    """The share by dominance minus that beyond it: rises if a rise is more of the first."""
    return _split(experiment, tau, top, layer, lambda beyond, by: by - beyond)


def top_share(
    experiment: ExperimentResults, top: float = TOP, layer: str | None = None
) -> pd.DataFrame:
    """Percentage of a layer's activation that its most active neurons hold.

    Args:
      experiment: the runs.
      top: which part of the neurons; one at the least.
      layer: None for the penultimate one, the widest.
    """

    def of_layer(activity: np.ndarray) -> np.ndarray:
        return 100 * top_share_of(activity, most_active(activity.shape[-1], top))

    return _of_layer(experiment, layer, of_layer)


def gini(experiment: ExperimentResults, layer: str | None = None) -> pd.DataFrame:
    """Gini coefficient of a layer's activation, in percent; None is the penultimate layer."""
    return _of_layer(experiment, layer, lambda activity: 100 * gini_of(activity))


def most_active(neurons: int, top: float) -> int:
    """How many neurons of a layer are the `top` part of it: one at the least, not all.

    Raises:
      FigureError: it is no part of them.
    """
    if not 0 < top < 1:
        raise FigureError(f"The most active part of a layer must lie between 0 and 1, not {top}.")
    return min(max(1, math.ceil(top * neurons - 1e-9)), max(neurons - 1, 1))


def split_dormant(
    activity: np.ndarray, tau: float, top: float = TOP
) -> tuple[np.ndarray, np.ndarray]:
    """The two kinds of dormant neurons of one layer.

    Args:
      activity: (..., neurons) mean |activation|, finite.
      tau: a neuron is dormant if its score is at most this.
      top: which part of the neurons are the most active; one at the least.

    Returns:
      (..., neurons) masks that do not overlap: dormant beyond dominance, and by it. Together
      they are `dormant_mask(neuron_scores(activity), tau)`.
    """
    dormant = dormant_mask(neuron_scores(activity), tau)
    count = activity.shape[-1]
    kept = np.sort(activity, axis=-1)[..., : count - most_active(count, top)]
    average = kept.mean(-1, keepdims=True) if kept.shape[-1] else np.zeros_like(activity[..., :1])
    beyond = dormant & (activity <= tau * average)
    return beyond, dormant & ~beyond


def scores_at(experiment: ExperimentResults, layer: str | None = None) -> dict[int, np.ndarray]:
    """Scores of all neurons of all runs, of the logs that every run has.

    Args:
      experiment: runs of one condition and game.
      layer: one layer, or None for all hidden neurons pooled.

    Returns:
      Gradient step -> (runs * neurons,) scores, in order of time.
    """
    found: list[dict[int, np.ndarray]] = []
    for run in experiment.started:
        records = run.records_of(run.layers if layer is None else [layer])
        scores = [neuron_scores(np.where(_finite(r), r.mean_abs, 0)) for r in records.values()]
        steps = next(iter(records.values())).gradient_step
        whole = np.logical_and.reduce([finite_logs(r) for r in records.values()])
        pooled = np.concatenate(scores, axis=-1)
        found.append({int(steps[log]): pooled[log] for log in np.flatnonzero(whole)})
    common = sorted(set.intersection(*map(set, found))) if found else []
    return {step: np.concatenate([run[step] for run in found]) for step in common}


def _split(
    experiment: ExperimentResults,
    tau: float,
    top: float,
    layer: str | None,
    value: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> pd.DataFrame:
    check_tau(tau)

    def of_run(run: RunResults) -> pd.DataFrame:
        records = run.records_of(run.layers if layer is None else [layer])
        beyond, by = shares_of(records, tau, top)
        finite = np.logical_and.reduce([finite_logs(r) for r in records.values()])
        some = next(iter(records.values()))
        return log_frame(some, value=np.where(finite, 100 * value(beyond, by), np.nan))

    return every_run(experiment, of_run)


def shares_of(
    records: Mapping[str, Records], tau: float, top: float = TOP
) -> tuple[np.ndarray, np.ndarray]:
    """(logs,) shares beyond and by dominance, of the neurons of all these layers."""
    masks = [split_dormant(np.where(_finite(r), r.mean_abs, 0), tau, top) for r in records.values()]
    pooled = [np.concatenate(kind, axis=-1).mean(-1) for kind in zip(*masks, strict=True)]
    return pooled[0], pooled[1]


def _of_layer(
    experiment: ExperimentResults, layer: str | None, value: Callable[[np.ndarray], np.ndarray]
) -> pd.DataFrame:
    def of_run(run: RunResults) -> pd.DataFrame:
        records = run.records(layer or run.layers[-1])
        return log_frame(records, value=value(records.mean_abs.astype(np.float64)))

    return every_run(experiment, of_run)


def _finite(records: Records) -> np.ndarray:
    return finite_logs(records)[:, None]
