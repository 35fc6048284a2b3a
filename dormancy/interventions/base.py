"""The one signature of all interventions, and what every one of them records."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp

from dormancy._checks import check_activations, check_layers
from dormancy._types import Array, Bool, Float, Int, PyTree
from dormancy.scores import dormant_mask, score_layers

Activations = Mapping[str, Float[Array, "..."]]
Params = PyTree[Float[Array, "..."]]


class Observed(NamedTuple):
    """What a check sees of the network, besides its parameters.

    Where an intervention needs no gradients, the activations alone say the same.

    Attributes:
      activations: layer name -> activations on a probe batch, neurons last.
      gradients: of the loss on that batch, a tree like the parameters; None if not computed.
    """

    activations: Activations
    gradients: PyTree | None = None


class InterventionState(NamedTuple):
    """What every intervention remembers; all dictionaries map a layer to (neurons,) arrays.

    Attributes:
      step: () int32 checks done.
      scores: activation scores at the last check.
      dormant: dormant neurons at the last check.
      ever_dormant: neurons dormant at any check.
      recycled: neurons re-initialised or removed by the last check, single ones only.
      memory: what one kind of intervention remembers besides, a tree of arrays.
    """

    step: Int[Array, ""]
    scores: dict[str, Float[Array, " _"]]
    dormant: dict[str, Bool[Array, " _"]]
    ever_dormant: dict[str, Bool[Array, " _"]]
    recycled: dict[str, Bool[Array, " _"]]
    memory: PyTree = ()


class Intervention(NamedTuple):
    """A pair of pure functions; see `dormancy.interventions`.

    Attributes:
      init: activations (or their `jax.ShapeDtypeStruct`s) -> state.
      update: (key, params, opt_state, observed, state) -> (params, opt_state, state), where
        `observed` is `Observed` or the activations alone.
      needs_gradients: whether `observed` must hold gradients.
    """

    init: Callable[[Mapping[str, Any]], InterventionState]
    update: Callable[..., tuple[Params, PyTree, InterventionState]]
    needs_gradients: bool = False


def init(activations: Mapping[str, Any]) -> InterventionState:
    """The state before the first check, without a memory of its own.

    Raises:
      ValueError: `activations` is not a flat dictionary of arrays.
    """
    expected = "An intervention starts from {layer name: activations, neurons last}"
    check_activations(expected, activations, ValueError)

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


def as_observed(observed: Observed | Activations) -> Observed:
    """`observed`, also where it is the activations alone.

    Raises:
      ValueError: there is no flat dictionary of arrays in it.
    """
    observed = observed if isinstance(observed, Observed) else Observed(observed)
    expected = "An intervention looks at {layer name: activations, neurons last}"
    check_activations(expected, observed.activations, ValueError)
    return observed


def record(activations: Activations, tau: float, state: InterventionState) -> InterventionState:
    """The state after one more look at the network; nothing recycled, memory as it was.

    Raises:
      ValueError: the layers are not those that the state was made for.
    """
    check_layers(activations, state.scores, "the state")
    if len(activations) > len(state.scores):
        more = [name for name in activations if name not in state.scores]
        raise ValueError(f"The state knows nothing of {more}: give init the same layers.")
    scores = {n: s.astype(jnp.float32) for n, s in score_layers(activations).items()}
    dormant = {name: dormant_mask(score, tau) for name, score in scores.items()}
    return state._replace(
        step=state.step + 1,
        scores=scores,
        dormant=dormant,
        ever_dormant={name: state.ever_dormant[name] | mask for name, mask in dormant.items()},
        recycled={name: jnp.zeros_like(mask) for name, mask in dormant.items()},
    )
