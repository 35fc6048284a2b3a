"""The dueling Q-network of DrQ(epsilon): a value, and an advantage for each action."""

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float, Real

from agents.networks.activations import Activation
from agents.networks.convolution import Convolution
from agents.networks.torso import Activations, nature_torso


class DuelingHead(nn.Module):
    """Linear value and advantages: q = v + a - mean(a) (Wang et al. 2016, Equation 9).

    Attributes:
      num_actions: outputs.
    """

    num_actions: int

    @nn.compact
    def __call__(self, hidden: Float[Array, "batch units"]) -> Float[Array, "batch actions"]:
        """Action values."""
        initializer = nn.initializers.xavier_uniform()
        advantages = nn.Dense(self.num_actions, kernel_init=initializer, name="advantage")(hidden)
        value = nn.Dense(1, kernel_init=initializer, name="value")(hidden)
        return value + advantages - jnp.mean(advantages, axis=-1, keepdims=True)


class DuelingNetwork(nn.Module):
    """`nature_torso` and a `DuelingHead`, both streams reading the one dense layer.

    As Dopamine's full Rainbow network with dueling only, which the paper's DrQ(epsilon) uses.
    The official percentage of dormant neurons counts the outputs of the two linear heads as
    neurons; here, as in all other networks, only hidden ones are recorded.

    Attributes:
      num_actions, width, activation, convolution: as in `NatureNetwork`.
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
        return DuelingHead(self.num_actions, name="head")(hidden), activations
