"""How many directions a layer's features span, by several definitions of a soft rank.

All of them are functions of the singular values, so that one decomposition serves them all:

    sigma = singular_values(features)          # (samples, neurons), the last hidden layer
    srank(sigma), effective_rank(sigma), stable_rank(sigma)

They work on numpy and JAX arrays alike and broadcast over leading axes (records, seeds). Features
that are not finite have rank NaN, inside and outside of jit; features that are all 0 have rank 0.
The number of samples bounds every rank: compare numbers from batches of one size only.
"""

import numpy as np

from dormancy._types import Array, Float

Features = Float[Array | np.ndarray, "*lead samples neurons"]
Spectrum = Float[Array | np.ndarray, "*lead directions"]
Rank = Float[Array | np.ndarray | np.floating, "*lead"]


def singular_values(features: Features) -> Spectrum:
    """Singular values of a feature matrix in descending order; all NaN if it is not finite.

    Args:
      features: activations of one layer, usually the last hidden one, a row for every sample.

    Returns:
      (..., min(samples, neurons)) values, in float32 at least.

    Examples:
      >>> singular_values(np.array([[3.0, 0.0], [0.0, 4.0]])).tolist()
      [4.0, 3.0]
    """
    xp = features.__array_namespace__()
    features = features.astype(np.promote_types(features.dtype, np.float32))
    finite = xp.all(xp.isfinite(features), axis=(-2, -1))[..., None]
    # numpy's decomposition raises where JAX's returns NaN.
    sigma = xp.linalg.svd(xp.where(finite[..., None], features, 0), compute_uv=False)
    return xp.where(finite, sigma, xp.nan).astype(sigma.dtype)


def srank(sigma: Spectrum, delta: float = 0.01) -> Rank:
    r"""How many of the largest singular values hold the share $1 - \delta$ of their sum.

    $\min \{k : \sum_{i \le k} \sigma_i / \sum_i \sigma_i \ge 1 - \delta\}$. Its authors call it
    effective rank, some code stable rank; `effective_rank` and `stable_rank` are the measures
    that had these names before.

    Args:
      sigma: from `singular_values`.
      delta: the share that is left out.

    Returns:
      (...) whole numbers as floats.

    Examples:
      >>> float(srank(np.array([5.0, 4.0, 0.95, 0.05])))
      3.0

    Reference:
      Kumar et al. 2021, "Implicit under-parameterization", arXiv 2010.14498.
    """
    xp = sigma.__array_namespace__()
    share = xp.cumsum(_shares(sigma), axis=-1)
    short = xp.sum(share < 1 - delta, axis=-1)
    # Rounding may keep the whole sum just below 1 - delta when delta is 0.
    rank = xp.minimum(short + 1, sigma.shape[-1]).astype(sigma.dtype)
    return _where_defined(sigma, rank)


def effective_rank(sigma: Spectrum) -> Rank:
    r"""Exponential of the entropy of the singular values' shares.

    $\exp(-\sum_i p_i \log p_i)$ with $p_i = \sigma_i / \sum_k \sigma_k$.

    Examples:
      >>> float(effective_rank(np.array([2.0, 2.0, 0.0])))
      2.0

    Reference:
      Roy and Vetterli 2007, "The effective rank".
    """
    xp = sigma.__array_namespace__()
    p = _shares(sigma)
    entropy = -xp.sum(p * xp.log(xp.where(p > 0, p, 1)), axis=-1)
    return _where_defined(sigma, xp.exp(entropy))


def stable_rank(sigma: Spectrum) -> Rank:
    r"""$\sum_i \sigma_i^2 / \sigma_1^2$, the squared Frobenius over the squared spectral norm.

    Examples:
      >>> float(stable_rank(np.array([2.0, 1.0, 1.0])))
      1.5

    Reference:
      Rudelson and Vershynin 2007, "Sampling from large matrices".
    """
    xp = sigma.__array_namespace__()
    largest = sigma[..., :1]
    relative = sigma / xp.where(largest > 0, largest, 1)
    return _where_defined(sigma, xp.sum(relative**2, axis=-1))


def feature_rank(sigma: Spectrum, samples: int, epsilon: float = 0.01) -> Rank:
    r"""How many singular values of $\Phi / \sqrt{n}$ exceed `epsilon`.

    Unlike the others it depends on the scale of the features.

    Args:
      sigma: of the features $\Phi$.
      samples: n, the number of rows of $\Phi$.
      epsilon: the smallest singular value that counts.

    Examples:
      >>> float(feature_rank(np.array([2.0, 0.03, 0.01]), samples=4))
      2.0

    Reference:
      Lyle et al. 2022, "Understanding and preventing capacity loss", arXiv 2204.09560.
    """
    xp = sigma.__array_namespace__()
    counted = xp.sum(sigma / np.sqrt(samples).astype(sigma.dtype) > epsilon, axis=-1)
    return _where_defined(sigma, counted.astype(sigma.dtype))


def _shares(sigma):
    xp = sigma.__array_namespace__()
    total = xp.sum(sigma, axis=-1, keepdims=True)
    return sigma / xp.where(total > 0, total, 1)


def _where_defined(sigma, rank):
    """`rank`, 0 where there are no features at all, NaN where they are not finite."""
    xp = sigma.__array_namespace__()
    rank = xp.where(sigma[..., 0] > 0, rank, 0)
    return xp.where(xp.isfinite(sigma[..., 0]), rank, xp.nan).astype(sigma.dtype)
