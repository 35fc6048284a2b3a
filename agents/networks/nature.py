"""Q-networks. Each returns its values together with the activations of its hidden layers.

Returning the post-activations makes recording them free where nobody asks for them (XLA
drops unused outputs) and needs no side channel.
"""

import math

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float, UInt8

from agents.networks.convolution import CONVOLUTIONS, Convolution
from agents.spec import NetworkSpec

# features, kernel side, stride
_NATURE_CONVOLUTIONS = ((32, 8, 4), (64, 4, 2), (64, 3, 1))
_NATURE_DENSE_UNITS = 512
OUTPUT_LAYER = "head"


class NatureNetwork(nn.Module):
    """Convolutional Q-network of Mnih et al. 2015, as the paper's code builds it.

    SAME padding (84 -> 21 -> 11 -> 11, so the dense layer reads 7,744 values), Xavier
    uniform kernels, zero biases, 672 hidden neurons at width 1.

    Attributes:
      num_actions: outputs.
      width: multiplies channels and dense units, rounded up.
      convolution: how convolutions are computed; changes results by rounding only.
    """

    num_actions: int
    width: float = 1.0
    convolution: Convolution = "native"

    @nn.compact
    def __call__(
        self, observations: UInt8[Array, "batch height width stack"]
    ) -> tuple[Float[Array, "batch actions"], dict[str, Float[Array, "..."]]]:
        """Action values, and layer name -> post-ReLU activations, in order of depth."""
        initializer = nn.initializers.xavier_uniform()
        activations = {}
        hidden = observations.astype(jnp.float32) / 255.0
        for index, (features, side, stride) in enumerate(_NATURE_CONVOLUTIONS):
            name = f"Conv_{index}"
            hidden = nn.relu(
                nn.Conv(
                    math.ceil(features * self.width),
                    (side, side),
                    (stride, stride),
                    padding="SAME",
                    kernel_init=initializer,
                    conv_general_dilated=CONVOLUTIONS[self.convolution],
                    name=name,
                )(hidden)
            )
            activations[name] = hidden
        hidden = hidden.reshape(hidden.shape[0], -1)
        units = math.ceil(_NATURE_DENSE_UNITS * self.width)
        hidden = nn.relu(nn.Dense(units, kernel_init=initializer, name="Dense_0")(hidden))
        activations["Dense_0"] = hidden
        values = nn.Dense(self.num_actions, kernel_init=initializer, name=OUTPUT_LAYER)(hidden)
        return values, activations


def build_network(
    spec: NetworkSpec, num_actions: int, convolution: Convolution = "native"
) -> nn.Module:
    """The network that a run's spec asks for.

    Args:
      spec: which.
      num_actions: outputs.
      convolution: how convolutions are computed; changes results by rounding only.
    """
    return NatureNetwork(num_actions=num_actions, width=spec.width, convolution=convolution)
