"""The Q-network of Mnih et al. 2015."""

import flax.linen as nn
from jaxtyping import Array, Float, Real

from agents.networks.activations import Activation
from agents.networks.convolution import Convolution
from agents.networks.torso import Activations, nature_torso


class NatureNetwork(nn.Module):
    """`nature_torso` and a linear layer of action values.

    Attributes:
      num_actions: outputs.
      width: multiplies channels and dense units, rounded up.
      activation: nonlinearity after every hidden layer.
      convolution: how convolutions are computed; changes results by rounding only.
    """

    num_actions: int
    width: float = 1.0
    activation: Activation = "relu"
    convolution: Convolution = "native"

    @nn.compact
    def __call__(
        self, observations: Real[Array, "batch height width stack"]
    ) -> tuple[Float[Array, "batch actions"], Activations]:
        """Action values, and layer name -> activations, in order of depth."""
        hidden, activations = nature_torso(
            observations, self.width, self.activation, self.convolution
        )
        initializer = nn.initializers.xavier_uniform()
        values = nn.Dense(self.num_actions, kernel_init=initializer, name="head")(hidden)
        return values, activations
