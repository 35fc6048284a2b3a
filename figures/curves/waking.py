"""Who wakes up: by how long it was asleep, and whether new weights or new inputs woke it."""

from collections.abc import Mapping, Sequence
import itertools

import numpy as np
import pandas as pd

from dormancy.scores import dormant_mask, neuron_scores
from figures.curves.neurons import check_tau, finite_logs
from figures.reading.data import ExperimentResults
from figures.reading.runs import OF_OLD_WEIGHTS, ON_OLD_INPUTS, RunResults

# What a neuron that woke between two logs answers to: the old inputs with its new weights, the
# new inputs with its old weights, either of them, or only both new together.
WEIGHTS, INPUTS, EITHER, TOGETHER = CAUSES = ("weights", "inputs", "either", "together")


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


def count_causes(
    before: np.ndarray, now: np.ndarray, on_old_inputs: np.ndarray, of_old_weights: np.ndarray
) -> dict[str, int]:
    """What woke the neurons that were dormant and are awake.

    Args:
      before, now: (..., neurons) whether a neuron is dormant at a log, and at the next.
      on_old_inputs: the same of the weights of now on the inputs of before.
      of_old_weights: the same of the weights of before on the inputs of now.

    Returns:
      Number of neurons by each of `CAUSES`; together they are all that woke.
    """
    woke = before & ~now
    by_weights, by_inputs = woke & ~on_old_inputs, woke & ~of_old_weights
    masks = {
        WEIGHTS: by_weights & ~by_inputs,
        INPUTS: by_inputs & ~by_weights,
        EITHER: by_weights & by_inputs,
        TOGETHER: woke & ~by_weights & ~by_inputs,
    }
    return {cause: int(mask.sum()) for cause, mask in masks.items()}


def awakenings_by_layer(
    run: RunResults, tau: float, layer: str | None = None
) -> dict[str, dict[str, int]]:
    """`count_causes` of every layer over all pairs of logs, finite and recorded crosswise.

    Args:
      run: it.
      tau: a neuron is dormant if its score, within what was scored, is at most this.
      layer: one layer, or None for all hidden ones.
    """
    check_tau(tau)
    layers = run.layers if layer is None else [layer]
    found = {}
    whole = run.records_of(layers)
    crossed = [run.records_of(layers, column) for column in (ON_OLD_INPUTS, OF_OLD_WEIGHTS)]
    for name in layers:
        records = whole[name]
        own = [part[name] for part in crossed]
        known = np.logical_and.reduce([finite_logs(part) for part in (records, *own)])
        known[1:] &= finite_logs(records)[:-1]
        # Nothing was before the first log.
        logs = np.flatnonzero(known[1:]) + 1
        masks = [
            dormant_mask(neuron_scores(part.mean_abs[places]), tau)
            for part, places in ((records, logs - 1), *((part, logs) for part in (records, *own)))
        ]
        found[name] = count_causes(*masks)
    return found


def all_together(by_layer: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """The counts of all layers added up."""
    return {cause: sum(counts[cause] for counts in by_layer.values()) for cause in CAUSES}


def awakenings(run: RunResults, tau: float, layer: str | None = None) -> dict[str, int]:
    """`awakenings_by_layer` added up."""
    return all_together(awakenings_by_layer(run, tau, layer))


def share_of(counts: Mapping[str, int], causes: Sequence[str]) -> float:
    """Percentage of the awakenings that have one of these causes; NaN if nobody woke."""
    everyone = sum(counts.values())
    return 100 * sum(counts[cause] for cause in causes) / everyone if everyone else float("nan")
