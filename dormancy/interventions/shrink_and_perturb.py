"""Shrinking all weights and adding fresh ones."""

from collections.abc import Callable
from typing import Any

import jax

from dormancy._tree_checks import check_like_parameters
from dormancy._types import PRNGKeyArray, PyTree
from dormancy.interventions.base import Intervention, Params, as_observed, init, record
from dormancy.surgery.moments import find_memory
from dormancy.surgery.reset import chosen_parameters, reset_parameters


def shrink_and_perturb(
    shrink: float,
    perturb: float,
    init_params: Callable[[PRNGKeyArray], Params],
    optimizer: Any,
    chosen: PyTree = True,
    tau: float = 0.1,
) -> Intervention:
    r"""At every check, $\theta \leftarrow \lambda \theta + \gamma \theta'$ with fresh $\theta'$.

    The paper's noise is Gaussian; here, as in its code and in what followed it, it is a freshly
    initialised network times `perturb`, so that every layer gets noise of its own scale. The
    paper then trains a new model from there, so the optimizer forgets its moments of what was
    perturbed. How often, and which layers, it leaves to the training loop.

    Args:
      shrink: lambda; 1 keeps the weights, 0 drops them.
      perturb: gamma; 1 - lambda interpolates between the old network and a fresh one.
      init_params: key -> a freshly initialised tree of all parameters.
      optimizer: the optax transformation that `opt_state` belongs to.
      chosen: which parameters, all by default; see `reset_parameters`.
      tau: threshold of Definition 3.1, for the state's record only.

    Reference:
      Ash and Adams 2020, "On warm-starting neural network training", arXiv 1910.08475;
      D'Oro et al. 2023 and Schwarzer et al. 2023 use it between resets.
    """
    shapes = jax.eval_shape(init_params, jax.random.key(0))
    find_memory(optimizer, shapes)
    chosen_parameters(chosen, shapes)

    def update(key, params, opt_state, observed, state):
        state = record(as_observed(observed).activations, tau, state)

        def mixed(key):
            fresh = init_params(key)
            check_like_parameters(fresh, params)
            return jax.tree.map(lambda old, new: shrink * old + perturb * new, params, fresh)

        params, opt_state = reset_parameters(key, params, opt_state, chosen, mixed, optimizer)
        return params, opt_state, state

    return Intervention(init, update)
