"""What is done to a network besides training it, as part of a learner."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from agents.learner import LearnerState
from agents.networks.build import OUTPUT_LAYER
from agents.networks.traced import Traced
from agents.spec import InterventionSpec
from dormancy import (
    Intervention,
    InterventionState,
    Observed,
    RecycleOptions,
    Selection,
    at_random,
    below,
    by_activation,
    by_gradient,
    by_utility,
    continual_backprop,
    cosine_fraction,
    highest,
    lowest,
    prune,
    reborn,
    recycler,
    reset,
    self_normalized_resets,
    shrink_and_perturb,
    track,
)

_CRITERIA = {"activation": by_activation, "gradient": by_gradient, "utility": by_utility}


class Target(NamedTuple):
    """What an intervention works on.

    Attributes:
      network: with its shapes.
      init_params: key -> freshly initialised parameters.
      optimizer: that trains them.
    """

    network: Traced
    init_params: Callable[..., Any]
    optimizer: optax.GradientTransformation


def build_intervention(spec: InterventionSpec, target: Target) -> Intervention:
    """The intervention that a run asks for, wired to its network."""
    spec.check()
    return INTERVENTIONS[spec.kind](spec, target)


def _track(spec: InterventionSpec, target: Target) -> Intervention:
    del target
    return track(spec.tau)


def _pieces(target: Target) -> tuple[Any, ...]:
    """What all that recycle single neurons need of a network."""
    return target.network.wiring(), target.init_params, target.optimizer


def _options(spec: InterventionSpec) -> RecycleOptions:
    return RecycleOptions(
        outgoing=spec.outgoing,
        incoming_scale=1.0 if spec.incoming == "rescaled" else None,
        official_conv_to_dense=spec.official_conv_to_dense,
    )


def _redo(spec: InterventionSpec, target: Target) -> Intervention:
    return recycler(_selection(spec), *_pieces(target), _options(spec), spec.tau)


def _selection(spec: InterventionSpec) -> Selection:
    """Which neurons are recycled."""
    criterion = _CRITERIA[spec.score]()
    if spec.select == "below":
        return below(spec.tau, criterion)
    share = spec.share
    if spec.share_schedule == "cosine":
        period = spec.period_gradient_steps
        before = spec.clock_offset_gradient_steps // period
        falling = cosine_fraction(spec.share, spec.end_gradient_step / period)

        def share(check):
            return falling(check + before)

    if spec.select == "random":
        return at_random(share, spec.ties)
    return {"lowest": lowest, "highest": highest}[spec.select](share, criterion, spec.ties)


def layers_to_reset(spec: InterventionSpec, target: Target) -> dict[str, bool]:
    """Layer -> whether "reset" re-initialises its parameters."""
    chosen = dict.fromkeys(target.network.params, False) | {target.network.layers[-1]: True}
    if spec.reset_layers == "penultimate_and_output":
        chosen[OUTPUT_LAYER] = True
    elif spec.reset_layers == "all":
        chosen = dict.fromkeys(target.network.params, True)
    return chosen


def _reset(spec: InterventionSpec, target: Target) -> Intervention:
    chosen = layers_to_reset(spec, target)
    return reset(spec.tau, chosen, target.init_params, target.optimizer)


def _prune(spec: InterventionSpec, target: Target) -> Intervention:
    return prune(spec.tau, target.network.wiring(), target.optimizer)


def _shrink_and_perturb(spec: InterventionSpec, target: Target) -> Intervention:
    return shrink_and_perturb(
        spec.shrink, spec.perturb, target.init_params, target.optimizer, tau=spec.tau
    )


def _continual_backprop(spec: InterventionSpec, target: Target) -> Intervention:
    return continual_backprop(
        *_pieces(target),
        replacement_rate=spec.replacement_rate,
        maturity=spec.maturity_checks,
        options=_options(spec),
        tau=spec.tau,
    )


def _self_normalized_resets(spec: InterventionSpec, target: Target) -> Intervention:
    return self_normalized_resets(
        *_pieces(target), rejection=spec.rejection, options=_options(spec), tau=spec.tau
    )


def _reborn(spec: InterventionSpec, target: Target) -> Intervention:
    return reborn(spec.tau, *_pieces(target), over_active=spec.over_active, options=_options(spec))


# `InterventionSpec.kind` -> how it is made; a module of a user's own can add to it.
INTERVENTIONS: dict[str, Callable[[InterventionSpec, Target], Intervention]] = {
    "none": _track,
    "redo": _redo,
    "reset": _reset,
    "prune": _prune,
    "shrink_and_perturb": _shrink_and_perturb,
    "continual_backprop": _continual_backprop,
    "self_normalized_resets": _self_normalized_resets,
    "reborn": _reborn,
}


def intervene_with(
    intervention: Intervention,
    kind: str,
    observe: Callable[[Any, Any], Observed],
) -> Callable[..., tuple[LearnerState, dict[str, jax.Array]]]:
    """`Learner.intervene` for an intervention.

    Args:
      intervention: what is done.
      kind: its name in `InterventionSpec`.
      observe: (agent's state, probe batch) -> activations, and gradients of the loss where the
        intervention needs them.

    Returns:
      (key, state, probe batch, gradient_step) -> state, metrics. The agent's state is one with
      `params` and `opt_state`.
    """

    def intervene(key, state: LearnerState, batch, gradient_step):
        params, opt_state, after = intervention.update(
            jax.random.fold_in(key, gradient_step),
            state.agent.params,
            state.agent.opt_state,
            observe(state.agent, batch),
            state.intervention,
        )
        learned = state.agent.replace(params=params, opt_state=opt_state)
        return LearnerState(learned, after), count_neurons(kind, [(state.intervention, after)])

    return intervene


def count_neurons(
    kind: str, records: Sequence[tuple[InterventionState, InterventionState]]
) -> dict[str, jax.Array]:
    """What a log says about an intervention.

    Args:
      kind: its name in `InterventionSpec`.
      records: what it remembers, before and after, of each of the agent's networks.
    """
    recycled = _count([after.recycled for _, after in records])
    if kind == "prune":
        return {"pruned_neurons": recycled}
    # An intervention of one's own may note only the layers in which it recycles.
    again = [
        {layer: mask & new.dormant[layer] for layer, mask in old.recycled.items()}
        for old, new in records
    ]
    return {
        "recycled_neurons": recycled,
        "previously_recycled_neurons": _count([before.recycled for before, _ in records]),
        "redormant_neurons": _count(again),
    }


def _count(masks: Any) -> jax.Array:
    return sum(jnp.sum(mask, dtype=jnp.float32) for mask in jax.tree.leaves(masks))
