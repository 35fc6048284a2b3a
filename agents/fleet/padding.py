"""Games with different numbers of actions in one fleet: their heads are padded to the widest.

The actions that a game does not have get a value that no policy ever prefers. No gradient
reaches them: they are never taken and never the best.
"""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import PyTree

# The value of an action that a game does not have. Finite, because weight decay makes a gradient
# of it, which Adam squares.
_NEVER = -1e9


def pad(state: PyTree, shapes: PyTree) -> PyTree:
    """A member's state, in the shapes that all members share.

    Args:
      state: of one member.
      shapes: of every leaf, at least as large; what is new is 0, but for the values of actions.
    """

    def widen(path: Sequence[Any], leaf: Any, like: Any) -> Any:
        missing = [(0, new - old) for old, new in zip(leaf.shape, like.shape, strict=True)]
        return (
            jnp.pad(leaf, missing, constant_values=_filling(path))
            if any(map(any, missing))
            else leaf
        )

    return jax.tree_util.tree_map_with_path(widen, state, shapes)


def crop(state: PyTree, shapes: PyTree) -> PyTree:
    """Inverse of `pad`; `shapes` are those of the member's own state."""
    return jax.tree.map(lambda leaf, like: leaf[tuple(map(slice, like.shape))], state, shapes)


def without_values(params: PyTree) -> PyTree:
    """Parameters with 0 in place of the values of actions that a game does not have."""
    return jax.tree.map(lambda leaf: jnp.where(leaf == _NEVER, 0, leaf), params)


def _filling(path: Sequence[Any]) -> float:
    names = [getattr(step, "name", getattr(step, "key", None)) for step in path]
    is_value = names[-1] == "bias" and ("params" in names or "target_params" in names)
    return _NEVER if is_value else 0.0
