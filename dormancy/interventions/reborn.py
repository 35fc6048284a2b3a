"""ReBorn: over-active neurons share their weights with dormant ones."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from dormancy._checks import check_layers, check_threshold
from dormancy._types import Array, Bool, Int, PRNGKeyArray
from dormancy.interventions.base import Intervention, Params, as_observed, init, record
from dormancy.selection import places
from dormancy.surgery.moments import find_memory
from dormancy.surgery.recycle import RecycleOptions, recycle
from dormancy.surgery.share import share_neurons
from dormancy.wiring import Wiring


def reborn(
    tau: float,
    wiring: Wiring,
    init_params: Callable[[PRNGKeyArray], Params],
    optimizer: Any,
    over_active: float = 3.0,
    most_copies: int = 5,
    scale: tuple[float, float] = (0.3, 0.8),
    options: RecycleOptions = RecycleOptions(),
) -> Intervention:
    """Turns dormant neurons into copies of over-active ones, which hand over a part of their work.

    Dormant neurons are dealt to the over-active ones of their layer in random order, at most
    `most_copies` to each (the official code picks one at random among those that have room);
    those for which there is none, and those of layers whose neurons are not interchangeable (next
    to a depthwise or grouped convolution), are recycled as ReDo does. What is done with the weights
    is said at `share_neurons`; the outputs stay as they are, up to what the dormant neurons
    contributed, in networks of ReLUs without normalisation.

    The paper applies it to the mixing networks of multi-agent value factorisation and treats
    the layers one after the other. It does not say what becomes of the optimizer's moments; here
    those of all weights that change are forgotten.

    Args:
      tau: threshold of Definition 3.1 (0.1 in the official code).
      wiring: from `derive_wiring`.
      init_params: key -> a freshly initialised tree of all parameters.
      optimizer: the optax transformation that `opt_state` belongs to.
      over_active: a neuron is over-active if its score exceeds this (3 in the official code).
      most_copies: dormant neurons that one over-active neuron can serve.
      scale: see `share_neurons`.
      options: how neurons without a source are recycled; see `recycle`.

    Returns:
      An intervention whose state's `recycled` holds all dormant neurons of the last check,
      copies or not.

    Reference:
      Qin et al. 2024, "The dormant neuron phenomenon in multi-agent reinforcement learning
      value factorization", NeurIPS 2024.
    """
    check_threshold(tau)
    find_memory(optimizer, wiring.parameters)

    def update(key, params, opt_state, observed, state):
        activations = as_observed(observed).activations
        check_layers(activations, wiring.recyclable, "the wiring")
        state = record(activations, tau, state)
        deal_key, share_key = jax.random.split(jax.random.fold_in(key, 1))
        dormant = {name: state.dormant[name] for name in wiring.recyclable}
        alone, sources = dict(dormant), {}
        for number, name in enumerate(wiring.recyclable):
            if not wiring.layers[name].interchangeable:
                continue
            # A NaN does not exceed anything.
            busy = state.scores[name] > over_active
            dealing = jax.random.fold_in(deal_key, number)
            sources[name] = _dealt(dealing, dormant[name], busy, most_copies)
            alone[name] &= sources[name] == jnp.arange(busy.size)
        params, opt_state = recycle(
            key, params, opt_state, alone, wiring, init_params, optimizer, options
        )
        params, opt_state = share_neurons(
            share_key, params, opt_state, sources, wiring, optimizer, scale
        )
        return params, opt_state, state._replace(recycled={**state.recycled, **dormant})

    return Intervention(init, update)


def _dealt(
    key: PRNGKeyArray, takers: Bool[Array, " n"], givers: Bool[Array, " n"], most: int
) -> Int[Array, " n"]:
    """For every neuron its own index, or for takers with a giver the giver's."""
    taker_key, giver_key = jax.random.split(key)
    taker_draws, giver_draws = (jax.random.uniform(k, takers.shape) for k in (taker_key, giver_key))
    turn = places(jnp.where(takers, taker_draws, jnp.inf))
    givers_in_order = jnp.argsort(jnp.where(givers, giver_draws, jnp.inf))
    number = givers.sum()
    giver = givers_in_order[turn % jnp.maximum(number, 1)]
    served = takers & (turn < most * number)
    return jnp.where(served, giver, jnp.arange(takers.size))
