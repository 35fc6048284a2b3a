"""What a log records: every neuron, dormant shares and ranks, what has piled up since the last."""

from collections.abc import Callable, Mapping
import math

import jax
from jaxtyping import PyTree
import numpy as np

from agents.fleet.padding import without_values
from agents.learner import Measured
from agents.networks.traced import Traced
from dormancy import (
    WiringError,
    dormant_share,
    dormant_shares,
    effective_rank,
    feature_norm,
    mean_abs_activation,
    mean_abs_gradients,
    neuron_scores,
    singular_values,
    srank,
    stable_rank,
    weight_norm,
)

ACTIVATION, GRADIENT = "mean_abs_activation", "mean_abs_gradient"

LOGGED_TAUS = (0, 0.025, 0.1)

# Quantities that a log reports the sum of, not the mean.
_COUNTED = ("recycled_neurons", "pruned_neurons")
# What the rows of an accumulator meant when it was saved as an array.
_ROWS = (
    "td_loss",
    "q_mean",
    "gradient_norm",
    "train_return",
    "recycled_neurons",
    "previously_recycled_neurons",
    "redormant_neurons",
    "pruned_neurons",
)


class Accumulator:
    """Sum and count of every quantity since the last `drain`, whatever the quantities are.

    Args:
      saved: what `save` returned, of this or an older version; None starts with nothing.
    """

    def __init__(self, saved: Mapping[str, np.ndarray] | np.ndarray | None = None):
        if isinstance(saved, np.ndarray):
            saved = dict(zip(_ROWS, saved, strict=False))
        self._totals = {
            name: np.array(total, float) for name, total in (saved or {}).items() if total[1]
        }

    def add(self, name: str, value: float) -> None:
        """Adds one observation of a quantity."""
        self._totals.setdefault(name, np.zeros(2))
        self._totals[name] += (value, 1)

    def save(self) -> dict[str, np.ndarray]:
        """Quantity -> (2,) float64 sum and count, for a snapshot."""
        return {name: total.copy() for name, total in self._totals.items()}

    @property
    def finite(self) -> bool:
        """Whether all that was added are numbers."""
        return all(bool(np.isfinite(total).all()) for total in self._totals.values())

    def drain(self) -> dict[str, float]:
        """What there is to report since the last call, which is means but for what is counted.

        Returns of episodes come with their number, and neurons that are dormant again as a
        fraction of those that the check before had recycled.
        """
        totals, self._totals = self._totals, {}
        metrics = {}
        previously = totals.pop("previously_recycled_neurons", np.zeros(2))[0]
        again = totals.pop("redormant_neurons", np.zeros(2))[0]
        if previously:
            metrics["redormant_fraction"] = float(again / previously)
        for name, (total, count) in totals.items():
            if name == "train_return":
                metrics |= {"train_return_mean": float(total / count)}
                metrics |= {"train_episodes": float(count)}
            else:
                metrics[name] = float(total if name in _COUNTED else total / count)
        return metrics


def measure_network(
    network: Traced,
) -> Callable[[PyTree, dict[str, jax.Array], PyTree], Measured]:
    """How a network is measured; the last hidden layer's activations are its features.

    Returns:
      (parameters, activations on a probe batch, gradients of the loss on that batch) ->
      `Measured`. For every neuron it has the mean |activation|, and the mean |gradient| of the
      weights that lead to it, not divided by the layer's (Liu et al. 2025, GraMa); the latter
      only of layers whose incoming weights can be told. Metrics are the ranks and the mean norm
      of the features, and the norm of all parameters.
    """
    try:
        wiring = network.wiring()
    except WiringError:
        wiring = None

    def measure(params: PyTree, activations: dict[str, jax.Array], gradients: PyTree) -> Measured:
        found = {} if wiring is None else mean_abs_gradients(gradients, wiring)
        neurons = {
            layer: {ACTIVATION: mean_abs_activation(activations[layer])}
            | ({GRADIENT: found[layer]} if layer in found else {})
            for layer in network.layers
        }
        features = activations[network.layers[-1]]
        features = features.reshape(features.shape[0], -1)
        sigma = singular_values(features)
        metrics = {
            "srank": srank(sigma),
            "effective_rank": effective_rank(sigma),
            "stable_rank": stable_rank(sigma),
            "feature_norm": feature_norm(features),
            "weight_norm": weight_norm(without_values(params)),
        }
        return Measured(metrics, neurons)

    return measure


def describe_neurons(neurons: Mapping[str, Mapping[str, np.ndarray]]) -> dict[str, float]:
    """Dormant fractions at the usual thresholds, pooled and per layer.

    Args:
      neurons: hidden layer -> column -> (neurons,).

    Returns:
      Metrics; NaN where activations are not finite.
    """
    scores = {layer: neuron_scores(columns[ACTIVATION]) for layer, columns in neurons.items()}
    metrics = {}
    for tau in LOGGED_TAUS:
        metrics[f"dormant_fraction_tau_{tau}"] = float(dormant_share(scores, tau))
        for layer, share in dormant_shares(scores, tau).items():
            metrics[f"dormant_fraction_tau_{tau}/{layer}"] = float(share)
    return metrics


def is_finite(
    metrics: Mapping[str, float], neurons: Mapping[str, Mapping[str, np.ndarray]]
) -> bool:
    """Whether all that was measured are numbers: otherwise the run has diverged."""
    columns = (column for of_layer in neurons.values() for column in of_layer.values())
    return all(map(math.isfinite, metrics.values())) and all(
        bool(np.isfinite(column).all()) for column in columns
    )
