"""Fully connected networks for observations that are vectors."""

from collections.abc import Sequence
import math

import flax.linen as nn
from jaxtyping import Array, Float

from agents.networks.torso import Activations

HIDDEN_UNITS = (256, 256)


class MLP(nn.Module):
    """ReLU layers and a linear one; Glorot uniform kernels and zero biases, as Keras has them.

    Attributes:
      outputs: of the linear layer.
      width: multiplies the hidden units, rounded down to at least one (paper, Table 6).
      hidden_units: of each hidden layer at width 1.
    """

    outputs: int
    width: float = 1.0
    hidden_units: Sequence[int] = HIDDEN_UNITS

    @nn.compact
    def __call__(
        self, inputs: Float[Array, "batch features"]
    ) -> tuple[Float[Array, "batch outputs"], Activations]:
        """Outputs, and layer name -> activations, in order of depth."""
        initializer = nn.initializers.glorot_uniform()
        hidden, activations = inputs, {}
        for index, units in enumerate(self.hidden_units):
            name, scaled = f"Dense_{index}", max(1, math.floor(units * self.width))
            hidden = nn.relu(nn.Dense(scaled, kernel_init=initializer, name=name)(hidden))
            activations[name] = hidden
        return nn.Dense(self.outputs, kernel_init=initializer, name="head")(hidden), activations
