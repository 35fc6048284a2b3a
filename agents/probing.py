"""Dormant on which inputs? One network scored on several probe batches, and the sets compared."""

from collections.abc import Mapping

import numpy as np

from agents.measuring import ACTIVATION, LOGGED_TAUS
from dormancy import dormant_mask, neuron_scores

# What the usual probe batch is called.
REPLAY = "replay"
Neurons = Mapping[str, Mapping[str, np.ndarray]]


def share_name(source: str, tau: float) -> str:
    """The metric that says which fraction of all neurons is dormant on a source."""
    return f"dormant_fraction_tau_{tau}_on_{source}"


def also_name(one: str, other: str, tau: float) -> str:
    """The metric that says which fraction of those dormant on one source is so on the other."""
    return f"dormant_on_{one}_also_on_{other}_tau_{tau}"


def compare_probes(measured: Mapping[str, Neurons]) -> dict[str, float]:
    """How far dormancy on one kind of inputs is dormancy on another.

    All hidden layers together. For sets A and B of neurons that are dormant on two sources it is
    |A and B| / |A|: 1 if dormancy on the first implies dormancy on the second. By chance it
    would be the share of B.

    Args:
      measured: source -> hidden layer -> column -> (neurons,).

    Returns:
      Metrics, for every source and every ordered pair of sources; none of a source with an
      activation that is not finite, and none of a pair whose first set is empty.
    """
    found = {}
    for tau in LOGGED_TAUS:
        masks = {name: _dormant(neurons, tau) for name, neurons in measured.items()}
        masks = {name: mask for name, mask in masks.items() if mask is not None}
        for one, dormant in masks.items():
            found[share_name(one, tau)] = float(dormant.mean())
            for other, also in masks.items():
                if other != one and dormant.any():
                    found[also_name(one, other, tau)] = float(
                        (dormant & also).sum() / dormant.sum()
                    )
    return found


def _dormant(neurons: Neurons, tau: float) -> np.ndarray | None:
    columns = [columns[ACTIVATION] for columns in neurons.values()]
    if not all(np.isfinite(column).all() for column in columns):
        return None
    return np.concatenate([dormant_mask(neuron_scores(column), tau) for column in columns])
