"""What callers get wrong about trees of parameters, said in one sentence."""

import jax
import jax.numpy as jnp

from dormancy._types import PyTree


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
