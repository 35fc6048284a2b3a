"""Norms of features and weights, which grow while a network loses its plasticity."""

import jax
import jax.numpy as jnp
import numpy as np

from dormancy._types import Array, Float, PyTree


def feature_norm(features: Float[Array, "*lead samples neurons"]) -> Float[Array, "*lead"]:
    r"""Mean Euclidean norm of the feature vectors, $E_x \|\phi(x)\|_2$.

    Args:
      features: activations of one layer, a row for every sample.

    Examples:
      >>> float(feature_norm(jnp.array([[3.0, 4.0], [0.0, 1.0]])))
      3.0

    Reference:
      Moalla et al. 2024, arXiv 2405.00662 (their growth before the collapse of PPO).
    """
    dtype = jnp.promote_types(features.dtype, jnp.float32)
    return jnp.mean(jnp.linalg.norm(features.astype(dtype), axis=-1), axis=-1)


def weight_norm(params: PyTree) -> Float[Array, ""]:
    r"""Euclidean norm of all parameters together, $\|\theta\|_2$.

    Args:
      params: a tree of arrays; a part of the network's tree for a part of the network.

    Examples:
      >>> float(weight_norm({"kernel": jnp.array([[3.0]]), "bias": jnp.array([4.0])}))
      5.0

    Reference:
      Lyle et al. 2024, "Disentangling the causes of plasticity loss", arXiv 2402.18762.
    """
    return jnp.sqrt(_sum_of_squares(params))


def weight_rms(params: PyTree) -> Float[Array, ""]:
    """Root mean square of all parameters together, which networks of any size can share.

    Examples:
      >>> round(float(weight_rms({"w": jnp.array([3.0, 4.0])})), 4)
      3.5355
    """
    entries = sum(int(np.prod(leaf.shape)) for leaf in jax.tree.leaves(params))
    return jnp.sqrt(_sum_of_squares(params) / max(entries, 1))


def distance_from_init(params: PyTree, initial: PyTree) -> Float[Array, ""]:
    r"""How far training has moved the parameters, $\|\theta - \theta_0\|_2$.

    Args:
      params: a tree of arrays.
      initial: the same tree when training began.

    Examples:
      >>> float(distance_from_init({"w": jnp.array([4.0, 4.0])}, {"w": jnp.array([1.0, 0.0])}))
      5.0

    Reference:
      Kumar et al. 2023, "Maintaining plasticity via regenerative regularization",
      arXiv 2308.11958, keeps it small.
    """
    return weight_norm(jax.tree.map(_difference, params, initial))


def _difference(a, b):
    dtype = jnp.promote_types(a.dtype, jnp.float32)
    return a.astype(dtype) - b.astype(dtype)


def _sum_of_squares(tree: PyTree) -> Float[Array, ""]:
    def of(leaf):
        leaf = jnp.asarray(leaf)
        return jnp.sum(leaf.astype(jnp.promote_types(leaf.dtype, jnp.float32)) ** 2)

    return sum((of(leaf) for leaf in jax.tree.leaves(tree)), jnp.zeros(()))
