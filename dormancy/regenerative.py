"""Regenerative regularisation: an L2 penalty towards the initial weights."""

from typing import NamedTuple

import jax
import optax

from dormancy._types import PyTree


class RegenerativeState(NamedTuple):
    """Attributes:

    initial: the parameters that training began with.
    """

    initial: PyTree


def regenerative_regularization(strength: float) -> optax.GradientTransformation:
    r"""Adds $2 \lambda (\theta - \theta_0)$, the gradient of $\lambda \|\theta - \theta_0\|_2^2$.

    Put it before the optimizer to add the penalty to the loss, as the paper does:

        optax.chain(regenerative_regularization(1e-3), optax.adam(1e-3))

    After the optimizer (and before the learning rate) it would be decoupled, as AdamW's decay is.
    Weights that an intervention re-initialises are pulled towards their new values from then on.

    Args:
      strength: lambda.

    Returns:
      A transformation that needs the parameters: `update(gradients, state, params)`.

    Examples:
      >>> import jax.numpy as jnp
      >>> pull = regenerative_regularization(0.5)
      >>> state = pull.init({"w": jnp.array([1.0, 2.0])})
      >>> updates, _ = pull.update({"w": jnp.zeros(2)}, state, {"w": jnp.array([1.0, 5.0])})
      >>> updates["w"].tolist()
      [0.0, 3.0]

    Reference:
      Kumar et al. 2023, "Maintaining plasticity in continual learning via regenerative
      regularization", arXiv 2308.11958 (L2 Init).
    """

    def init(params: PyTree) -> RegenerativeState:
        # A copy, so that the buffers of a donated state never alias.
        return RegenerativeState(jax.tree.map(lambda leaf: leaf.copy(), params))

    def update(updates: PyTree, state: RegenerativeState, params: PyTree | None = None):
        if params is None:
            raise ValueError(
                "regenerative_regularization needs the parameters: call "
                "update(gradients, state, params)."
            )
        pulled = jax.tree.map(
            lambda update, now, then: update + (2 * strength * (now - then)).astype(update.dtype),
            updates,
            params,
            state.initial,
        )
        return pulled, state

    return optax.GradientTransformation(init, update)
