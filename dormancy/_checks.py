"""What callers get wrong, said in one sentence before anything is computed."""

from collections.abc import Mapping
import dataclasses
from typing import Any, Literal, get_args, get_origin

import jax
import jax.numpy as jnp

from dormancy._types import PyTree


def check_choice(name: str, value: Any, choices: Any) -> None:
    """Raises unless `value` is one of the choices of a `Literal` type."""
    allowed = get_args(choices)
    if value not in allowed:
        listed = ", ".join(map(repr, allowed[:-1])) + f" or {allowed[-1]!r}"
        raise ValueError(f"{name} is {value!r}; it has to be {listed}.")


def check_choices(options: Any) -> None:
    """The same for every field of a dataclass that is a `Literal`."""
    for field in dataclasses.fields(options):
        if get_origin(field.type) is Literal:
            check_choice(field.name, getattr(options, field.name), field.type)


def check_activations(expected: str, activations: Any, error: type[ValueError]) -> None:
    """Raises unless this is a flat dictionary of arrays with an axis of neurons.

    Args:
      expected: beginning of the sentence: what is wanted, and from whom.
      activations: what was given.
      error: what is raised.
    """
    if not isinstance(activations, Mapping):
        raise error(f"{expected}; this is a {type(activations).__name__!r}, not a dictionary.")
    for name, recorded in activations.items():
        if not isinstance(name, str):
            raise error(f"{expected}; {name!r} is not the name of a layer.")
        if not hasattr(recorded, "shape"):
            raise error(
                f"{expected}; {name!r} holds {type(recorded).__name__!r} instead of one array. "
                "Name each array by itself: {'a/b': tree['a']['b']} for what is nested, and "
                "values[0] for what flax's `sow` collected in a tuple."
            )
        if not recorded.shape:
            raise error(f"{expected}; {name!r} is a single number, which has no neurons.")


def check_layers(given: Mapping[str, Any], wanted: Any, by: str) -> None:
    """Raises if a layer is missing among the recorded ones.

    Args:
      given: layer name -> activations.
      wanted: names of layers.
      by: who wants them.
    """
    missing = [name for name in wanted if name not in given]
    if missing:
        raise ValueError(
            f"There are no activations of {', '.join(map(repr, missing))}, which {by} has; "
            f"given are those of {', '.join(map(repr, given)) or 'no layer'}."
        )


def check_like_parameters(fresh: PyTree, params: PyTree) -> None:
    """Raises unless what an initialiser returned has the names and shapes of `params`."""
    said = "init_params(key) has to return a tree like the parameters"
    check_same_tree(fresh, params, said, ValueError)
    structures = jax.tree.structure(fresh), jax.tree.structure(params)
    if structures[0] != structures[1]:
        raise ValueError(f"{said}: it returned {structures[0]} instead of {structures[1]}.")


def check_same_tree(given: PyTree, wanted: PyTree, said: str, error: type[ValueError]) -> None:
    """Raises unless two trees have the same arrays in the same places and in the same order.

    Args:
      given, wanted: trees of arrays or of their shapes.
      said: beginning of the sentence.
      error: what is raised.
    """
    shapes, expected = _shapes_by_path(given), _shapes_by_path(wanted)
    for path in (*expected, *shapes):
        if path not in shapes:
            raise error(f"{said}: {path} is missing.")
        if path not in expected:
            raise error(f"{said}: {path} does not belong there.")
        if shapes[path] != expected[path]:
            raise error(f"{said}: {path} has shape {shapes[path]} instead of {expected[path]}.")
    for path, in_its_place in zip(expected, shapes, strict=True):
        if path != in_its_place:
            raise error(
                f"{said}: the arrays are the same in another order, {in_its_place} comes where "
                f"{path} should. Use one kind of container both times: a dict is read in the "
                "order of its keys' names, an OrderedDict in that of their insertion."
            )


def check_arrays(params: PyTree, error: type[ValueError]) -> None:
    """Raises if a leaf of the parameters is anything but an array or its shape."""
    for path, leaf in jax.tree_util.tree_leaves_with_path(params):
        if not (hasattr(leaf, "shape") and hasattr(leaf, "dtype")):
            raise error(
                f"The parameter{jax.tree_util.keystr(path)} is a {type(leaf).__name__!r} and no "
                "array: pass the arrays alone (of an Equinox module, those that "
                "eqx.partition(model, eqx.is_array) finds)."
            )


def _shapes_by_path(tree: PyTree) -> dict[str, tuple[int, ...]]:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return {jax.tree_util.keystr(path): jnp.shape(leaf) for path, leaf in leaves}
