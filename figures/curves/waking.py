"""How probable it is that a dormant neuron is awake at the next log, by how long it was asleep."""

import itertools

import numpy as np
import pandas as pd

from dormancy.scores import dormant_mask, neuron_scores
from figures.curves.neurons import check_tau, finite_logs
from figures.reading.data import ExperimentResults
from figures.reading.runs import RunResults


def count_waking(history: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Chances to wake, and awakenings, by the time asleep.

    A neuron that is dormant at a log and was so at the a - 1 logs before has slept for a logs; a
    sleep that began before the first log is counted from there. The last log shows no chance, for
    nobody knows what comes next.

    Args:
      history: (logs, neurons) whether a neuron is dormant.

    Returns:
      (logs,) chances and (logs,) awakenings; place a - 1 is a sleep of a logs.
    """
    logs = len(history)
    chances, woken = np.zeros((2, logs), np.int64)
    asleep = np.zeros(history.shape[1:], np.int64)
    for now, after in itertools.pairwise(history):
        asleep = np.where(now, asleep + 1, 0)
        chances += np.bincount(asleep[now] - 1, minlength=logs)
        woken += np.bincount(asleep[now & ~after] - 1, minlength=logs)
    return chances, woken


def waking(run: RunResults, tau: float, layer: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """`count_waking` of a run, up to its first log that is not finite.

    Args:
      run: it.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, or None for all hidden neurons together.
    """
    check_tau(tau)
    records = run.records_of(run.layers if layer is None else [layer])
    finite = np.logical_and.reduce([finite_logs(r) for r in records.values()])
    known = int(np.logical_and.accumulate(finite).sum())
    histories = [dormant_mask(neuron_scores(r.mean_abs[:known]), tau) for r in records.values()]
    return count_waking(np.concatenate(histories, axis=-1))


def hazard(chances: np.ndarray, woken: np.ndarray, shortest: int, longest: int) -> float:
    """Percentage that wakes after a sleep of so many logs, both ends included; NaN without any."""
    part = slice(shortest - 1, longest)
    at_risk = chances[part].sum()
    return float(100 * woken[part].sum() / at_risk) if at_risk else float("nan")


def hazards(
    experiment: ExperimentResults, tau: float, layer: str | None, longest: int
) -> pd.DataFrame:
    """Percentage that wakes, one row a run and time asleep in logs."""
    rows = []
    for run in experiment.started:
        counts = waking(run, tau, layer)
        for age in range(1, min(longest, len(counts[0])) + 1):
            value = hazard(*counts, age, age)
            rows.append({"run_id": run.run_id, "game": run.game, "age_logs": age, "value": value})
    return pd.DataFrame(rows, columns=["run_id", "game", "age_logs", "value"])
