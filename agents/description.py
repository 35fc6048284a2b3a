"""What a log says about dormant neurons, besides the activations themselves."""

import numpy as np

from dormancy import dormant_share, dormant_shares, neuron_scores

LOGGED_TAUS = (0, 0.025, 0.1)


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
