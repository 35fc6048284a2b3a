"""Sums over the entries of a parameter tree that belong to each neuron."""

import jax
import jax.numpy as jnp
import numpy as np

from dormancy._types import Array, Float, PyTree
from dormancy.wiring import Role, Slot, Wiring


def neuron_sums(
    values: PyTree, wiring: Wiring, role: Role
) -> dict[str, Float[Array | np.ndarray, " _"]]:
    """Adds up the entries that play `role` for each neuron.

    Args:
      values: a tree shaped like the parameters (weights, gradients, their magnitudes).
      wiring: from `derive_wiring`.
      role: "incoming" weights, "bias", "scale" or "outgoing" weights.

    Returns:
      Layer name -> (neurons,) sums in float32 at least, for every recyclable layer.

    Raises:
      WiringError: `values` is not shaped like the parameters that the wiring was derived for.
    """
    wiring.check(values)
    leaves = jax.tree.leaves(values)
    sums = {}
    for name, layer in wiring.layers.items():
        parts = [_slot_sums(leaves[s.parameter], s, layer.neurons) for s in getattr(layer, role)]
        sums[name] = sum(parts, jnp.zeros(layer.neurons))
    return sums


def neuron_means(
    values: PyTree, wiring: Wiring, role: Role
) -> dict[str, Float[Array | np.ndarray, " _"]]:
    """Averages the entries that play `role` for each neuron; see `neuron_sums`."""
    leaves = jax.tree.leaves(values)
    means = neuron_sums(values, wiring, role)
    for name, layer in wiring.layers.items():
        entries = np.zeros(layer.neurons)
        for slot in getattr(layer, role):
            shape = leaves[slot.parameter].shape
            per_position = int(np.prod(shape)) // shape[slot.axis]
            owned = slot.owner[slot.owner >= 0]
            entries += per_position * np.bincount(owned, minlength=layer.neurons)
        means[name] = means[name] / np.maximum(entries, 1).astype(np.float32)
    return means


def _slot_sums(values: Array, slot: Slot, neurons: int) -> Array:
    others = tuple(axis for axis in range(values.ndim) if axis != slot.axis)
    dtype = jnp.promote_types(values.dtype, jnp.float32)
    along = jnp.sum(values, axis=others, dtype=dtype)
    # Which positions are whose is known beforehand: gather rows of them, the short ones padded.
    order = np.argsort(slot.owner, kind="stable")
    order = order[slot.owner[order] >= 0]
    counts = np.bincount(slot.owner[order], minlength=neurons)
    valid = np.arange(counts.max(initial=1)) < counts[:, None]
    positions = np.zeros(valid.shape, np.int32)
    positions[valid] = order
    return jnp.sum(along[positions], axis=-1, where=valid)
