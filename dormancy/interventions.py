"""Interventions on a network during training, as pairs of pure functions in optax's style.

Whatever is done to a network besides training it has one signature:

    intervention = redo(...)                       # or track, reset, prune
    state = intervention.init(activations)         # shapes of recorded activations
    params, opt_state, state = intervention.update(key, params, opt_state, activations, state)

One call of `update` is one check; how many gradient steps lie between two checks is the
training loop's business. The state is a pytree of arrays: it jits, it vmaps over seeds, and
it is checkpointed with everything else.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp

from dormancy._types import Array, Bool, Float, Int, PRNGKeyArray, PyTree
from dormancy.scores import dormant_mask, score_layers
from dormancy.surgery.prune import prune_neurons
from dormancy.surgery.recycle import RecycleOptions, recycle
from dormancy.surgery.reset import reset_parameters
from dormancy.wiring import Wiring

Activations = Mapping[str, Float[Array, "..."]]
Params = PyTree[Float[Array, "..."]]


class InterventionState(NamedTuple):
    """What every intervention remembers; all dictionaries map a layer to (neurons,) arrays.

    Attributes:
      step: () int32 checks done.
      scores: scores at the last check.
      dormant: dormant neurons at the last check.
      ever_dormant: neurons dormant at any check.
      recycled: neurons re-initialised or removed by the last check, single ones only.
    """

    step: Int[Array, ""]
    scores: dict[str, Float[Array, " _"]]
    dormant: dict[str, Bool[Array, " _"]]
    ever_dormant: dict[str, Bool[Array, " _"]]
    recycled: dict[str, Bool[Array, " _"]]


class Intervention(NamedTuple):
    """A pair of pure functions; see the module's docstring.

    Attributes:
      init: activations (or their `jax.ShapeDtypeStruct`s) -> state.
      update: (key, params, opt_state, activations, state) -> (params, opt_state, state).
    """

    init: Callable[[Mapping[str, Any]], InterventionState]
    update: Callable[..., tuple[Params, PyTree, InterventionState]]


def _init(activations: Mapping[str, Any]) -> InterventionState:
    def filled(value: Any, dtype: Any) -> dict[str, Array]:
        # One array a field: donated buffers must not be shared.
        return {n: jnp.full(a.shape[-1], value, dtype) for n, a in activations.items()}

    return InterventionState(
        step=jnp.zeros((), jnp.int32),
        scores=filled(0, jnp.float32),
        dormant=filled(False, bool),
        ever_dormant=filled(False, bool),
        recycled=filled(False, bool),
    )


def _observe(activations: Activations, tau: float, state: InterventionState) -> InterventionState:
    scores = score_layers(activations)
    dormant = {name: dormant_mask(score, tau) for name, score in scores.items()}
    return InterventionState(
        step=state.step + 1,
        scores=scores,
        dormant=dormant,
        ever_dormant={name: state.ever_dormant[name] | mask for name, mask in dormant.items()},
        recycled={name: jnp.zeros_like(mask) for name, mask in dormant.items()},
    )


def track(tau: float) -> Intervention:
    """Only watches: scores, dormant and ever-dormant neurons; parameters pass unchanged.

    Args:
      tau: threshold of Definition 3.1.
    """

    def update(key, params, opt_state, activations, state):
        del key
        return params, opt_state, _observe(activations, tau, state)

    return Intervention(_init, update)


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
        unless a normalisation layer couples the recycled neurons with the others.
      wiring: from `derive_wiring`.
      init_params: key -> a freshly initialised tree of all parameters.
      optimizer: the optax transformation that `opt_state` belongs to.
      options: deviations from the paper, by name.

    Returns:
      An intervention whose state's `recycled` holds what the last check re-initialised.

    Reference:
      Sokar et al. 2023, Algorithm 1.
    """

    def update(key, params, opt_state, activations, state):
        state = _observe(activations, tau, state)
        chosen = {layer: state.dormant[layer] for layer in wiring.recyclable}
        params, opt_state = recycle(
            key, params, opt_state, chosen, wiring, init_params, optimizer, options
        )
        return params, opt_state, state._replace(recycled={**state.recycled, **chosen})

    return Intervention(_init, update)


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

    Reference:
      Sokar et al. 2023, Figures 1 and 13.
    """

    def update(key, params, opt_state, activations, state):
        state = _observe(activations, tau, state)
        params, opt_state = reset_parameters(key, params, opt_state, chosen, init_params, optimizer)
        return params, opt_state, state

    return Intervention(_init, update)


def prune(tau: float, wiring: Wiring, optimizer: Any) -> Intervention:
    """Removes every tau-dormant neuron at every check, for good.

    The paper says that dormant neurons were pruned during training (Figure 6) and neither how
    nor when. Here a neuron that is dormant at a check loses all its weights (see
    `prune_neurons`), is silent from then on and therefore counts as dormant at all later checks.

    Args:
      tau: threshold of Definition 3.1. At 0 the outputs on the probe inputs stay as they are.
      wiring: from `derive_wiring`.
      optimizer: the optax transformation that `opt_state` belongs to.

    Returns:
      An intervention whose state's `recycled` holds what the last check removed.
    """

    def update(key, params, opt_state, activations, state):
        del key
        before, state = state.ever_dormant, _observe(activations, tau, state)
        removed = {layer: state.dormant[layer] for layer in wiring.recyclable}
        params, opt_state = prune_neurons(params, opt_state, removed, wiring, optimizer)
        new = {layer: mask & ~before[layer] for layer, mask in removed.items()}
        return params, opt_state, state._replace(recycled={**state.recycled, **new})

    return Intervention(_init, update)
