"""A normal distribution squashed into the box of actions by a hyperbolic tangent."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

# Haarnoja et al. clip the logarithm of the standard deviation to this range; TF-Agents, with
# which the paper's runs were made, leaves it free, where it can overflow.
LOG_STD_RANGE = (-20.0, 2.0)


def sample(
    outputs: Float[Array, "batch twice_the_actions"], key: PRNGKeyArray
) -> tuple[Float[Array, "batch actions"], Float[Array, " batch"]]:
    r"""Actions in (-1, 1) and the logarithm of their density.

    With $u \sim N(\mu, \sigma)$ and $a = \tanh u$, the density of a is that of u over
    $\prod (1 - a^2)$. Its logarithm is taken as $2 (\log 2 - u - softplus(-2u))$, which does not
    lose its digits where $a$ is close to 1.

    Args:
      outputs: of the actor's network: means, then logarithms of standard deviations.
      key: of the draw.

    Reference:
      Haarnoja et al. 2018, "Soft Actor-Critic Algorithms and Applications", Appendix C.
    """
    mean, log_std = jnp.split(outputs, 2, axis=-1)
    log_std = jnp.clip(log_std, *LOG_STD_RANGE)
    noise = jax.random.normal(key, mean.shape)
    unsquashed = mean + jnp.exp(log_std) * noise
    log_normal = -0.5 * noise**2 - log_std - 0.5 * jnp.log(2 * jnp.pi)
    log_slope = 2 * (jnp.log(2.0) - unsquashed - jax.nn.softplus(-2 * unsquashed))
    return jnp.tanh(unsquashed), jnp.sum(log_normal - log_slope, axis=-1)


def mode(outputs: Float[Array, "batch twice_the_actions"]) -> Float[Array, "batch actions"]:
    """The squashed mean: what evaluations play."""
    return jnp.tanh(jnp.split(outputs, 2, axis=-1)[0])
