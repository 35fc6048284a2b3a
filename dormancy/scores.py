"""From recorded activations to neuron scores and dormant masks (paper, Definition 3.1).

A *neuron* is a unit of a dense layer or a channel of a convolution; it is always the last
axis. All functions work on numpy and JAX arrays alike; those of scores broadcast over leading
axes (training steps, seeds).

A score compares a neuron with its layer. Where a layer's average is not finite there is nothing
to compare with: all its scores are NaN, none of its neurons is called dormant, and its share of
dormant neurons is NaN as well (`dormancy.shares`).
"""

from collections.abc import Mapping

import numpy as np

from dormancy._checks import check_activations, check_threshold
from dormancy._types import Array, Bool, Float


def mean_abs_activation(
    activation: Float[Array | np.ndarray, "batch *space neurons"], subtract_mean: bool = False
) -> Float[Array | np.ndarray, " neurons"]:
    r"""Mean absolute activation of every neuron, $E_{x \in D} |h_i(x)|$.

    The numerator of Equation 1. A convolution's channel is averaged over the batch and all
    positions, so one channel counts as one neuron.

    Args:
      activation: post-activation values on a batch of inputs, neurons last.
      subtract_mean: measure every neuron's deviation from its own mean instead,
        $E |h_i - E h_i|$, so that a neuron which always says the same counts as silent. Off
        in the paper; `sub_mean_score` of google/dopamine `labs/redo`.

    Returns:
      One non-negative value a neuron, in float32 also where the activations are in half
      precision, whose rounding would move neurons over a threshold.

    Examples:
      >>> import jax.numpy as jnp
      >>> mean_abs_activation(jnp.array([[1.0, -2.0], [3.0, 0.0]])).tolist()
      [2.0, 1.0]

    Reference:
      Sokar et al. 2023, Equation 1.
    """
    xp = activation.__array_namespace__()
    samples = tuple(range(activation.ndim - 1))
    activation = activation.astype(np.promote_types(activation.dtype, np.float32))
    if subtract_mean:
        activation = activation - _mean(activation, samples, keepdims=True)
    return _mean(xp.abs(activation), samples)


def _mean(values, axes: tuple[int, ...], keepdims: bool = False):
    xp = values.__array_namespace__()
    if xp is np and values.dtype == np.float32:
        # NumPy adds rows one after the other: in float32, a per cent is lost over two million.
        mean = np.mean(values, axis=axes, keepdims=keepdims, dtype=np.float64)
        return mean.astype(np.float32)
    return xp.mean(values, axis=axes, keepdims=keepdims)


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
      Scores of the same shape, in float32 at least; all 0 where the whole layer is silent, all
      NaN where its average is not finite (one NaN, or one infinite neuron).

    Examples:
      >>> neuron_scores(np.array([3.0, 1.0, 0.0, 0.0])).tolist()
      [3.0, 1.0, 0.0, 0.0]

    Reference:
      Sokar et al. 2023, Equation 1.
    """
    xp = mean_abs.__array_namespace__()
    mean_abs = mean_abs.astype(np.promote_types(mean_abs.dtype, np.float32))
    average = xp.mean(mean_abs, axis=-1, keepdims=True) + epsilon
    comparable = xp.isfinite(average) & (average != 0)
    scores = mean_abs / xp.where(comparable, average, 1)
    return xp.where(comparable, scores, xp.where(average == 0, 0, xp.nan).astype(scores.dtype))


def dormant_mask(
    scores: Float[Array | np.ndarray, "*lead neurons"], tau: float
) -> Bool[Array | np.ndarray, "*lead neurons"]:
    """True for tau-dormant neurons: score at most `tau` (inclusive, so tau = 0 is meaningful).

    A neuron without a score (NaN) is not called dormant. It is not called healthy either: take
    shares from `dormant_share`, which is NaN there.

    Raises:
      ValueError: `tau` is below 0, where no score is, or no number.

    Examples:
      >>> dormant_mask(np.array([1.9, 0.1, 0.0]), tau=0.1).tolist()
      [False, True, True]

    Reference:
      Sokar et al. 2023, Definition 3.1. The paper analyses with tau = 0 and recycles with
      0.025 (replay ratio 0.25) or 0.1 (otherwise).
    """
    check_threshold(tau)
    return scores <= tau


def score_layers(
    activations: Mapping[str, Float[Array | np.ndarray, "..."]],
    epsilon: float = 0.0,
    subtract_mean: bool = False,
) -> dict[str, Float[Array | np.ndarray, " _"]]:
    """Scores of several layers at once.

    Args:
      activations: layer name -> activations, neurons last.
      epsilon: see `neuron_scores`.
      subtract_mean: see `mean_abs_activation`.

    Returns:
      Layer name -> (neurons,) scores.

    Raises:
      ValueError: `activations` is not a flat dictionary of arrays.

    Examples:
      >>> score_layers({"hidden": np.array([[4.0, 0.0], [2.0, 0.0]])})["hidden"].tolist()
      [2.0, 0.0]
    """
    expected = "Scores are taken of {layer name: activations, neurons last}"
    check_activations(expected, activations, ValueError)
    return {
        name: neuron_scores(mean_abs_activation(value, subtract_mean), epsilon)
        for name, value in activations.items()
    }
