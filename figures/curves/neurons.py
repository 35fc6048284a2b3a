"""What the recorded activations say about dormancy, for any threshold and any layer.

Tidy frames (`figures.curves.frames`) in percent, computed from the recorded scores and
without training again. A log with an activation that is not finite has no dormant set.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dormancy.overlap import DEFAULT_OVERLAP, OVERLAPS, chance_overlap
from dormancy.scores import dormant_mask, neuron_scores
from dormancy.shares import pooled_share
from figures.curves.frames import every_run
from figures.errors import FigureError
from figures.reading.data import ExperimentResults
from figures.reading.runs import ACTIVATION, GRADIENT, Records, RunResults


def dormant_share(
    experiment: ExperimentResults, tau: float = 0.0, layer: str | None = None
) -> pd.DataFrame:
    """Percentage of tau-dormant neurons.

    Args:
      experiment: the runs.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, or all of a network, for instance "actor"; None for all hidden neurons
        pooled (the paper's percentage).
    """
    return _share(experiment, tau, layer, ACTIVATION)


def gradient_dormant_share(
    experiment: ExperimentResults, tau: float = 0.01, layer: str | None = None
) -> pd.DataFrame:
    """Percentage of neurons whose incoming weights get hardly any gradient (GraMa).

    The gradient is that of the loss on the probe batch. There is no value where a run recorded
    none, or has a layer whose incoming weights cannot be told.

    Args:
      experiment: the runs.
      tau: a neuron counts if its mean |gradient| is at most this times the layer's average;
        Liu et al. 2025 use 0.01.
      layer: as of `dormant_share`.
    """
    return _share(experiment, tau, layer, GRADIENT)


def _share(
    experiment: ExperimentResults, tau: float, layer: str | None, column: str
) -> pd.DataFrame:
    check_tau(tau)

    def of_run(run: RunResults) -> pd.DataFrame:
        layers = _below(run.layers, layer)
        records = run.records_of(layers, column)
        share = pooled_share({name: _dormant(r, tau) for name, r in records.items()})
        finite = np.logical_and.reduce([finite_logs(r) for r in records.values()])
        return log_frame(records[layers[-1]], value=np.where(finite, 100 * share, np.nan))

    return every_run(experiment, of_run)


def active_neurons(
    experiment: ExperimentResults, tau: float = 0.0, layer: str | None = None
) -> pd.DataFrame:
    """Number of neurons that are not tau-dormant; arguments as of `dormant_share`."""
    check_tau(tau)

    def of_run(run: RunResults) -> pd.DataFrame:
        records = run.records_of(run.layers if layer is None else [layer])
        active = sum((~_dormant(r, tau)).sum(-1) for r in records.values())
        finite = np.logical_and.reduce([finite_logs(r) for r in records.values()])
        some = next(iter(records.values()))
        return log_frame(some, value=np.where(finite, active, np.nan))

    return every_run(experiment, of_run)


def overlap(
    experiment: ExperimentResults,
    tau: float = 0.0,
    definition: str = DEFAULT_OVERLAP,
    layer: str | None = None,
) -> pd.DataFrame:
    """Overlap of the dormant neurons of now with those of before, in percent.

    Args:
      experiment: the runs.
      tau: a neuron is dormant if its score is at most this.
      definition: a key of `dormancy.overlap.OVERLAPS`.
      layer: one layer, or None for the penultimate one (the paper's choice).

    Returns:
      A tidy frame with a column `chance`, the expected value for random sets as large as the
      observed ones (NaN where the definition has none). Both are NaN from the first log on
      that has no dormant set.
    """
    check_tau(tau)
    if definition not in OVERLAPS:
        raise FigureError(
            f"There is no overlap called {definition!r}; choose one of {', '.join(OVERLAPS)}."
        )

    def of_run(run: RunResults) -> pd.DataFrame:
        records = run.records(layer or run.layers[-1])
        history = _dormant(records, tau)
        known = np.logical_and.accumulate(finite_logs(records))
        curves = {"value": OVERLAPS[definition](history), "chance": _chance(definition, history)}
        return log_frame(
            records, **{name: np.where(known, 100 * y, np.nan) for name, y in curves.items()}
        )

    return every_run(experiment, of_run)


def _below(layers: Sequence[str], wanted: str | None) -> list[str]:
    """The layers of a network, whose names begin with its own; a layer's name is its own."""
    found = [name for name in layers if wanted is None or name.startswith(f"{wanted}/")]
    return found or [wanted]


def finite_logs(records: Records) -> np.ndarray:
    """(logs,) whether all values of a log are finite."""
    return np.isfinite(records.mean_abs).all(axis=-1)


def _dormant(records: Records, tau: float) -> np.ndarray:
    """(logs, neurons) dormant masks, without meaning where a log is not finite."""
    present = np.where(finite_logs(records)[:, None], records.mean_abs, 0)
    return dormant_mask(neuron_scores(present), tau)


def _chance(definition: str, history: np.ndarray) -> np.ndarray:
    """(logs,) expected overlap if each log's dormant set were drawn anew at random."""
    chance = np.full(len(history), np.nan)
    now, before = history[1:], history[:-1]
    if definition == "consecutive":
        chance[1:] = chance_overlap(now, before)
    elif definition == "union":
        chance[1:] = chance_overlap(now, np.logical_or.accumulate(history)[:-1])
    elif definition == "official":
        # |now & before| / |before|: each of the earlier neurons is hit with this probability.
        chance[1:] = np.where(before.any(-1), now.mean(-1), np.nan)
    return chance


def log_frame(records: Records, **columns: np.ndarray) -> pd.DataFrame:
    """A row a log: its steps, and these columns (logs,)."""
    steps = {"gradient_step": records.gradient_step, "agent_step": records.agent_step}
    return pd.DataFrame(steps | columns)


def check_tau(tau: float) -> None:
    """Raises FigureError where a threshold makes no sense."""
    if not 0 <= tau < np.inf:
        raise FigureError(f"The threshold tau must be 0 or more, not {tau}.")
