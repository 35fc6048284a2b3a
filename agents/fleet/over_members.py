"""A function of one run as a function of all members of a fleet."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import PyTree

# Of an argument that is a fleet's state, which has no leading axis if there is one member: XLA
# copies a donated array whose axis it has to take off (see docs/performance.md).
STATE = "state"


def over_members(
    function: Callable[..., PyTree], members: int, in_axes: tuple, out_axes: Any = 0
) -> Callable:
    """A function of one run as a function of all, whose arguments have a leading axis of members.

    Args:
      function: pure.
      members: several are vectorised with `jax.vmap`; one is computed as it is.
      in_axes: for each argument 0, None if it is the same for all, or STATE.
      out_axes: of what is returned: 0, STATE, or a tuple with one for each part.
    """

    def known(axis: Any) -> int | None:
        return (0 if members > 1 else None) if axis is STATE else axis

    in_axes = tuple(map(known, in_axes))
    out_axes = tuple(map(known, out_axes)) if isinstance(out_axes, tuple) else known(out_axes)
    if members > 1:
        return jax.vmap(function, in_axes, out_axes)

    def with_axis(part: PyTree, axis: int | None) -> PyTree:
        return part if axis is None else jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], part)

    def alone(*arguments: Any) -> PyTree:
        own = [
            argument if axis is None else jax.tree.map(lambda leaf: leaf[0], argument)
            for argument, axis in zip(arguments, in_axes, strict=True)
        ]
        found = function(*own)
        if isinstance(out_axes, tuple):
            return tuple(map(with_axis, found, out_axes))
        return with_axis(found, out_axes)

    return alone
