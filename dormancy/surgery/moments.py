"""What an optimizer remembers of single weights, and making it forget."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from dormancy._types import Array, Bool, PyTree


def forget(
    optimizer: Any,
    opt_state: PyTree,
    params: PyTree,
    weights: PyTree[Bool[Array, "..."]],
    restart_counts: bool | Bool[Array, ""] = False,
) -> PyTree:
    """Returns an optimizer's state that knows nothing of the marked weights.

    Args:
      optimizer: the optax transformation that `opt_state` belongs to, any chain of them.
      opt_state: its state.
      params: the parameters; only shapes are used.
      weights: a tree like `params` of masks that broadcast against them.
      restart_counts: also restart what is counted for all weights together (Adam's bias
        correction).

    Returns:
      The state with the marked moments, and the counts if asked for, at their initial value.
    """
    forgotten = optax.tree.map_params(
        optimizer,
        lambda _, mask: mask,
        opt_state,
        weights,
        transform_non_params=lambda _: jnp.asarray(restart_counts),
    )
    return jax.tree.map(jnp.where, forgotten, optimizer.init(params), opt_state)
