"""What an optimizer remembers of single weights, and making it forget.

An optimizer's state holds numbers of three kinds: some belong to single weights (Adam's
moments, the copies of the parameters in schedule-free optimizers), some summarise several
(Adafactor's rows and columns, NovoGrad's one number a layer), some belong to the whole
(counters, step sizes, noise keys). Which is which is read off `optimizer.init`, which is traced
twice, on shapes alone:

- Transformations build their state by mapping over the parameters, so wherever a state holds
  numbers of single parameters, a part of it has the parameters' own tree structure (with holes
  where `masked` or `partition` leave parameters out). That part says whose a number is.
- The second trace has parameters whose axes all differ in length. Axes of the state that have
  grown with an axis of their parameter run along it; all others do not. An array that has grown
  in any other way cannot be understood by its shape, and the optimizer is refused.

A number is forgotten if *all* weights that it depends on are: exactly the entry of a
moment, a column's summary when the whole column is drawn anew, NovoGrad's number when the layer
is. To forget is to take the value that `optimizer.init` gives for the *new* parameters: 0 for
most moments, and the new weights themselves for a copy of the weights.
"""

from collections.abc import Iterator
import dataclasses
from typing import Any

import jax
from jax.extend.core import Var
import jax.numpy as jnp
import optax

from dormancy._tree_checks import check_same_tree
from dormancy._types import Array, Bool, PyTree


class OptimizerError(ValueError):
    """An optimizer's state does not allow single weights to be forgotten, and why."""


@dataclasses.dataclass(frozen=True)
class Memory:
    """Where an optimizer's state remembers which weights; from `find_memory`.

    Attributes:
      structure: tree structure of the state.
      places: for every array of the state, how it remembers weights; None where it does not.
      copies: for every array of the state, whether it starts as values of the parameters.
      counters: for every array of the state, whether it counts the steps of moments.
    """

    structure: Any
    places: tuple["_Place | None", ...]
    copies: tuple[bool, ...]
    counters: tuple[bool, ...]


@dataclasses.dataclass(frozen=True)
class _Place:
    """An array of the state whose entries summarise weights.

    Attributes:
      parameter: position of the parameter among the flattened ones; None for all of them,
        flattened and joined.
      axes: for every axis of the array, the axis of the parameter that it runs along, or None
        for an axis of length 1.
    """

    parameter: int | None
    axes: tuple[int | None, ...] = ()


# Primitives that call the function in their parameters; JAX has renamed it.
_CALLS = ("jit", "pjit")
# What no shape tells: numbers that are true of one point in parameter space only, and copies of
# the parameters that live outside of the state. By name: not every version of optax has them all.
_REFUSED = {
    "ScaleByBacktrackingLinesearchState": (
        "holds the loss and its gradient at one point, which the next step takes for those of "
        "the re-initialised weights; line searches"
    ),
    "ScaleByZoomLinesearchState": (
        "holds the loss and its gradient at one point, which the next step takes for those of "
        "the re-initialised weights; line searches"
    ),
    "MonitorState": (
        "takes another structure at its first update, so that nobody can tell whose its numbers "
        "are; monitored measures"
    ),
    "LookaheadState": (
        "belongs to slow copies of the weights that are neither in the state nor in the wiring "
        "and would pull re-initialised weights back; lookahead"
    ),
}


def find_memory(optimizer: Any, params: PyTree) -> Memory:
    """Finds out where an optimizer's state remembers which weights.

    Args:
      optimizer: an optax transformation, any chain of them; anything with `init`.
      params: the parameters, or their shapes.

    Returns:
      Where the state remembers what.

    Raises:
      OptimizerError: the state cannot be made to forget single weights; the message says which
        part of it, and why.
    """
    shapes = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(jnp.shape(leaf), leaf.dtype), params)
    try:
        state = jax.eval_shape(optimizer.init, shapes)
    except Exception as error:
        raise OptimizerError(
            f"The optimizer cannot be initialised on these parameters: {_first_line(error)}"
        ) from error
    for node in _nodes(state):
        if type(node).__name__ in _REFUSED:
            raise OptimizerError(
                f"The optimizer's {type(node).__name__} {_REFUSED[type(node).__name__]} cannot be "
                "combined with interventions on weights."
            )

    leaves, structure = jax.tree_util.tree_flatten_with_path(state)
    grown_shapes = jax.tree.map(_all_axes_different, shapes)
    try:
        grown_state = jax.eval_shape(optimizer.init, grown_shapes)
    except Exception:
        # It insists on these shapes (a mask of arrays, say): then no axis is known to have grown.
        grown_state = None
    grown_leaves = (
        jax.tree.leaves(grown_state)
        if jax.tree.structure(grown_state) == structure
        else [None] * len(leaves)
    )
    parameters = list(zip(jax.tree.leaves(shapes), jax.tree.leaves(grown_shapes), strict=True))
    owners = list(_owners(state, shapes))
    places = []
    for (path, leaf), grown, owner in zip(leaves, grown_leaves, owners, strict=True):
        try:
            places.append(_place(leaf, grown, owner, parameters))
        except _UnclearError as reason:
            where = jax.tree_util.keystr(path)
            raise OptimizerError(
                f"The optimizer's state{where} of shape {leaf.shape} {reason}, so single weights "
                "cannot be forgotten. Use another optimizer, or apply this one without "
                "interventions."
            ) from None
    copies = _computed_from_inputs(optimizer.init, shapes)
    moments = [p is not None and not copy for p, copy in zip(places, copies, strict=True)]
    counters = _counters(state, shapes, moments)
    return Memory(structure, tuple(places), tuple(copies), tuple(counters))


def forget(
    optimizer: Any,
    opt_state: PyTree,
    params: PyTree,
    weights: PyTree[Bool[Array, "..."]],
    restart_counts: bool | Bool[Array, ""] = False,
    new_values: PyTree[Bool[Array, "..."]] | None = None,
) -> PyTree:
    """Returns an optimizer's state that knows nothing of the marked weights.

    Args:
      optimizer: the optax transformation that `opt_state` belongs to, any chain of them.
      opt_state: its state.
      params: the parameters as they are now, with new values where they were re-initialised:
        copies of the parameters in the state take these.
      weights: a tree like `params` of masks that broadcast against them.
      restart_counts: also restart what counts the steps of moments (Adam's bias correction).
        Schedules, injected hyper-parameters, step sizes and noise keys go on.
      new_values: like `weights`, for the copies of parameters in the state: these have to follow
        the parameters also where moments are kept. By default the same as `weights`.

    Returns:
      The state in which every number that depends on marked weights only is what
      `optimizer.init(params)` says; all others are as they were, bit for bit.

    Raises:
      OptimizerError: see `find_memory`; or `opt_state` is not a state of this optimizer.
    """
    memory = find_memory(optimizer, params)
    structure = jax.tree.structure(opt_state)
    if structure != memory.structure:
        said = "The optimizer's state is not one that this optimizer makes for these parameters"
        made = jax.eval_shape(optimizer.init, params)
        check_same_tree(opt_state, made, said, OptimizerError)
        raise OptimizerError(
            f"{said}: its arrays are wrapped otherwise. Pass both bare; of Flax NNX, nnx.as_pure "
            "takes arrays out of a state and out of the opt_state of an nnx.Optimizer."
        )
    shapes = [leaf.shape for leaf in jax.tree.leaves(params)]
    of_moments = jax.tree.leaves(weights)
    of_copies = of_moments if new_values is None else jax.tree.leaves(new_values)
    fresh_leaves = jax.tree.leaves(optimizer.init(params))
    leaves = []
    for old, fresh, place, copy, counter in zip(
        jax.tree.leaves(opt_state),
        fresh_leaves,
        memory.places,
        memory.copies,
        memory.counters,
        strict=True,
    ):
        if place is not None:
            chosen = _summarised(place, of_copies if copy else of_moments, shapes)
        elif counter:
            chosen = jnp.asarray(restart_counts)
        else:
            leaves.append(old)
            continue
        leaves.append(jnp.where(chosen, jnp.asarray(fresh, old.dtype), old))
    return jax.tree.unflatten(structure, leaves)


class _UnclearError(Exception):
    """Why an array of the state is not understood."""


def _all_axes_different(leaf: jax.ShapeDtypeStruct) -> jax.ShapeDtypeStruct:
    """Every axis longer than before, no two alike, and in the same order by length.

    The order matters to Adafactor, which treats the two longest axes specially.
    """
    order = sorted(range(len(leaf.shape)), key=lambda axis: (leaf.shape[axis], axis))
    shape = list(leaf.shape)
    for rank, axis in enumerate(order):
        shape[axis] += 1 + rank
    return jax.ShapeDtypeStruct(tuple(shape), leaf.dtype)


def _children(node: Any) -> list[Any]:
    return jax.tree.leaves(node, is_leaf=lambda inner: inner is not node)


def _nodes(tree: Any) -> Iterator[Any]:
    """All nodes of a tree from its root down, leaves among them."""
    yield tree
    if not jax.tree_util.all_leaves([tree]):
        for child in _children(tree):
            yield from _nodes(child)


def _owners(state: Any, params: Any) -> Iterator[int | None]:
    """For every leaf of the state the position of the parameter that it belongs to, if any."""
    # A single array has no structure to be recognised by; its shape has to do.
    single = jax.tree_util.all_leaves([params])
    found = None if single else _aligned(state, params, 0, several=False)
    if not found and not single and not _holds_aligned(state, params):
        found = _aligned(state, params, 0)
    if found is not None:
        yield from found
    elif jax.tree_util.all_leaves([state]):
        yield None
    else:
        for child in _children(state):
            yield from _owners(child, params)


def _holds_aligned(state: Any, params: Any) -> bool:
    """Whether a part of the state has exactly the structure of `params`."""
    return any(_aligned(node, params, 0, several=False) for node in _nodes(state))


def _aligned(node: Any, params: Any, first: int, several: bool = True) -> list[int] | None:
    """Owners of the leaves of `node` if it has the structure of `params`, else None.

    Args:
      node: a part of the state.
      params: the parameters.
      first: position of the first of them among all.
      several: whether a few arrays may stand for one parameter, such as one for every axis.
    """
    if node is None or isinstance(node, optax.MaskedNode):
        return []  # a hole, unlike other empty states, which may lie beside any number
    leaves = jax.tree.leaves(node)
    if jax.tree_util.all_leaves([params]):
        of_one = several and type(node) in (list, tuple) and jax.tree_util.all_leaves(node)
        return [first] * len(leaves) if of_one or jax.tree_util.all_leaves([node]) else None
    if jax.tree_util.all_leaves([node]) or _outermost(node) != _outermost(params):
        return None
    owners = []
    for inner, parameters in zip(_children(node), _children(params), strict=True):
        found = _aligned(inner, parameters, first, several)
        if found is None:
            return None
        owners += found
        first += len(jax.tree.leaves(parameters))
    return owners


def _outermost(node: Any) -> Any:
    return jax.tree.structure(node, is_leaf=lambda inner: inner is not node)


def _place(leaf: Any, grown: Any, owner: int | None, parameters: list) -> _Place | None:
    """How one array of the state remembers weights.

    Args:
      leaf: its shape.
      grown: its shape where all axes of all parameters have grown; None if that is not known.
      owner: position of the parameter that it belongs to, if any.
      parameters: shape before and after of every parameter.
    """
    if owner is not None:
        before, _ = parameters[owner]
        if leaf.size == 1 and before.size > 1:
            return _Place(owner, (None,) * leaf.ndim)
        # Adafactor treats parameters below a certain size otherwise: what has their shape becomes
        # a stand-in of size 1 where they have grown beyond.
        if leaf.shape == before.shape and (grown is None or grown.size == 1):
            return _Place(owner, tuple(range(leaf.ndim)))
    if grown is None:
        if leaf.ndim == 0 and owner is None:
            return None
        raise _UnclearError("is not shaped like a parameter, and is not made for other shapes")
    if leaf.ndim != grown.ndim:
        raise _UnclearError("has more or fewer axes when parameters are larger")
    if leaf.size == 0:
        return None
    lengths = list(zip(leaf.shape, grown.shape, strict=True))
    if owner is None:
        if leaf.shape == grown.shape:
            return None
        total = sum(before.size for before, _ in parameters)
        grown_total = sum(after.size for _, after in parameters)
        if lengths == [(total, grown_total)]:
            return _Place(None)
        if len(parameters) > 1:
            raise _UnclearError(
                "depends on the shapes of parameters without saying which of its entries are whose"
            )
        owner = 0
    before, after = parameters[owner]
    own_axes = list(zip(before.shape, after.shape, strict=True))
    axes: list[int | None] = []
    for length in lengths:
        if length == (1, 1):
            axes.append(None)
        elif length not in own_axes or own_axes.index(length) in axes:
            raise _UnclearError(
                "has an axis that is none of its parameter's (a memory of steps, a projection)"
            )
        else:
            axes.append(own_axes.index(length))
    return _Place(owner, tuple(axes))


def _summarised(place: _Place, masks: list[Any], shapes: list[tuple[int, ...]]) -> Any:
    """Mask, broadcasting against an array of the state, of entries with marked weights only."""
    if place.parameter is None:
        whole = [jnp.broadcast_to(m, s).ravel() for m, s in zip(masks, shapes, strict=True)]
        return jnp.concatenate(whole)
    missing = len(shapes[place.parameter]) - jnp.ndim(masks[place.parameter])
    mask = jnp.expand_dims(masks[place.parameter], tuple(range(missing)))
    dropped = tuple(axis for axis in range(mask.ndim) if axis not in place.axes)
    mask = jnp.all(mask, axis=dropped)
    kept = sorted(axis for axis in place.axes if axis is not None)
    mask = jnp.transpose(mask, [kept.index(axis) for axis in place.axes if axis is not None])
    return jnp.expand_dims(mask, [i for i, axis in enumerate(place.axes) if axis is None])


def _counters(state: Any, params: Any, moments: list[bool]) -> Iterator[bool]:
    """For every leaf of the state whether it counts the steps of moments.

    Those are the integers called a count that lie beside moments in one tuple. The count of a
    schedule lies alone, and one beside copies of the parameters only (Mechanic's) says more
    than how many gradients have been averaged.
    """
    remaining = iter(moments)

    def walk(node: Any) -> list[tuple[bool, bool]]:
        """(is a counter, is a moment) of every leaf below `node`."""
        if jax.tree_util.all_leaves([node]):
            return [(False, next(remaining))]
        children = _children(node)
        below = [walk(child) for child in children]
        beside_moments = any(
            _aligned(child, params, 0) and any(moment for _, moment in part)
            for child, part in zip(children, below, strict=True)
        )
        if beside_moments:
            for index, field in enumerate(getattr(node, "_fields", ())):
                if "count" in field and _is_integer(children[index]):
                    below[index] = [(True, False)]
        return [leaf for part in below for leaf in part]

    return (counter for counter, _ in walk(state))


def _is_integer(leaf: Any) -> bool:
    return getattr(leaf, "shape", None) == () and jnp.issubdtype(leaf.dtype, jnp.integer)


def _computed_from_inputs(function: Any, shapes: Any) -> list[bool]:
    """For every output of a function whether its value depends on an input's value."""
    jaxpr = jax.make_jaxpr(function)(shapes).jaxpr
    return _reached(jaxpr, [True] * len(jaxpr.invars))


def _reached(jaxpr: Any, known: list[bool]) -> list[bool]:
    """Which outputs depend on those inputs that are marked; a jitted function is looked into."""
    reached = {v for v, marked in zip(jaxpr.invars, known, strict=True) if marked}

    def marks(variables: Any) -> list[bool]:
        return [isinstance(v, Var) and v in reached for v in variables]

    for equation in jaxpr.eqns:
        before = marks(equation.invars)
        inner = equation.params.get("jaxpr") if equation.primitive.name in _CALLS else None
        after = [any(before)] * len(equation.outvars)
        if inner is not None:
            after = _reached(inner.jaxpr, before)
        reached.update(v for v, mark in zip(equation.outvars, after, strict=True) if mark)
    return marks(jaxpr.outvars)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"
