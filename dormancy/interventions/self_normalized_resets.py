"""Self-normalised resets: each neuron is judged by its own habits."""

from collections.abc import Callable
import math
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
from dormancy.surgery.moments import find_memory
from dormancy.surgery.recycle import RecycleOptions, recycle
from dormancy.wiring import Wiring


def self_normalized_resets(
    wiring: Wiring,
    init_params: Callable[[PRNGKeyArray], Params],
    optimizer: Any,
    rejection: float = 0.01,
    threshold_period: int = 100,
    first_threshold: int = 100,
    expansion: float = 2.0,
    options: RecycleOptions = RecycleOptions(),
    tau: float = 0.1,
) -> Intervention:
    r"""Recycles a neuron once it has been silent for longer than its own past makes plausible.

    A neuron fires at a check if it puts out more than 0 on any input of the batch. Silences are
    counted in checks. Every `threshold_period` checks each neuron's threshold becomes the
    $1 - \eta$ quantile of its silences since the last time, taken as exponentially distributed
    ($\ln(1 / \eta)$ times their mean), if that is below the present threshold; otherwise the
    present threshold is multiplied by `expansion`. A neuron that has been silent for at least its
    threshold is recycled.

    The paper states the test, $P(A \ge a) \le \eta$ for the time $A$ between two firings, and
    leaves open how the distribution is estimated. Its code has a histogram of a neuron's silences
    for small networks and the exponential fit for large ones; this is the fit, which needs two
    numbers a neuron. Its thresholds are updated at random times, here at regular ones.

    Args:
      wiring: from `derive_wiring`.
      init_params: key -> a freshly initialised tree of all parameters.
      optimizer: the optax transformation that `opt_state` belongs to.
      rejection: eta, how improbable a silence must be; above 0 and below 1.
      threshold_period: checks between two updates of the thresholds.
      first_threshold: the threshold in checks before the first update.
      expansion: factor for thresholds that turn out too short.
      options: see `recycle`.
      tau: threshold of Definition 3.1, for the state's record only.

    Returns:
      An intervention whose memory holds, by layer and for every neuron, its "silence" (checks
      since it last fired), its "threshold", and the "sum" and "count" of its past silences.

    Raises:
      ValueError: `rejection` is out of bounds.

    Reference:
      Farias and Jozefiak 2025, "Self-normalized resets for plasticity in continual learning",
      arXiv 2410.20098.
    """
    find_memory(optimizer, wiring.parameters)
    if not 0 < rejection < 1:
        raise ValueError(f"rejection is {rejection!r}; it has to be above 0 and below 1.")
    quantile = math.log(1 / rejection)

    def start(activations) -> InterventionState:
        check_layers(activations, wiring.recyclable, "the wiring")
        sizes = {name: activations[name].shape[-1] for name in wiring.recyclable}

        def filled(value, dtype):
            return {name: jnp.full(size, value, dtype) for name, size in sizes.items()}

        memory = {
            "silence": filled(0, jnp.int32),
            "threshold": filled(first_threshold, jnp.float32),
            # One silence of one check, so that there always is a mean.
            "sum": filled(1, jnp.float32),
            "count": filled(1, jnp.float32),
        }
        return init(activations)._replace(memory=memory)

    def update(key, params, opt_state, observed, state):
        activations = as_observed(observed).activations
        state = record(activations, tau, state)
        renew = state.step % threshold_period == 0
        chosen, memory = {}, {"silence": {}, "threshold": {}, "sum": {}, "count": {}}
        for name in wiring.recyclable:
            activation = activations[name]
            before = {what: state.memory[what][name] for what in memory}
            fires = (activation > 0).any(axis=tuple(range(activation.ndim - 1)))
            finite = jnp.isfinite(activation).all()
            silence = jnp.where(fires, 0, before["silence"] + 1)
            recycled = (silence >= before["threshold"]) & finite
            ends = fires | recycled
            total = before["sum"] + jnp.where(ends, before["silence"] + 1, 0)
            count = before["count"] + ends
            fitted = jnp.ceil(quantile * total / count)
            expanded = jnp.ceil(expansion * before["threshold"])
            renewed = jnp.where(fitted < before["threshold"], fitted, expanded)
            after = {
                "silence": jnp.where(recycled, 0, silence),
                "threshold": jnp.where(renew, renewed, before["threshold"]),
                "sum": jnp.where(renew, 1, total),
                "count": jnp.where(renew, 1, count),
            }
            chosen[name] = recycled
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
