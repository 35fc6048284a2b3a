"""Removing dormant neurons for good."""

from typing import Any

from dormancy._checks import check_layers, check_threshold
from dormancy.interventions.base import Intervention, as_observed, init, record
from dormancy.surgery.moments import find_memory
from dormancy.surgery.prune import prune_neurons
from dormancy.wiring import Wiring, WiringError


def prune(tau: float, wiring: Wiring, optimizer: Any) -> Intervention:
    """Removes every tau-dormant neuron at every check, for good.

    The paper says that dormant neurons were pruned during training (Figure 6) and neither how
    nor when. Here a neuron that is dormant at a check loses all its weights (see
    `prune_neurons`), is silent from then on and therefore counts as dormant at all later checks.

    Args:
      tau: threshold of Definition 3.1. At 0 the outputs on the probe inputs stay as they are.
      wiring: from `derive_wiring`.
      optimizer: the optax transformation that `opt_state` belongs to.

    Returns:
      An intervention whose state's `recycled` holds what the last check removed.

    Raises:
      WiringError: neurons of a layer put out something else than 0 without weights (a softplus
        does), so that they would learn again.
    """
    check_threshold(tau)
    find_memory(optimizer, wiring.parameters)
    for layer, wired in wiring.layers.items():
        if not wired.silent_without_weights:
            raise WiringError(
                f"The neurons of {layer!r} cannot be pruned for good: without weights they put out "
                "something else than 0 (as behind a softplus or running statistics), or nobody "
                "can tell, and would learn again."
            )

    def update(key, params, opt_state, observed, state):
        del key
        activations = as_observed(observed).activations
        check_layers(activations, wiring.recyclable, "the wiring")
        before, state = state.ever_dormant, record(activations, tau, state)
        removed = {layer: state.dormant[layer] for layer in wiring.recyclable}
        params, opt_state = prune_neurons(params, opt_state, removed, wiring, optimizer)
        new = {layer: mask & ~before[layer] for layer, mask in removed.items()}
        return params, opt_state, state._replace(recycled={**state.recycled, **new})

    return Intervention(init, update)
