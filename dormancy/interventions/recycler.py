"""Re-initialising neurons that a selection chooses; ReDo and ReGraMa are two of them."""

from collections.abc import Callable
from typing import Any

import jax

from dormancy._types import PRNGKeyArray
from dormancy.criteria import Seen, by_gradient
from dormancy.gradients import INACTIVE_GRADIENT
from dormancy.interventions.base import Intervention, Params, as_observed, init, record
from dormancy.selection import Selection, below
from dormancy.surgery.moments import find_memory
from dormancy.surgery.recycle import RecycleOptions, recycle
from dormancy.wiring import Wiring


def recycler(
    select: Selection,
    wiring: Wiring,
    init_params: Callable[[PRNGKeyArray], Params],
    optimizer: Any,
    options: RecycleOptions = RecycleOptions(),
    tau: float = 0.1,
) -> Intervention:
    """Recycles the selected neurons at every check.

    Args:
      select: which neurons; see `dormancy.selection`.
      wiring: from `derive_wiring`.
      init_params: key -> a freshly initialised tree of all parameters.
      optimizer: the optax transformation that `opt_state` belongs to.
      options: deviations from the paper, by name.
      tau: threshold of Definition 3.1, for the state's record only.

    Returns:
      An intervention whose state's `recycled` holds what the last check re-initialised.

    Example: the lowest tenth of every layer at the first check, fewer at each of the next
    2,500, chosen by continual backprop's utility (a line of the paper's Figure 25).

        recycler(lowest(cosine_fraction(0.1, end=2_500), by_utility()), wiring, ...)
    """
    find_memory(optimizer, wiring.parameters)

    def update(key, params, opt_state, observed, state):
        observed = as_observed(observed)
        state = record(observed.activations, tau, state)
        seen = Seen(params, observed.activations, observed.gradients, wiring, state.step)
        chosen = select.choose(jax.random.fold_in(key, 1), seen)
        params, opt_state = recycle(
            key, params, opt_state, chosen, wiring, init_params, optimizer, options
        )
        return params, opt_state, state._replace(recycled={**state.recycled, **chosen})

    return Intervention(init, update, select.needs_gradients)


def redo(
    tau: float,
    wiring: Wiring,
    init_params: Callable[[PRNGKeyArray], Params],
    optimizer: Any,
    options: RecycleOptions = RecycleOptions(),
) -> Intervention:
    """ReDo: recycles every tau-dormant neuron at every check.

    Incoming weights are drawn anew by the network's own initialiser, outgoing weights are
    set to zero, and the optimizer forgets its moments of both (see `recycle`).

    Args:
      tau: threshold of Definition 3.1; 0 leaves the outputs on the probe inputs unchanged,
        unless the wiring was derived with `exact=False`.
      wiring: from `derive_wiring`.
      init_params: key -> a freshly initialised tree of all parameters.
      optimizer: the optax transformation that `opt_state` belongs to.
      options: deviations from the paper, by name.

    Returns:
      An intervention whose state's `recycled` holds what the last check re-initialised.

    Reference:
      Sokar et al. 2023, Algorithm 1.
    """
    return recycler(below(tau), wiring, init_params, optimizer, options, tau)


def regrama(
    wiring: Wiring,
    init_params: Callable[[PRNGKeyArray], Params],
    optimizer: Any,
    threshold: float = INACTIVE_GRADIENT,
    options: RecycleOptions = RecycleOptions(),
    tau: float = 0.1,
) -> Intervention:
    """ReGraMa: recycles every neuron whose incoming weights hardly get a gradient.

    `observed` must hold the gradients of the loss on a batch. What is done to the neurons is
    what ReDo does. Which batch, and how the network's parts share a threshold, is the training
    loop's choice; the paper checks every 1,000 gradient steps.

    Args:
      wiring: see `redo`.
      init_params: see `redo`.
      optimizer: see `redo`.
      options: see `redo`.
      threshold: a neuron is inactive if its gradient score is at most this.
      tau: threshold of Definition 3.1, for the state's record only.

    Reference:
      Liu et al. 2025, arXiv 2505.24061.
    """
    select = below(threshold, by_gradient())
    return recycler(select, wiring, init_params, optimizer, options, tau)
