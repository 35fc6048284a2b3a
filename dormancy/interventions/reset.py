"""Re-initialising whole layers at every check."""

from collections.abc import Callable
from typing import Any

import jax

from dormancy._types import PRNGKeyArray, PyTree
from dormancy.interventions.base import Intervention, Params, as_observed, init, record
from dormancy.surgery.moments import find_memory
from dormancy.surgery.reset import chosen_parameters, reset_parameters


def reset(
    tau: float,
    chosen: PyTree,
    init_params: Callable[[PRNGKeyArray], Params],
    optimizer: Any,
) -> Intervention:
    """Layer resets: re-initialises the chosen parameters at every check.

    Args:
      tau: threshold of Definition 3.1, for the state's record only.
      chosen: which parameters; see `reset_parameters`.
      init_params: key -> a freshly initialised tree of all parameters.
      optimizer: the optax transformation that `opt_state` belongs to.

    Raises:
      ValueError: `chosen` is not a tree like the parameters.

    Reference:
      Sokar et al. 2023, Figures 1 and 13; Nikishin et al. 2022.
    """
    shapes = jax.eval_shape(init_params, jax.random.key(0))
    find_memory(optimizer, shapes)
    chosen_parameters(chosen, shapes)

    def update(key, params, opt_state, observed, state):
        state = record(as_observed(observed).activations, tau, state)
        params, opt_state = reset_parameters(key, params, opt_state, chosen, init_params, optimizer)
        return params, opt_state, state

    return Intervention(init, update)
