"""Freshly initialised parameters to take new values from."""

from collections.abc import Callable

import jax

from dormancy._tree_checks import check_like_parameters
from dormancy._types import Array, Float, PRNGKeyArray, PyTree

Params = PyTree[Float[Array, "..."]]


def fresh_parameters(
    init_params: Callable[[PRNGKeyArray], Params], key: PRNGKeyArray, params: Params
) -> Params:
    """A fresh tree of all parameters, drawn in its own precision and kept in that of `params`.

    Args:
      init_params: key -> a freshly initialised tree of all parameters.
      key: what it is drawn from.
      params: the parameters as they are.

    Raises:
      ValueError: `init_params` returns another tree, or other shapes.
    """
    fresh = init_params(key)
    check_like_parameters(fresh, params)
    return jax.tree.map(lambda new, old: new.astype(old.dtype), fresh, params)
