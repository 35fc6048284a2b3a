"""Sums between two logs, in a form that can be saved in the middle."""

import numpy as np

_NAMES = (
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
    """Sum and count of every quantity since the last `drain`.

    Args:
      totals: (quantities, 2) float64 sums and counts to go on from; None starts at zero.
    """

    def __init__(self, totals: np.ndarray | None = None):
        self._totals = np.zeros((len(_NAMES), 2)) if totals is None else np.array(totals, float)

    def add(self, name: str, value: float) -> None:
        """Adds one observation of a quantity."""
        self._totals[_NAMES.index(name)] += (value, 1)

    def to_array(self) -> np.ndarray:
        """The totals, for a snapshot."""
        return self._totals.copy()

    def drain(self) -> dict[str, float]:
        """Means since the last call, without those that nothing was added to."""
        metrics = {}
        totals = dict(zip(_NAMES, self._totals.tolist(), strict=True))
        for name in ("td_loss", "q_mean", "gradient_norm"):
            total, count = totals[name]
            if count:
                metrics[name] = total / count
        returns, episodes = totals["train_return"]
        if episodes:
            metrics |= {"train_return_mean": returns / episodes, "train_episodes": episodes}
        if totals["recycled_neurons"][1]:
            metrics["recycled_neurons"] = totals["recycled_neurons"][0]
            previously = totals["previously_recycled_neurons"][0]
            if previously:
                metrics["redormant_fraction"] = totals["redormant_neurons"][0] / previously
        if totals["pruned_neurons"][1]:
            metrics["pruned_neurons"] = totals["pruned_neurons"][0]
        self._totals[:] = 0
        return metrics
