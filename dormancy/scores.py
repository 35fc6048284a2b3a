"""From recorded activations to neuron scores and dormant masks (paper, Definition 3.1).

A *neuron* is a unit of a dense layer or a channel of a convolution; it is always the last
axis. Functions of scores work on numpy and JAX arrays alike and broadcast over leading axes
(training steps, seeds).
"""

from collections.abc import Mapping

from jaxtyping import Array, Bool, Float
import numpy as np


def mean_abs_activation(
    activation: Float[Array, "batch *space neurons"],
) -> Float[Array, " neurons"]:
    r"""Mean absolute activation of every neuron, $E_{x \in D} |h_i(x)|$.

    The numerator of Equation 1. A convolution's channel is averaged over the batch and all
    positions, so one channel counts as one neuron.

    Args:
      activation: post-activation values on a batch of inputs, neurons last.

    Returns:
      One non-negative value a neuron.

    Example:
      >>> import jax.numpy as jnp
      >>> mean_abs_activation(jnp.array([[1.0, -2.0], [3.0, 0.0]])).tolist()
      [2.0, 1.0]

    Reference:
      Sokar et al. 2023, Equation 1.
    """
    xp = activation.__array_namespace__()
    return xp.mean(xp.abs(activation), axis=tuple(range(activation.ndim - 1)))


def neuron_scores(
    mean_abs: Float[Array | np.ndarray, "*lead neurons"], epsilon: float = 0.0
) -> Float[Array | np.ndarray, "*lead neurons"]:
    r"""Score of every neuron: its mean |activation| relative to its layer's average.

    $s_i = m_i / (\frac{1}{H} \sum_k m_k)$, with $m$ from `mean_abs_activation`. The scores
    of a layer average to 1 (the paper's sentence that they sum to 1 is a slip, see
    google/dopamine#209) and do not change when all activations are scaled.

    Args:
      mean_abs: mean absolute activations of one layer, neurons last.
      epsilon: added to the layer's average. 0 is the definition; 1e-9 reproduces the
        official code.

    Returns:
      Scores of the same shape; all 0 where the whole layer is silent.

    Example:
      >>> neuron_scores(np.array([3.0, 1.0, 0.0, 0.0])).tolist()
      [3.0, 1.0, 0.0, 0.0]

    Reference:
      Sokar et al. 2023, Equation 1.
    """
    xp = mean_abs.__array_namespace__()
    average = xp.mean(mean_abs, axis=-1, keepdims=True) + epsilon
    silent = average == 0
    return xp.where(silent, xp.zeros_like(mean_abs), mean_abs / xp.where(silent, 1.0, average))


def dormant_mask(
    scores: Float[Array | np.ndarray, "*lead neurons"], tau: float
) -> Bool[Array | np.ndarray, "*lead neurons"]:
    """True for tau-dormant neurons: score at most `tau` (inclusive, so tau = 0 is meaningful).

    Example:
      >>> dormant_mask(np.array([1.9, 0.1, 0.0]), tau=0.1).tolist()
      [False, True, True]

    Reference:
      Sokar et al. 2023, Definition 3.1. The paper analyses with tau = 0 and recycles with
      0.025 (replay ratio 0.25) or 0.1 (otherwise).
    """
    return scores <= tau


def score_layers(
    activations: Mapping[str, Float[Array, "..."]], epsilon: float = 0.0
) -> dict[str, Float[Array, " _"]]:
    """Scores of several layers at once.

    Args:
      activations: layer name -> activations, neurons last.
      epsilon: see `neuron_scores`.

    Returns:
      Layer name -> (neurons,) scores.
    """
    return {
        name: neuron_scores(mean_abs_activation(value), epsilon)
        for name, value in activations.items()
    }
