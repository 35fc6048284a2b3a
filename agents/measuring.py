"""What a log records: every neuron, the dormant shares, and what has piled up since the last."""

from collections.abc import Mapping

import numpy as np

from dormancy import dormant_share, dormant_shares, neuron_scores

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


def describe_neurons(neurons: dict[str, np.ndarray]) -> dict[str, float]:
    """Dormant fractions at the usual thresholds, pooled and per layer, from mean |activation|.

    NaN where activations are not finite.
    """
    scores = {layer: neuron_scores(values) for layer, values in neurons.items()}
    metrics = {}
    for tau in LOGGED_TAUS:
        metrics[f"dormant_fraction_tau_{tau}"] = float(dormant_share(scores, tau))
        for layer, share in dormant_shares(scores, tau).items():
            metrics[f"dormant_fraction_tau_{tau}/{layer}"] = float(share)
    return metrics
