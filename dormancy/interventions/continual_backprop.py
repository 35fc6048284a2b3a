"""Continual backprop: a trickle of replacements of the least useful neurons."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from dormancy._checks import check_layers
from dormancy._types import PRNGKeyArray
from dormancy.interventions.base import (
    Intervention,
    InterventionState,
    Params,
    as_observed,
    init,
    record,
)
from dormancy.selection import places
from dormancy.surgery.moments import find_memory
from dormancy.surgery.recycle import RecycleOptions, recycle
from dormancy.utility import UtilityKind, utilities
from dormancy.wiring import Wiring


def continual_backprop(
    wiring: Wiring,
    init_params: Callable[[PRNGKeyArray], Params],
    optimizer: Any,
    replacement_rate: float,
    maturity: int = 100,
    decay: float = 0.99,
    utility: UtilityKind = "contribution",
    options: RecycleOptions = RecycleOptions(),
    tau: float = 0.1,
) -> Intervention:
    r"""Replaces a small share of each layer's mature neurons, the least useful ones first.

    At every check and in every layer: ages grow by 1; utilities are averaged over time,
    $u \leftarrow \eta u + (1 - \eta) u_{now}$, and compared as $u / (1 - \eta^{age})$; the number
    of neurons older than `maturity`, times `replacement_rate`, is added to an account, and for
    every whole neuron in it the mature neuron of lowest utility is recycled, with age and
    utility 0 from there.

    The paper checks after every gradient step, so its rates and ages are per gradient step; here
    they are per check. Its first version corrects for the mean activation with an average over
    time where "adaptable_contribution" takes the mean of the batch, and moves the mean
    contribution of a replaced neuron into the biases of its readers, which is left out.

    Args:
      wiring: from `derive_wiring`.
      init_params: key -> a freshly initialised tree of all parameters.
      optimizer: the optax transformation that `opt_state` belongs to.
      replacement_rate: rho, share of the mature neurons that is replaced a check (1e-4 in the
        paper's reinforcement learning).
      maturity: m, checks during which a neuron is safe (100 on images, 1e4 in reinforcement
        learning).
      decay: eta of the average.
      utility: which utility is averaged; the default is that of Dohare et al. 2024.
      options: see `recycle`.
      tau: threshold of Definition 3.1, for the state's record only.

    Returns:
      An intervention whose memory holds, by layer, the averaged "utility" and "age" in checks of
      every neuron, and the "account" of replacements due.

    Reference:
      Dohare et al. 2024, "Loss of plasticity in deep continual learning", Nature 632,
      Algorithm 1; Dohare et al. 2021, arXiv 2108.06325.
    """
    find_memory(optimizer, wiring.parameters)

    def start(activations) -> InterventionState:
        check_layers(activations, wiring.recyclable, "the wiring")
        sizes = {name: activations[name].shape[-1] for name in wiring.recyclable}
        memory = {
            "utility": {n: jnp.zeros(size, jnp.float32) for n, size in sizes.items()},
            "age": {n: jnp.zeros(size, jnp.int32) for n, size in sizes.items()},
            "account": {n: jnp.zeros((), jnp.float32) for n in sizes},
        }
        return init(activations)._replace(memory=memory)

    def update(key, params, opt_state, observed, state):
        activations = as_observed(observed).activations
        state = record(activations, tau, state)
        chosen, memory = {}, {"utility": {}, "age": {}, "account": {}}
        for name, now in utilities(activations, params, wiring, utility).items():
            before = {what: state.memory[what][name] for what in memory}
            finite = jnp.isfinite(now).all()
            age = before["age"] + 1
            average = decay * before["utility"] + (1 - decay) * now
            mature = age > maturity
            account = before["account"] + replacement_rate * mature.sum()
            due = jnp.minimum(jnp.floor(account), mature.sum())
            compared = jnp.where(mature, average / (1 - decay**age), jnp.inf)
            replaced = (places(compared) < due) & finite
            after = {
                "utility": jnp.where(replaced, 0, average),
                "age": jnp.where(replaced, 0, age),
                "account": account - due,
            }
            chosen[name] = replaced
            # A batch that is not finite is as if it had not been seen.
            for what, value in after.items():
                kept = jnp.where(finite, value, before[what])
                memory[what][name] = kept.astype(before[what].dtype)
        params, opt_state = recycle(
            key, params, opt_state, chosen, wiring, init_params, optimizer, options
        )
        recycled = {**state.recycled, **chosen}
        return params, opt_state, state._replace(recycled=recycled, memory=memory)

    return Intervention(start, update)
