"""Targets brought to mean 0 and variance 1 over a fixed batch."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

# Smaller spreads than this are those of constants.
_SMALLEST_SPREAD = 1e-6


class Scale(NamedTuple):
    """Of values, for each of them if they are several.

    Attributes:
      mean, spread: (1, ...) over the batch; the latter is the standard deviation.
    """

    mean: Float[Array, "1 ..."]
    spread: Float[Array, "1 ..."]

    def standardise(self, values: Float[Array, "..."]) -> Float[Array, "..."]:
        """Values on a scale on which those of the fixed batch have mean 0 and variance 1."""
        return (values - self.mean) / self.spread

    def restore(self, values: Float[Array, "..."]) -> Float[Array, "..."]:
        """Inverse of `standardise`."""
        return values * self.spread + self.mean


def scale_over(values: Float[Array, "batch ..."]) -> Scale:
    """The scale of these values."""
    spread = jnp.maximum(values.std(axis=0, keepdims=True), _SMALLEST_SPREAD)
    return Scale(values.mean(axis=0, keepdims=True), spread)
