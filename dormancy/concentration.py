"""How evenly a layer's activity is spread over its neurons and inputs.

Dormancy looks at the low end of a layer's scores; dominance at the high end, and the Gini
coefficient at all of it. Works on numpy and JAX arrays alike; a value that is not finite gives NaN.
"""

import numpy as np

from dormancy._types import Array, Float

Scores = Float[Array | np.ndarray, "*lead neurons"]
Value = Float[Array | np.ndarray | np.floating, "*lead"]


def dominance(scores: Scores) -> Value:
    """Largest score of a layer: how many times its average the most active neuron reaches.

    Between 1 (all are equal) and the number of neurons (one does everything), 0 in a silent layer.

    Args:
      scores: from `neuron_scores`.

    Examples:
      >>> float(dominance(np.array([3.0, 1.0, 0.0, 0.0])))
      3.0

    Reference:
      "Dominant neurons", openreview VNV1h77UnH; Qin et al. 2024 (over-active neurons).
    """
    return scores.__array_namespace__().max(scores, axis=-1)


def top_share(activity: Scores, k: int) -> Value:
    """Share of a layer's activity that its `k` most active neurons hold.

    Args:
      activity: scores or mean absolute activations; a common factor plays no part.
      k: how many; at most the number of neurons counts.

    Returns:
      (...) value between 0 and 1, NaN in a silent layer.

    Examples:
      >>> float(top_share(np.array([3.0, 1.0, 0.0, 0.0]), k=1))
      0.75
    """
    xp = activity.__array_namespace__()
    ordered = xp.sort(activity, axis=-1)[..., ::-1]
    return _ratio(xp.sum(ordered[..., :k], axis=-1), xp.sum(activity, axis=-1))


def gini(activity: Scores) -> Value:
    r"""Gini coefficient $\sum_{ij} |x_i - x_j| / (2 H \sum_i x_i)$ of a layer's activity.

    Args:
      activity: scores or mean absolute activations; a common factor plays no part.

    Returns:
      (...) value between 0 (all are equal) and 1 - 1/H (one does everything), NaN in a silent
      layer.

    Examples:
      >>> float(gini(np.array([0.0, 0.0, 0.0, 2.0])))
      0.75

    Reference:
      Gini 1912; Hurley and Rickard 2009, "Comparing measures of sparsity".
    """
    xp = activity.__array_namespace__()
    neurons = activity.shape[-1]
    # Of the ordered values, the i-th exceeds i - 1 others and is exceeded by H - i.
    rank = xp.asarray(2 * np.arange(1, neurons + 1) - neurons - 1, activity.dtype)
    weighted = xp.sum(xp.sort(activity, axis=-1) * _expanded(rank, activity), axis=-1)
    return _ratio(weighted, neurons * xp.sum(activity, axis=-1))


def active_share(activation: Float[Array | np.ndarray, "..."]) -> Value:
    """Share of the (unit, sample) pairs that are active: activation above 0.

    For layers whose activation function is 0 or less at rest (ReLU and its relatives).

    Args:
      activation: post-activation values; positions of a convolution count as samples.

    Returns:
      () value between 0 and 1.

    Examples:
      >>> float(active_share(np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 3.0], [0.0, 0.0]])))
      0.375

    Reference:
      Ma et al. 2024, "Revisiting plasticity in visual RL" (fraction of active units),
      arXiv 2310.07418.
    """
    xp = activation.__array_namespace__()
    share = xp.mean(activation > 0, dtype=np.float32)
    return xp.where(xp.all(xp.isfinite(activation)), share, np.float32(np.nan))


def _ratio(part, whole):
    xp = whole.__array_namespace__()
    defined = xp.isfinite(whole) & (whole > 0)
    value = part / xp.where(defined, whole, 1)
    return xp.where(defined, value, xp.nan).astype(value.dtype)


def _expanded(vector, like):
    return vector.reshape((1,) * (like.ndim - 1) + vector.shape)
