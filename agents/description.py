"""What a log says about dormant neurons, besides the activations themselves."""

import numpy as np

from dormancy import dormant_mask, layer_shares, neuron_scores, pooled_share

LOGGED_TAUS = (0, 0.025, 0.1)


def describe_neurons(neurons: dict[str, np.ndarray]) -> dict[str, float]:
    """Dormant fractions at the usual thresholds, pooled and per layer, from mean |activation|."""
    scores = {layer: neuron_scores(values) for layer, values in neurons.items()}
    metrics = {}
    for tau in LOGGED_TAUS:
        masks = {layer: dormant_mask(score, tau) for layer, score in scores.items()}
        metrics[f"dormant_fraction_tau_{tau}"] = float(pooled_share(masks))
        for layer, share in layer_shares(masks).items():
            metrics[f"dormant_fraction_tau_{tau}/{layer}"] = float(share)
    return metrics
