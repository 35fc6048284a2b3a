"""What can be told of a network before it is trained, from the shapes of what goes through it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax

from dormancy import Wiring, derive_wiring


class Traced(NamedTuple):
    """A network and its shapes.

    Attributes:
      apply: (parameters, inputs) -> outputs, hidden layer -> activations.
      params, inputs: shapes of its arguments.
      activations: hidden layer -> shape of its activations, in order of depth.
    """

    apply: Callable[..., tuple[Any, dict[str, jax.Array]]]
    params: Any
    inputs: Any
    activations: dict[str, jax.ShapeDtypeStruct]

    @property
    def layers(self) -> tuple[str, ...]:
        """Hidden layers in order of depth."""
        return tuple(self.activations)

    def wiring(self) -> Wiring:
        """Which parameters feed a neuron, and which it feeds; derived anew at every call.

        Of residual networks only inner convolutions and dense layers can be recycled (as in the
        paper's code, which clears weights of another layer than the one that reads them, see
        tests/oracle/test_impala.py); a test says which layers of each network these are.

        Raises:
          WiringError: it cannot be told.
        """
        return derive_wiring(self.apply, self.params, self.inputs, strict=False)


def trace(
    apply: Callable[..., tuple[Any, dict[str, jax.Array]]],
    init_params: Callable[..., Any],
    inputs: Any,
) -> Traced:
    """Follows a network's shapes; nothing is computed.

    Args:
      apply: (parameters, inputs) -> outputs, hidden layer -> activations, in order of depth.
      init_params: key -> parameters.
      inputs: a batch, or its shape.
    """
    layers: list[str] = []

    def record(*arguments: Any) -> dict[str, jax.Array]:
        _, activations = apply(*arguments)
        # Here alone they are in order of depth: what JAX returns is sorted by name.
        layers.extend(activations)
        return activations

    params = jax.eval_shape(init_params, jax.random.key(0))
    shapes = jax.eval_shape(record, params, inputs)
    return Traced(apply, params, inputs, {layer: shapes[layer] for layer in layers})
