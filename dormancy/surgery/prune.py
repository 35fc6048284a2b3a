"""Removing neurons for good."""

from collections.abc import Mapping
from typing import Any, get_args

import jax
import jax.numpy as jnp

from dormancy._types import Array, Bool, Float, PyTree
from dormancy.surgery.moments import forget
from dormancy.wiring import Role, Wiring

Params = PyTree[Float[Array, "..."]]


def prune_neurons(
    params: Params,
    opt_state: PyTree,
    neurons: Mapping[str, Bool[Array, " _"]],
    wiring: Wiring,
    optimizer: Any,
) -> tuple[Params, PyTree]:
    """Sets all weights into, of and out of the chosen neurons to zero.

    Once is enough where a neuron without weights puts out 0, as behind a ReLU and most other
    functions (`LayerWiring.silent_without_weights`): its outgoing weights get no gradient then,
    and while these are 0 its incoming weights get none either. The optimizer's moments are
    cleared too, which would otherwise go on moving them.

    Args:
      params: network parameters.
      opt_state: the optimizer's state.
      neurons: layer -> (neurons,) mask of those to remove.
      wiring: from `derive_wiring`.
      optimizer: the optax transformation that `opt_state` belongs to.

    Returns:
      New parameters and optimizer state. The outputs change by what the neurons contributed:
      not at all on inputs that leave them silent.

    Raises:
      WiringError: `neurons` names a layer that cannot be pruned.

    Reference:
      Sokar et al. 2023, Figure 6. How the paper pruned is not published; see
      `dormancy.interventions.prune`.
    """
    removed = wiring.mask(params, neurons, *get_args(Role))
    new = jax.tree.map(lambda mask, weights: jnp.where(mask, 0, weights), removed, params)
    return new, forget(optimizer, opt_state, new, removed)
