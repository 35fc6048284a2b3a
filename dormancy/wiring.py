"""Which entries of which parameter belong to which neuron, derived from the network itself.

Nothing here knows layer names, module systems or memory layouts: the network is traced once
with shapes only, and labels are followed from the parameters to the recorded activations and
from there to the parameters that read them (`dormancy._labels`).
"""

from collections.abc import Callable, Mapping
import dataclasses
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from dormancy._labels import NONE, LabelRun
from dormancy._types import Array, Bool, PyTree

Role = Literal["incoming", "bias", "outgoing"]


class WiringError(ValueError):
    """The network does not tell which weights belong to a recorded neuron, and why."""


@dataclasses.dataclass(frozen=True)
class Slot:
    """Entries of one parameter that belong to the neurons of one layer.

    Attributes:
      parameter: its position among the flattened parameters.
      axis: the axis along which the owner changes.
      owner: (length of that axis,) index of the owning neuron, -1 for none of this layer.
    """

    parameter: int
    axis: int
    owner: np.ndarray


@dataclasses.dataclass(frozen=True)
class LayerWiring:
    """The weights around the neurons of one layer.

    Attributes:
      neurons: how many there are.
      incoming: weights of the product that forms each neuron.
      bias: what is added to or multiplied with it element by element before it is recorded
        (biases, and the scales of normalisation layers).
      outgoing: weights that read it.
    """

    neurons: int
    incoming: tuple[Slot, ...]
    bias: tuple[Slot, ...]
    outgoing: tuple[Slot, ...]


@dataclasses.dataclass(frozen=True)
class Wiring:
    """The wiring of a network.

    Attributes:
      layers: recorded layer -> its wiring, in order of depth.
      undecided: recorded layer -> why its neurons cannot be recycled.
    """

    layers: dict[str, LayerWiring]
    undecided: dict[str, str]

    @property
    def recyclable(self) -> tuple[str, ...]:
        """Names of the layers whose neurons can be recycled, in order of depth."""
        return tuple(self.layers)

    def mask(
        self, params: PyTree, neurons: Mapping[str, Bool[Array, " _"]], role: Role
    ) -> PyTree[Bool[Array, "..."]]:
        """Marks the entries of all parameters that play `role` for the chosen neurons.

        Args:
          params: the parameters (only shapes are used).
          neurons: layer -> (neurons,) mask of the chosen ones.
          role: which entries.

        Returns:
          A tree like `params` of masks that broadcast against the parameters (axes of
          length 1 where the answer does not depend on them).

        Raises:
          WiringError: a layer that is not recyclable was asked for.
        """
        leaves, structure = jax.tree.flatten(params)
        masks = [jnp.zeros((1,) * leaf.ndim, bool) for leaf in leaves]
        for layer, chosen in neurons.items():
            if layer not in self.layers:
                reason = self.undecided.get(layer, "it was not recorded")
                raise WiringError(f"The neurons of {layer!r} cannot be recycled: {reason}.")
            for slot in getattr(self.layers[layer], role):
                shape = [1] * leaves[slot.parameter].ndim
                shape[slot.axis] = -1
                owned = jnp.where(slot.owner >= 0, chosen[np.maximum(slot.owner, 0)], False)
                masks[slot.parameter] = masks[slot.parameter] | owned.reshape(shape)
        return jax.tree.unflatten(structure, masks)


def derive_wiring(
    apply: Callable[[Any, Any], tuple[Any, Mapping[str, Any]]],
    params: PyTree,
    inputs: Any,
    *,
    strict: bool = True,
) -> Wiring:
    """Finds the incoming weights, biases and outgoing weights of every recorded neuron.

    The network is traced, not run: shapes suffice for `params` and `inputs`. Dense layers,
    convolutions, pooling, flattening, padding, concatenation and normalisation are followed.
    A neuron is undecided if its value also flows where its reader's weights cannot silence it
    (a residual sum, the output itself), or if its weights serve another purpose too.

    Args:
      apply: (params, inputs) -> (outputs, {layer name: post-activations, neurons last}).
      params: parameters, or their shapes.
      inputs: a batch of inputs, or its shapes; the batch may have length 1.
      strict: raise if any recorded layer is undecided, instead of listing it.

    Returns:
      The wiring.

    Raises:
      WiringError: with `strict`, some layer is undecided; the message says which and why.

    Example:
      >>> import jax.numpy as jnp
      >>> def apply(p, x):
      ...     h = jnp.maximum(x @ p["w"] + p["b"][None], 0)
      ...     return h @ p["v"], {"hidden": h}
      >>> p = {"w": jnp.ones((3, 4)), "b": jnp.ones(4), "v": jnp.ones((4, 2))}
      >>> layer = derive_wiring(apply, p, jnp.ones((1, 3))).layers["hidden"]
      >>> [(s.parameter, s.axis) for s in layer.incoming + layer.bias + layer.outgoing]
      [(2, 1), (0, 0), (1, 0)]
    """
    closed, (_, activation_shapes) = jax.make_jaxpr(apply, return_shape=True)(params, inputs)
    jaxpr = closed.jaxpr
    names = list(activation_shapes)
    by_sorted_name = sorted(activation_shapes)
    first_tap = len(jaxpr.outvars) - len(by_sorted_name)
    tap_variables = dict(zip(by_sorted_name, jaxpr.outvars[first_tap:], strict=True))
    if len(set(tap_variables.values())) < len(names):
        raise WiringError("Two recorded layers are one and the same array; record it once.")

    leaves = jax.tree.leaves(params)
    sizes = np.array([int(np.prod(leaf.shape)) for leaf in leaves])
    starts = 1 + np.concatenate([[0], np.cumsum(sizes)])
    parameter_labels = [
        np.arange(start, start + size, dtype=np.int32).reshape(leaf.shape)
        for start, size, leaf in zip(starts[:-1], sizes, leaves, strict=True)
    ]
    end_of_parameters = free = int(starts[-1])
    neuron_labels, first_neuron = {}, {}
    for name in names:
        shape = activation_shapes[name].shape
        first_neuron[name] = free
        neuron_labels[name] = np.broadcast_to(
            np.arange(free, free + shape[-1], dtype=np.int32), shape
        )
        free += shape[-1]

    run = LabelRun(
        is_parameter=lambda labels: (labels > NONE) & (labels < end_of_parameters),
        first_free=free,
        tap_labels=neuron_labels,
    )
    input_labels = [np.zeros(leaf.shape, np.int32) for leaf in jax.tree.leaves(inputs)]
    taps = {variable: name for name, variable in tap_variables.items()}
    outputs = run.run(jaxpr, [*parameter_labels, *input_labels], taps)
    for labels in outputs[:first_tap]:
        run.leak(labels, "it reaches the output without passing a weight")
    for product in run.products:
        unrecorded = product.reads >= free
        run.leak(product.reads[unrecorded], "it is read by a weight before it is recorded")

    finder = _Finder(run, leaves, starts)
    layers, undecided = {}, {}
    for name in sorted(names, key=[*run.sources, *names].index):
        count = activation_shapes[name].shape[-1]
        own = np.arange(first_neuron[name], first_neuron[name] + count)
        found = finder.layer(own, run.sources.get(name))
        if isinstance(found, str):
            undecided[name] = found
        else:
            layers[name] = found
    if strict and undecided:
        reasons = "; ".join(f"{name!r}: {reason}" for name, reason in undecided.items())
        raise WiringError(f"Cannot tell which weights belong to the neurons of {reasons}.")
    return Wiring(layers, undecided)


class _Finder:
    """Reads the wiring of single layers off a finished label run."""

    def __init__(self, run: LabelRun, leaves: list[Any], starts: np.ndarray):
        self._run, self._leaves, self._starts = run, leaves, starts
        self._scaled_by: dict[int, list[int]] = {}
        for data, entry in run.scalings:
            self._scaled_by.setdefault(data, []).append(entry)
        used = [product.entries[product.entries > NONE] for product in run.products]
        used.append(np.array([entry for _, entry in run.scalings], np.int64))
        self._uses = np.bincount(np.concatenate(used), minlength=int(starts[-1]))

    def layer(self, own: np.ndarray, source: np.ndarray | None) -> LayerWiring | str:
        """Wiring of the layer with neuron labels `own`, or why it is undecided."""
        if source is None:
            return "it is not computed from the parameters"
        rows = source.reshape(-1, source.shape[-1])
        groups = rows[0]
        if not (rows == groups).all():
            return "one neuron has several sources"
        formed = {int(g) for product in self._run.products for g in product.groups}
        if not set(groups.tolist()) <= formed:
            return "it is not formed by a single layer of weights (a residual sum, for instance)"
        if len(set(groups.tolist())) < groups.size:
            return "several neurons share their incoming weights"
        for label in (*groups.tolist(), *own.tolist()):
            if label in self._run.leaks:
                return self._run.leaks[label]

        owner_of_group = {int(g): index for index, g in enumerate(groups)}
        owner_of_label = {int(label): index for index, label in enumerate(own)}
        incoming, outgoing = [], []
        for product in self._run.products:
            columns = np.array([owner_of_group.get(int(g), -1) for g in product.groups])
            if (columns >= 0).any():
                incoming += self._slots(
                    product.entries, np.broadcast_to(columns, product.entries.shape)
                )
            rows = np.array([owner_of_label.get(int(r), -1) for r in product.reads])
            if (rows >= 0).any():
                outgoing += self._slots(
                    product.entries, np.broadcast_to(rows[:, None], product.entries.shape)
                )
        pairs = [(e, owner_of_group[g]) for g in owner_of_group for e in self._scaled_by.get(g, [])]
        entries, owners = np.array(pairs, np.int64).reshape(-1, 2).T
        bias = self._slots(entries, owners)
        for slot in (*incoming, *bias, *outgoing):
            if isinstance(slot, str):
                return slot
        return LayerWiring(own.size, tuple(incoming), tuple(bias), tuple(outgoing))

    def _slots(self, entries: np.ndarray, owners: np.ndarray) -> list[Slot | str]:
        """Groups parameter entries by parameter and finds the axis that the owner follows."""
        entries, owners = entries.reshape(-1), owners.reshape(-1)
        entries, owners = entries[entries > NONE], owners[entries > NONE]
        if (self._uses[entries[owners >= 0]] > 1).any():
            return ["its weights serve other neurons too"]
        slots: list[Slot | str] = []
        which = np.searchsorted(self._starts, entries, side="right") - 1
        for parameter in np.unique(which).tolist():
            shape = self._leaves[parameter].shape
            owner = np.full(int(np.prod(shape)), -1)
            mine = which == parameter
            owner[entries[mine] - self._starts[parameter]] = owners[mine]
            slots.append(_along_one_axis(parameter, owner.reshape(shape)))
        return slots


def _along_one_axis(parameter: int, owner: np.ndarray) -> Slot | str:
    for axis in range(owner.ndim):
        rows = np.moveaxis(owner, axis, 0).reshape(owner.shape[axis], -1)
        if (rows == rows[:, :1]).all():
            return Slot(parameter, axis, rows[:, 0])
    return "its weights do not lie along one axis of a parameter"
