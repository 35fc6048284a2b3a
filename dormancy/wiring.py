"""Which entries of which parameter belong to which neuron, derived from the network itself.

Nothing here knows layer names, module systems or memory layouts: the network is traced once
with shapes only, and labels are followed from the parameters to the recorded activations and
from there to the parameters that read them (`dormancy._labels`: what is known of an array;
`_rules`, `_products`: how primitives change that; `_run`: one pass over the network; `_owners`:
what follows).
"""

from collections.abc import Callable, Mapping
import dataclasses
import math
from typing import Any, Literal, get_args

import jax
from jax.extend import core
import jax.numpy as jnp
import numpy as np

from dormancy._checks import check_activations
from dormancy._labels import Labels, Value
from dormancy._owners import Decisions, Owners
from dormancy._rules import Rules
from dormancy._run import LabelRun
from dormancy._tree_checks import check_arrays, check_same_tree
from dormancy._types import Array, Bool, PyTree

Role = Literal["incoming", "bias", "scale", "outgoing"]


class WiringError(ValueError):
    """The network does not tell which weights belong to a recorded neuron, and why."""


# Wirings and their parts are compared by identity: arrays cannot be told equal or hashed. So a
# wiring can be a static argument of `jax.jit`.


@dataclasses.dataclass(frozen=True, eq=False)
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


@dataclasses.dataclass(frozen=True, eq=False)
class LayerWiring:
    """The weights around the neurons of one layer.

    Attributes:
      neurons: how many there are.
      incoming: weights of the product that forms each neuron.
      bias: what is added to it before it is recorded.
      outgoing: weights that read it.
      scale: what meets it in any other way before it is recorded: the scales of normalisation
        layers, the slopes of a PReLU.
      silent_without_weights: whether a neuron puts out 0 once all of these are 0, which it does
        not before a softplus, for instance, or behind running statistics.
      interchangeable: whether all neurons read the same and are read by the same, so that one
        can take over another's weights; not so next to a depthwise or grouped convolution.
      linear: whether the weights that form a neuron, and its bias, are sums of `incoming` and
        `bias` with fixed factors (plain or noisy weights), so that scaling these scales what they
        form as much; not so where they are products or norms of them (weight normalisation).
    """

    neurons: int
    incoming: tuple[Slot, ...]
    bias: tuple[Slot, ...]
    outgoing: tuple[Slot, ...]
    scale: tuple[Slot, ...] = ()
    silent_without_weights: bool = True
    interchangeable: bool = True
    linear: bool = True


@dataclasses.dataclass(frozen=True, eq=False)
class Wiring:
    """The wiring of a network.

    Attributes:
      layers: recorded layer -> its wiring, in order of depth.
      undecided: recorded layer -> why its neurons cannot be recycled.
      parameters: shapes of the parameters that it was derived for.
    """

    layers: dict[str, LayerWiring]
    undecided: dict[str, str]
    parameters: PyTree

    @property
    def recyclable(self) -> tuple[str, ...]:
        """Names of the layers whose neurons can be recycled, in order of depth."""
        return tuple(self.layers)

    def mask(
        self, params: PyTree, neurons: Mapping[str, Bool[Array, " _"]], *roles: Role
    ) -> PyTree[Bool[Array, "..."]]:
        """Marks the entries of all parameters that play one of `roles` for the chosen neurons.

        Args:
          params: the parameters (only names and shapes are used).
          neurons: layer -> (neurons,) mask of the chosen ones.
          *roles: which entries.

        Returns:
          A tree like `params` of masks that broadcast against the parameters (axes of
          length 1 where the answer does not depend on them).

        Raises:
          WiringError: a layer that is not recyclable was asked for; a mask has another length
            than its layer, or holds something else than booleans; the parameters are not those
            that this was derived for.
        """
        self.check(params)
        leaves, structure = jax.tree.flatten(params)
        masks = [jnp.zeros((1,) * leaf.ndim, bool) for leaf in leaves]
        for layer, chosen in neurons.items():
            if layer not in self.layers:
                reason = self.undecided.get(layer, "it was not recorded")
                raise WiringError(f"The neurons of {layer!r} cannot be recycled: {reason}.")
            wired, chosen = self.layers[layer], jnp.asarray(chosen)
            if chosen.dtype != bool:
                raise WiringError(
                    f"The mask of {layer!r} holds {chosen.dtype} numbers: give booleans, True for "
                    "the chosen neurons (of scores, what dormant_mask makes of them)."
                )
            if chosen.shape != (wired.neurons,):
                raise WiringError(
                    f"The mask of {layer!r} has shape {chosen.shape}; its neurons are "
                    f"{wired.neurons}."
                )
            for slot in (slot for role in roles for slot in getattr(wired, role)):
                shape = [1] * leaves[slot.parameter].ndim
                shape[slot.axis] = -1
                owned = jnp.where(slot.owner >= 0, chosen[np.maximum(slot.owner, 0)], False)
                masks[slot.parameter] = masks[slot.parameter] | owned.reshape(shape)
        return jax.tree.unflatten(structure, masks)

    def check(self, params: PyTree) -> None:
        """Raises a `WiringError` unless these are parameters that this was derived for."""
        check_same_tree(
            params,
            self.parameters,
            "The wiring was derived for other parameters than these (it needs the same tree, "
            "say variables both times or variables['params'] both times)",
            WiringError,
        )


def derive_wiring(
    apply: Callable[[Any, Any], tuple[Any, Mapping[str, Any]]],
    params: PyTree,
    inputs: Any,
    *,
    strict: bool = True,
    exact: bool = True,
) -> Wiring:
    """Finds the incoming weights, biases and outgoing weights of every recorded neuron.

    The network is traced, not run: shapes suffice for `params` and `inputs`. A neuron is
    *silent* when what is recorded of it is 0 on all inputs, whatever came before (a saturated
    tanh is not silent). What is accepted obeys one law: re-initialising the incoming weights
    and biases of silent neurons and setting their outgoing weights to 0 leaves the outputs on
    those inputs as they are. So a neuron is undecided if

    - its weights, or what they compute, serve anything besides this neuron: another recording
      (the halves of a CReLU), a reader before it is recorded, a statistic of its neighbours
      (layer normalisation, a softmax);
    - its value goes where the weights of its readers cannot silence it: a residual sum, the
      outputs, another recording on the same path (the last one is the one to recycle), an array
      that changes in place (`jax.new_ref`);
    - what follows does not map 0 to 0 (normalisation with a learned shift, a sigmoid), so that a
      silent neuron still contributes;
    - its readers' weights read something else of the input as well: a sum with the raw input;
    - its readers' weights are not its own: tied weights, weight normalisation.

    Followed are products with parameters (dense, convolutions, depthwise ones, grouped ones that
    form neurons, einsums, `vmap`ped ensembles, noisy weights, weight normalisation), movements of
    data to places that are known beforehand, pooling, element-wise functions, several products
    that form one neuron together (gates, recurrent cells) and loops of fixed length (`scan`). In
    an ensemble whose members are recorded as one array, a neuron is the neuron of that number in
    all members. Loops are followed step by step, so keep the time axis of `inputs` short, but
    long enough that every weight meets data: two steps for a cell that reads what it put out one
    step before.

    Args:
      apply: (params, inputs) -> (outputs, {layer name: post-activations, neurons last}). It has
        to compute all that reads the recorded layers, every head of a network: what is not
        computed here is not cut off when a neuron is recycled.
      params: parameters, or their shapes.
      inputs: a batch of inputs, or its shapes; a batch of 1 is enough, and quickest.
      strict: raise if any recorded layer is undecided, instead of listing it. A residual
        network needs `strict=False`: neurons inside its branches are wired, those whose
        value enters the residual sum are not.
      exact: whether the law must hold to rounding. With `exact=False` two kinds of layers are
        wired that break it: those that are summed up over neurons on the way to a weight (by a
        little in a normalisation, where one neuron changes the mean of the others; by much where
        the sum itself is read), and those that still contribute while they are silent (what
        follows them does not map 0 to 0). A sum that reaches an output without passing a weight
        is refused all the same.

    Returns:
      The wiring.

    Raises:
      WiringError: with `strict`, some layer is undecided; the message says which, why, and
        where in the source if that is known. Always, if `apply` does not return outputs and
        a flat dictionary of arrays, if one of these is empty, if a parameter is no array, and if a
        weight meets nothing, or nothing but zeros that the network brings itself, in a loop that
        is too short.

    Examples:
      >>> import jax.numpy as jnp
      >>> def apply(p, x):
      ...     h = jnp.maximum(x @ p["w"] + p["b"][None], 0)
      ...     return h @ p["v"], {"hidden": h}
      >>> p = {"w": jnp.ones((3, 4)), "b": jnp.ones(4), "v": jnp.ones((4, 2))}
      >>> layer = derive_wiring(apply, p, jnp.ones((1, 3))).layers["hidden"]
      >>> [(s.parameter, s.axis) for s in layer.incoming + layer.bias + layer.outgoing]
      [(2, 1), (0, 0), (1, 0)]
    """
    check_arrays(params, WiringError)
    names: list[str] = []

    def flat(params: PyTree, inputs: Any) -> tuple[list[Any], list[Any]]:
        outputs, activations = _outputs_and_activations(apply(params, inputs))
        names[:] = activations  # the caller's order, which a dictionary loses under tracing
        return jax.tree.leaves(outputs), list(activations.values())

    closed, (_, shapes) = jax.make_jaxpr(flat, return_shape=True)(params, inputs)
    with jax.ensure_compile_time_eval():
        layers, undecided = _decide(closed, names, shapes, params, exact)
    if strict and undecided:
        reasons = "; ".join(f"{name!r}: {reason}" for name, reason in undecided.items())
        raise WiringError(f"Cannot tell which weights belong to the neurons of {reasons}.")
    shapes = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), params)
    return Wiring(layers, undecided, shapes)


def _outputs_and_activations(returned: Any) -> tuple[Any, Mapping[str, Any]]:
    expected = "The network must return (outputs, {layer name: activations, neurons last})"
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise WiringError(f"{expected}; it returned {type(returned).__name__!r} instead of a pair.")
    outputs, activations = returned
    check_activations(expected, activations, WiringError)
    if not activations:
        raise WiringError(f"{expected}; it records no layer.")
    for name, recorded in activations.items():
        if recorded.shape[-1] == 0:
            raise WiringError(
                f"{name!r} has no neurons, its shape is {recorded.shape}: do not record it."
            )
        if 0 in recorded.shape:
            raise WiringError(
                f"{name!r} is empty here, of shape {recorded.shape}: give `inputs` with an "
                "example, and with steps in time if the network loops over them."
            )
    return outputs, activations


def _decide(
    closed: Any, names: list[str], shapes: list[Any], params: PyTree, exact: bool
) -> tuple[dict[str, LayerWiring], dict[str, str]]:
    """The layers that are wired, and the others with the reason."""
    jaxpr, undecided, taps = closed.jaxpr, {}, {}
    leaves = jax.tree.leaves(params)
    sizes = [math.prod(leaf.shape) for leaf in leaves]
    starts = 1 + np.concatenate([[0], np.cumsum(sizes, dtype=int)])
    free = int(starts[-1])
    neurons = {}
    first_recorded = len(jaxpr.outvars) - len(names)
    for name, variable, shape in zip(names, jaxpr.outvars[first_recorded:], shapes, strict=True):
        own = np.arange(free, free + shape.shape[-1], dtype=np.int32)
        if not isinstance(variable, core.Var) or variable in jaxpr.constvars:
            undecided[name] = "it is a constant"
        elif variable in jaxpr.invars:
            undecided[name] = "it is an input of the network, or a parameter"
        elif variable in taps:
            undecided[name] = f"it is the same array as {taps[variable][0]!r}: record it once"
        else:
            taps[variable] = name, np.broadcast_to(own, shape.shape)
            neurons[name], free = own, free + own.size

    rules = Rules(Labels(free))
    run = LabelRun(rules)
    parameters = [
        Value(
            leaf.shape,
            weights=(np.arange(start, start + size, dtype=np.int32).reshape(leaf.shape),),
            rest=0.0,
            linear=True,
        )
        for start, size, leaf in zip(starts[:-1], sizes, leaves, strict=True)
    ]
    fed = [Value(variable.aval.shape, fed=True) for variable in jaxpr.invars[len(leaves) :]]
    outputs = run.run(jaxpr, list(closed.consts), [*parameters, *fed], taps)
    decisions = Decisions(run, outputs[:first_recorded], neurons, int(starts[-1]), exact)
    _check_met(decisions.unmet(), params, starts)

    layers = {}
    for name in sorted(names, key=[*run.sources, *names].index):
        reason = undecided.pop(name, None) or decisions.reason(name)
        found = reason or _layer(decisions.owners, neurons[name], leaves, starts)
        if isinstance(found, LayerWiring):
            layers[name] = dataclasses.replace(
                found,
                silent_without_weights=decisions.silent_without_weights(name),
                interchangeable=found.interchangeable and decisions.interchangeable(name),
            )
        else:
            undecided[name] = found
    return layers, undecided


def _check_met(unmet: np.ndarray, params: PyTree, starts: np.ndarray) -> None:
    """Raises if a weight met nothing in a loop, or zeros: nobody can tell what it reads."""
    if unmet.size:
        place = int(np.searchsorted(starts, unmet[0], side="right")) - 1
        path, _ = jax.tree_util.tree_leaves_with_path(params)[place]
        raise WiringError(
            f"The parameter{jax.tree_util.keystr(path)} meets nothing here, or nothing but zeros "
            "such as the first state of a recurrent network: give `inputs` with more steps in time "
            "(two for a cell that reads what it put out one step before)."
        )


def _layer(
    owners: Owners, own: np.ndarray, leaves: list[Any], starts: np.ndarray
) -> LayerWiring | str:
    """The wiring of the layer with these neurons, or why its weights cannot be told apart."""
    slots: dict[Role, list[Slot]] = {role: [] for role in get_args(Role)}
    linear = True
    for parameter, leaf in enumerate(leaves):
        entries = slice(starts[parameter], starts[parameter + 1])
        forming, is_weight = owners.incoming[entries], owners.in_product[entries]
        is_bias = owners.only_added[entries] & ~is_weight
        for role, owner in (
            ("incoming", np.where(is_weight, forming, -1)),
            ("bias", np.where(is_bias, forming, -1)),
            ("scale", np.where(is_weight | is_bias, -1, forming)),
            ("outgoing", owners.outgoing[entries]),
        ):
            mine = (owner >= own[0]) & (owner <= own[-1])
            if mine.any():
                slot = _along_one_axis(
                    parameter, np.where(mine, owner - own[0], -1).reshape(leaf.shape)
                )
                if slot is None:
                    return (
                        "its weights do not lie along one axis of a parameter (of a part that is "
                        "used alone, such as w[:3], make a parameter of its own)"
                    )
                slots[role].append(slot)
                if role in ("incoming", "bias"):
                    linear &= bool(owners.linear[entries][mine].all())
    counts = (
        np.bincount(slot.owner[slot.owner >= 0], minlength=own.size)
        for of_role in slots.values()
        for slot in of_role
    )
    alike = all((count == count[0]).all() for count in counts)
    found = {role: tuple(of_role) for role, of_role in slots.items()}
    return LayerWiring(own.size, **found, interchangeable=alike, linear=linear)


def _along_one_axis(parameter: int, owner: np.ndarray) -> Slot | None:
    for axis in range(owner.ndim):
        rows = np.moveaxis(owner, axis, 0).reshape(owner.shape[axis], -1)
        if (rows == rows[:, :1]).all():
            return Slot(parameter, axis, rows[:, 0])
    return None
