"""Scores of neurons from gradients instead of activations (GraMa)."""

import jax
import jax.numpy as jnp

from dormancy._types import Array, Float, PyTree
from dormancy.per_neuron import neuron_means
from dormancy.scores import neuron_scores
from dormancy.wiring import Wiring

INACTIVE_GRADIENT = 0.01
"""Threshold of the gradient score in the published experiments (inclusive)."""


def mean_abs_gradients(gradients: PyTree, wiring: Wiring) -> dict[str, Float[Array, " _"]]:
    r"""Mean |gradient| of every neuron's incoming weights, $E_j |\partial L / \partial W_{ij}|$.

    Args:
      gradients: of a loss averaged over a batch, a tree like the parameters.
      wiring: from `derive_wiring`.

    Returns:
      Layer name -> (neurons,) non-negative values in float32 at least, for every recyclable layer.
      Biases are left out.

    Examples:
      >>> from dormancy.wiring import derive_wiring
      >>> def apply(p, x):
      ...     h = jnp.maximum(x @ p["w"], 0)
      ...     return h @ p["v"], {"hidden": h}
      >>> p = {"w": jnp.ones((2, 2)), "v": jnp.ones((2, 1))}
      >>> wiring = derive_wiring(apply, p, jnp.ones((1, 2)))
      >>> gradients = {"w": jnp.array([[1.0, 0.0], [-3.0, 0.0]]), "v": jnp.zeros((2, 1))}
      >>> mean_abs_gradients(gradients, wiring)["hidden"].tolist()
      [2.0, 0.0]

    Reference:
      Liu et al. 2025, arXiv 2505.24061.
    """
    return neuron_means(jax.tree.map(jnp.abs, gradients), wiring, "incoming")


def gradient_scores(gradients: PyTree, wiring: Wiring) -> dict[str, Float[Array, " _"]]:
    r"""GraMa: every neuron's mean |gradient| relative to its layer's average.

    $G_i = g_i / (\frac{1}{H} \sum_k g_k)$ with $g$ from `mean_abs_gradients`. A neuron is
    inactive if $G_i$ is at most `INACTIVE_GRADIENT`. Unlike the activation score it does not take
    a unit for healthy that is active but saturated, and it needs no assumption about what the
    activation function puts out at rest.

    The paper defines the score by the gradient magnitude of a neuron; ports of it, and this
    function, take the mean over the neuron's incoming weights of the batch's averaged gradient.

    Args:
      gradients: of a loss averaged over a batch, a tree like the parameters.
      wiring: from `derive_wiring`.

    Returns:
      Layer name -> (neurons,) scores that average to 1; all 0 in a layer without any gradient,
      all NaN in a layer with one that is not finite.

    Reference:
      Liu et al. 2025, "Measure gradients, not activations!", arXiv 2505.24061.
    """
    return {
        name: neuron_scores(values)
        for name, values in mean_abs_gradients(gradients, wiring).items()
    }
