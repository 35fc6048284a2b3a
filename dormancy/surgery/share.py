"""Letting neurons share the weights of others."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dormancy._types import Array, Float, Int, PRNGKeyArray, PyTree
from dormancy.surgery.moments import forget
from dormancy.wiring import Slot, Wiring, WiringError

Params = PyTree[Float[Array, "..."]]


def share_neurons(
    key: PRNGKeyArray,
    params: Params,
    opt_state: PyTree,
    sources: Mapping[str, Int[Array, " _"]],
    wiring: Wiring,
    optimizer: Any,
    scale: tuple[float, float] = (0.3, 0.8),
) -> tuple[Params, PyTree]:
    """Turns neurons into scaled copies of others, which hand over a part of what they put out.

    A copy gets the incoming weights and the bias of its source times a random factor, and its
    scales as they are, so that it puts out that factor times what its source does. Where the
    parameters enter as products or norms of each other (`LayerWiring.linear` is false, as with
    weight normalisation), scaling them would scale that otherwise: copies are exact. The source's
    outgoing weights are divided among the source and all its copies at random, differently for
    each reader, with the factors undone: the readers receive from all of them together what they
    received from the source.

    Args:
      key: for factors and divisions.
      params: network parameters.
      opt_state: the optimizer's state.
      sources: layer -> (neurons,) index of the neuron that each becomes a copy of; its own for
        all that stay what they are. A source must stay what it is.
      wiring: from `derive_wiring`.
      optimizer: the optax transformation that `opt_state` belongs to.
      scale: bounds of the uniformly drawn factors. With (1, 1) copies are exact.

    Returns:
      New parameters and optimizer state; the moments of all weights that changed are forgotten.
      The outputs lose what the copies contributed before and nothing else, provided that what
      lies between the incoming weights and the recorded activation is positively homogeneous
      (ReLU, leaky ReLU and scales, without normalisation; two products that are multiplied, as
      in a gated layer, are not), or that `scale` is (1, 1). What is fixed in the weights (noise,
      a mask) has to be the same for a copy and its source.

    Raises:
      WiringError: a layer cannot be wired, or its neurons are not interchangeable; the
        parameters are not those that the wiring was derived for.

    Reference:
      Qin et al. 2024, ReBorn; see `dormancy.interventions.reborn`.
    """
    wiring.check(params)
    leaves, structure = jax.tree.flatten(params)
    for number, (name, source) in enumerate(sources.items()):
        if name not in wiring.layers:
            reason = wiring.undecided.get(name, "it was not recorded")
            raise WiringError(f"The neurons of {name!r} cannot share weights: {reason}.")
        layer = wiring.layers[name]
        if not layer.interchangeable:
            raise WiringError(
                f"The neurons of {name!r} cannot share weights: they do not all read the same or "
                "are not all read by the same, as next to a depthwise or grouped convolution."
            )
        factor_key, *slot_keys = jax.random.split(
            jax.random.fold_in(key, number), 1 + len(layer.outgoing)
        )
        factors = jax.random.uniform(factor_key, source.shape, jnp.float32, *scale)
        scalable = (source != np.arange(layer.neurons)) & layer.linear
        factors = jnp.where(scalable, factors, 1)
        scaled = [(slot, factors) for slot in (*layer.incoming, *layer.bias)]
        # What multiplies a neuron multiplies the factor that is in it already.
        copied = [(slot, jnp.ones_like(factors)) for slot in layer.scale]
        for slot, of_slot in (*scaled, *copied):
            old = leaves[slot.parameter]
            taken, own = _entries(slot, source, of_slot, old.ndim)
            leaves[slot.parameter] = (jnp.take(old, taken, slot.axis) * own).astype(old.dtype)
        for slot, slot_key in zip(layer.outgoing, slot_keys, strict=True):
            old = leaves[slot.parameter]
            taken, own = _entries(slot, source, factors, old.ndim)
            weights = jnp.exp(jax.random.normal(slot_key, old.shape))
            along = jnp.moveaxis(weights, slot.axis, 0)
            total = jnp.moveaxis(jnp.zeros_like(along).at[taken].add(along), 0, slot.axis)
            share = weights / jnp.take(total, taken, slot.axis)
            new = jnp.take(old, taken, slot.axis) * share / own
            leaves[slot.parameter] = new.astype(old.dtype)

    copies = {name: source != np.arange(source.size) for name, source in sources.items()}
    involved = {
        name: copies[name] | jnp.zeros_like(copies[name]).at[source].max(copies[name])
        for name, source in sources.items()
    }
    changed = jax.tree.map(
        jnp.logical_or,
        wiring.mask(params, copies, "incoming", "bias", "scale"),
        wiring.mask(params, involved, "outgoing"),
    )
    new = jax.tree.unflatten(structure, leaves)
    return new, forget(optimizer, opt_state, new, changed)


def _entries(slot: Slot, source, factors, ndim: int):
    """For every position along the slot's axis: whose position it takes, and its factor."""
    order = np.argsort(slot.owner, kind="stable")
    positions = order[slot.owner[order] >= 0].reshape(source.size, -1)
    taken = jnp.arange(slot.owner.size).at[positions].set(jnp.asarray(positions)[source])
    shape = [1] * ndim
    shape[slot.axis] = -1
    own = jnp.ones(slot.owner.size).at[positions].set(factors[:, None])
    return taken, own.reshape(shape)
