"""The nonlinearities that a network can be built with."""

from collections.abc import Callable
from typing import Literal

import flax.linen as nn
from jaxtyping import Array

Activation = Literal["relu", "leaky_relu"]

# The slope of the leaky one is the paper's (Appendix C.1, Figure 21), and flax's default.
ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": nn.relu,
    "leaky_relu": nn.leaky_relu,
}
