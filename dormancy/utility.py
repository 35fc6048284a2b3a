"""How useful a neuron is: its activation weighed with its weights (continual backprop)."""

from collections.abc import Mapping
from typing import Literal

import jax
import jax.numpy as jnp

from dormancy._checks import check_activations, check_choice, check_layers
from dormancy._types import Array, Float, PyTree
from dormancy.per_neuron import neuron_sums
from dormancy.scores import mean_abs_activation
from dormancy.wiring import Wiring

UtilityKind = Literal["contribution", "adaptable_contribution"]


def utilities(
    activations: Mapping[str, Float[Array, "..."]],
    params: PyTree,
    wiring: Wiring,
    kind: UtilityKind = "adaptable_contribution",
) -> dict[str, Float[Array, " _"]]:
    r"""Utility of every neuron on one batch; what Dohare et al. average over time.

    With $h_i$ the activation of neuron $i$:

    - "adaptable_contribution": $E|h_i - E h_i| \sum_k |w^{out}_{ik}| / \sum_j |w^{in}_{ji}|$,
      what the neuron contributes to its readers beyond a constant that their biases could take
      over, times how fast it can still change (Dohare et al. 2021, 2108.06325). The official
      code of ReDo uses it for its scheduled variant ("cbp").
    - "contribution": $E|h_i| \sum_k |w^{out}_{ik}|$ (Dohare et al. 2024, Nature 632, Eq. 1).

    Args:
      activations: layer name -> activations, neurons last.
      params: the parameters that they come from.
      wiring: from `derive_wiring`.
      kind: which definition.

    Returns:
      Layer name -> (neurons,) utilities for every recyclable layer; not normalised, so they
      are compared within a layer only. Not finite where something they are made of is not. A
      neuron without incoming weights says the same always and has "adaptable_contribution" 0.

    Raises:
      ValueError: `activations` is not a flat dictionary of arrays, or lacks a layer.

    Examples:
      >>> from dormancy.wiring import derive_wiring
      >>> def apply(p, x):
      ...     h = jnp.maximum(x @ p["w"], 0)
      ...     return h @ p["v"], {"hidden": h}
      >>> p = {"w": jnp.array([[2.0, 1.0]]), "v": jnp.array([[3.0], [-4.0]])}
      >>> x = jnp.array([[0.0], [1.0]])
      >>> wiring = derive_wiring(apply, p, x)
      >>> utilities(apply(p, x)[1], p, wiring)["hidden"].tolist()
      [1.5, 2.0]
    """
    check_choice("kind", kind, UtilityKind)
    expected = "Utilities are taken of {layer name: activations, neurons last}"
    check_activations(expected, activations, ValueError)
    check_layers(activations, wiring.recyclable, "the wiring")
    magnitudes = jax.tree.map(jnp.abs, params)
    outgoing = neuron_sums(magnitudes, wiring, "outgoing")
    found = {}
    for name in wiring.recyclable:
        activity = mean_abs_activation(activations[name], kind == "adaptable_contribution")
        found[name] = activity * outgoing[name]
    if kind == "contribution":
        return found
    incoming = neuron_sums(magnitudes, wiring, "incoming")
    return {
        name: jnp.where(incoming[name] == 0, 0, contribution)
        / jnp.where(incoming[name] == 0, 1, incoming[name])
        for name, contribution in found.items()
    }
