"""Re-initialising chosen neurons: weights, biases and what the optimizer remembers of them."""

from collections.abc import Callable, Mapping
import dataclasses
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
import optax

from dormancy._checks import check_choices
from dormancy._types import Array, Bool, Float, PRNGKeyArray, PyTree
from dormancy.surgery.fresh import fresh_parameters
from dormancy.surgery.moments import forget
from dormancy.wiring import Slot, Wiring

Params = PyTree[Float[Array, "..."]]


@dataclasses.dataclass(frozen=True)
class RecycleOptions:
    """Choices that the paper leaves open or ablates. The defaults are the paper's ReDo.

    Attributes:
      outgoing: "zero" (paper) or "random": drawn anew (paper, Figure 22).
      bias: "fresh" draws it from its initialiser, "zero" clears it (official code; the same
        wherever biases start at 0), "keep" leaves it. Scales, of a normalisation for instance,
        which the official network has none of, are drawn with "zero" as well: a neuron whose
        scale and outgoing weights are 0 gets no gradient and would never wake up.
      moments: whose optimizer moments return to their initial value: "all" entries that
        were re-initialised, "kernels" leaves out biases (official code), "keep" none.
      reset_count: also restart the counts of moments (Adam's bias correction), for all
        parameters, whenever a neuron was recycled. Schedules, injected hyper-parameters and
        noise keys go on. The official code does not; timoklein/redo reports that it matters
        in PyTorch.
      incoming_scale: None keeps the initialiser's scale; a number rescales each recycled
        neuron's incoming weights to this multiple of the mean norm of the layer's other
        neurons (paper, Figure 23).
      official_conv_to_dense: reproduce the official code's row order where a convolution
        is flattened into a dense layer. It repeats the channel mask element by element
        although the channel is the fastest index of a flattened NHWC map, so it clears rows
        of all channels and leaves most rows of the recycled one alone.
    """

    outgoing: Literal["zero", "random"] = "zero"
    bias: Literal["fresh", "zero", "keep"] = "fresh"
    moments: Literal["all", "kernels", "keep"] = "all"
    reset_count: bool = False
    incoming_scale: float | None = None
    official_conv_to_dense: bool = False

    def __post_init__(self):
        check_choices(self)
        if self.incoming_scale is not None and not self.incoming_scale > 0:
            raise ValueError(
                f"incoming_scale is {self.incoming_scale!r}; it has to be above 0, or None to "
                "keep the initialiser's scale."
            )


OFFICIAL = RecycleOptions(bias="zero", moments="kernels", official_conv_to_dense=True)
"""What google/dopamine `labs/redo` does to the Nature network."""


def recycle(
    key: PRNGKeyArray,
    params: Params,
    opt_state: PyTree,
    neurons: Mapping[str, Bool[Array, " _"]],
    wiring: Wiring,
    init_params: Callable[[PRNGKeyArray], Params],
    optimizer: optax.GradientTransformation,
    options: RecycleOptions = RecycleOptions(),
) -> tuple[Params, PyTree]:
    """Re-initialises the chosen neurons.

    Incoming weights are taken from a freshly initialised network, so they follow each
    layer's own initialiser; then outgoing weights are cleared. A weight between two
    recycled neurons therefore ends at 0. Nothing else changes, in particular not the biases
    of the layers that read them.

    Args:
      key: for the fresh weights.
      params: network parameters.
      opt_state: the optimizer's state, of any optax chain.
      neurons: layer -> (neurons,) mask of those to recycle.
      wiring: from `derive_wiring`.
      init_params: key -> a freshly initialised tree of all parameters.
      optimizer: the optax transformation that `opt_state` belongs to.
      options: deviations from the paper.

    Returns:
      New parameters and optimizer state.

    Raises:
      WiringError: `neurons` names a layer that cannot be recycled, or is not made of masks.
      ValueError: `init_params` does not return a tree like `params`.

    Reference:
      Sokar et al. 2023, Algorithm 1; the treatment of moments follows google/dopamine
      `labs/redo`, generalised with `optax.tree.map_params` to any chain.
    """
    neurons = {layer: jnp.asarray(mask) for layer, mask in neurons.items()}
    if options.official_conv_to_dense:
        wiring = _repeated_instead_of_tiled(wiring)
    incoming, bias, scale, outgoing = (
        wiring.mask(params, neurons, role) for role in ("incoming", "bias", "scale", "outgoing")
    )
    fresh = fresh_parameters(init_params, key, params)
    if options.incoming_scale is not None:
        fresh = _rescaled(fresh, params, neurons, wiring, options.incoming_scale)

    changed = jax.tree.map(jnp.logical_or, incoming, outgoing)
    if options.bias != "keep":
        changed = jax.tree.map(lambda a, b, c: a | b | c, changed, bias, scale)

    zeros = jax.tree.map(jnp.zeros_like, params)
    new = _where(incoming, fresh, params)
    if options.bias != "keep":
        new = _where(scale, fresh, new)
        new = _where(bias, fresh if options.bias == "fresh" else zeros, new)
    new = _where(outgoing, fresh if options.outgoing == "random" else zeros, new)

    forgotten = {
        "all": changed,
        "kernels": jax.tree.map(jnp.logical_or, incoming, outgoing),
        "keep": jax.tree.map(jnp.zeros_like, incoming),
    }[options.moments]
    recycled_any = jnp.array([jnp.any(mask) for mask in neurons.values()]).any()
    restart = recycled_any & options.reset_count
    return new, forget(optimizer, opt_state, new, forgotten, restart, new_values=changed)


def _where(masks: PyTree, chosen: PyTree, other: PyTree) -> PyTree:
    return jax.tree.map(jnp.where, masks, chosen, other)


def _repeated_instead_of_tiled(wiring: Wiring) -> Wiring:
    # Sorting the owners of a flattened map (0, 1, .., 0, 1, ..) yields what repeating gives
    # (0, 0, .., 1, 1, ..). What else is read beside the map stays where it is.
    def repeated(slot: Slot) -> Slot:
        owner, owned = slot.owner.copy(), slot.owner >= 0
        if np.unique(owner[owned]).size == owned.sum():
            return slot
        owner[owned] = np.sort(owner[owned])
        return dataclasses.replace(slot, owner=owner)

    layers = {
        name: dataclasses.replace(layer, outgoing=tuple(map(repeated, layer.outgoing)))
        for name, layer in wiring.layers.items()
    }
    return dataclasses.replace(wiring, layers=layers)


def _rescaled(fresh, params, neurons, wiring: Wiring, scale: float) -> Params:
    """Fresh incoming weights with `scale` times the mean norm of the neurons that stay."""
    leaves, structure = jax.tree.flatten(fresh)
    old_leaves = jax.tree.leaves(params)
    for layer, chosen in neurons.items():
        for slot in wiring.layers[layer].incoming:
            new, old = leaves[slot.parameter], old_leaves[slot.parameter]
            others = tuple(axis for axis in range(new.ndim) if axis != slot.axis)

            def norm(weights, others=others):
                return jnp.sqrt(jnp.sum(weights**2, axis=others, keepdims=True))

            shape = [1] * new.ndim
            shape[slot.axis] = -1
            stays = jnp.where(slot.owner >= 0, ~chosen[np.maximum(slot.owner, 0)], False)
            stays = stays.reshape(shape)
            survivors = jnp.sum(stays)
            target = scale * jnp.sum(norm(old), where=stays) / jnp.maximum(survivors, 1)
            own = norm(new)
            factor = jnp.where((survivors > 0) & (own > 0), target / jnp.where(own > 0, own, 1), 1)
            leaves[slot.parameter] = new * factor
    return jax.tree.unflatten(structure, leaves)
