"""Re-initialising whole layers, dormant neurons or not."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from dormancy._types import Array, Float, PRNGKeyArray, PyTree
from dormancy.surgery.fresh import fresh_parameters
from dormancy.surgery.moments import forget

Params = PyTree[Float[Array, "..."]]


def reset_parameters(
    key: PRNGKeyArray,
    params: Params,
    opt_state: PyTree,
    chosen: PyTree,
    init_params: Callable[[PRNGKeyArray], Params],
    optimizer: Any,
) -> tuple[Params, PyTree]:
    """Draws the chosen parameters anew and makes the optimizer forget them.

    Args:
      key: for the fresh weights.
      params: network parameters.
      opt_state: the optimizer's state.
      chosen: which parameters: a tree of booleans like `params`, or a prefix of it, for
        instance `{"Conv_0": False, "Dense_0": True, "head": True}`.
      init_params: key -> a freshly initialised tree of all parameters.
      optimizer: the optax transformation that `opt_state` belongs to.

    Returns:
      New parameters and optimizer state. What the optimizer counts for all weights together
      (Adam's bias correction) goes on.

    Raises:
      ValueError: `chosen` or what `init_params` returns is not a tree like `params`.

    Reference:
      Nikishin et al. 2022, "The primacy bias in deep RL"; the baseline of Figures 1 and 13
      of Sokar et al. 2023. The official code zeroes the moments of kernels, keeps those of biases
      and Adam's count.
    """
    masks = jax.tree.map(jnp.asarray, chosen_parameters(chosen, params))
    new = jax.tree.map(jnp.where, masks, fresh_parameters(init_params, key, params), params)
    return new, forget(optimizer, opt_state, new, masks)


def chosen_parameters(chosen: PyTree, params: PyTree) -> PyTree:
    """A value of `chosen` for every parameter, also where one stands for several.

    Raises:
      ValueError: it is neither a tree like the parameters nor a prefix of it.
    """
    try:
        return jax.tree.broadcast(chosen, params)
    except ValueError as error:
        raise ValueError(
            "`chosen` has to be a tree of booleans like the parameters, in which one may stand for "
            f"all below it: {_difference(_paths(chosen), _paths(params))}."
        ) from error


def _paths(tree: PyTree) -> list[str]:
    return [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(tree)]


def _difference(given: list[str], wanted: list[str]) -> str:
    for path in given:
        if not any(parameter.startswith(path) for parameter in wanted):
            return f"{path} does not belong there"
    missing = [path for path in wanted if not path.startswith(tuple(given))]
    return f"{missing[0]} is missing" if missing else "use the same kinds of containers"
