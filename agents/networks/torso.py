"""The convolutions and the dense layer that Nature and dueling networks have in common."""

import math

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float, Real

from agents.networks.activations import ACTIVATIONS, Activation
from agents.networks.convolution import CONVOLUTIONS, Convolution

Activations = dict[str, Float[Array, "..."]]

# features, kernel side, stride
_CONVOLUTIONS = ((32, 8, 4), (64, 4, 2), (64, 3, 1))
_DENSE_UNITS = 512


def nature_torso(
    observations: Real[Array, "batch height width stack"],
    width: float,
    activation: Activation,
    convolution: Convolution,
) -> tuple[Float[Array, "batch units"], Activations]:
    """Hidden layers of Mnih et al. 2015 as the paper's code builds them, inside a flax module.

    SAME padding (84 -> 21 -> 11 -> 11, so the dense layer reads 7,744 values), Xavier uniform
    kernels, zero biases, 672 neurons at width 1.

    Args:
      observations: frames, newest last; 0 to 255.
      width: multiplies channels and dense units, rounded up.
      activation: nonlinearity after every layer.
      convolution: how convolutions are computed; changes results by rounding only.

    Returns:
      The dense layer's activations, and layer name -> activations, in order of depth.
    """
    initializer, nonlinearity = nn.initializers.xavier_uniform(), ACTIVATIONS[activation]
    activations = {}
    hidden = observations.astype(jnp.float32) / 255.0
    for index, (features, side, stride) in enumerate(_CONVOLUTIONS):
        name = f"Conv_{index}"
        convolve = nn.Conv(
            math.ceil(features * width),
            (side, side),
            (stride, stride),
            padding="SAME",
            kernel_init=initializer,
            conv_general_dilated=CONVOLUTIONS[convolution],
            name=name,
        )
        hidden = activations[name] = nonlinearity(convolve(hidden))
    hidden = hidden.reshape(hidden.shape[0], -1)
    dense = nn.Dense(math.ceil(_DENSE_UNITS * width), kernel_init=initializer, name="Dense_0")
    hidden = activations["Dense_0"] = nonlinearity(dense(hidden))
    return hidden, activations
