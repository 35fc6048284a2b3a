"""The residual Q-network of Espeholt et al. 2018 (IMPALA), as the paper's code builds it."""

import math

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float, Real

from agents.networks.activations import ACTIVATIONS, Activation
from agents.networks.convolution import CONVOLUTIONS, Convolution
from agents.networks.torso import Activations

# Not the 16, 32, 32 of Espeholt et al. and of Dopamine's own agents.
_STACKS = (32, 64, 64)
_BLOCKS = 2
_DENSE_UNITS = 512


class ResidualStack(nn.Module):
    """A convolution, a max-pool that halves the picture, and two residual blocks.

    Four activations are recorded, under the names of the convolutions before them: the inputs
    of both blocks (`Conv_0`, `Conv_2`) and what lies between the two convolutions of each
    (`Conv_1`, `Conv_3`). Only the latter belong to one convolution alone; a block's input is a
    residual sum or is added to one, so that its neurons cannot be recycled.

    Attributes:
      channels: of every convolution.
      activation, convolution: as in `agents.networks.nature.NatureNetwork`.
    """

    channels: int
    activation: Activation
    convolution: Convolution

    @nn.compact
    def __call__(
        self, maps: Float[Array, "batch height width inputs"]
    ) -> tuple[Float[Array, "batch rows columns channels"], Activations]:
        """The sum after the last block, and convolution's name -> recorded activations."""
        nonlinearity = ACTIVATIONS[self.activation]

        def convolve(index: int, inputs: Array, initializer: nn.initializers.Initializer) -> Array:
            return nn.Conv(
                self.channels,
                (3, 3),
                padding="SAME",
                kernel_init=initializer,
                conv_general_dilated=CONVOLUTIONS[self.convolution],
                name=f"Conv_{index}",
            )(inputs)

        # Only the first convolution of a stack is Xavier uniform in the paper's code, the
        # others have flax's default.
        hidden = convolve(0, maps, nn.initializers.xavier_uniform())
        hidden = nn.max_pool(hidden, (3, 3), strides=(2, 2), padding="SAME")
        activations = {}
        for block in range(_BLOCKS):
            inner = 2 * block + 1
            entered = activations[f"Conv_{inner - 1}"] = nonlinearity(hidden)
            between = nonlinearity(convolve(inner, entered, nn.initializers.lecun_normal()))
            activations[f"Conv_{inner}"] = between
            hidden = hidden + convolve(inner + 1, between, nn.initializers.lecun_normal())
        return hidden, activations


class ImpalaNetwork(nn.Module):
    """Three residual stacks, a dense layer and a linear layer of action values.

    84 -> 42 -> 21 -> 11, so the dense layer reads 7,744 values; 1,152 recorded neurons at
    width 1, as in google/dopamine `labs/redo`.

    Attributes:
      num_actions, width, activation, convolution: as in
        `agents.networks.nature.NatureNetwork`.
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
        initializer, nonlinearity = nn.initializers.xavier_uniform(), ACTIVATIONS[self.activation]
        activations = {}
        hidden = observations.astype(jnp.float32) / 255.0
        for index, channels in enumerate(_STACKS):
            name = f"Stack_{index}"
            stack = ResidualStack(
                math.ceil(channels * self.width), self.activation, self.convolution, name=name
            )
            hidden, recorded = stack(hidden)
            activations |= {f"{name}/{layer}": values for layer, values in recorded.items()}
        hidden = nonlinearity(hidden).reshape(hidden.shape[0], -1)
        units = math.ceil(_DENSE_UNITS * self.width)
        hidden = nonlinearity(nn.Dense(units, kernel_init=initializer, name="Dense_0")(hidden))
        activations["Dense_0"] = hidden
        values = nn.Dense(self.num_actions, kernel_init=initializer, name="head")(hidden)
        return values, activations
