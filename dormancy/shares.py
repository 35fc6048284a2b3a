"""Which share of the neurons is dormant: per layer, and pooled as the paper reports it."""

from collections.abc import Mapping

from jaxtyping import Array, Bool, Float
import numpy as np

Masks = Mapping[str, Bool[Array | np.ndarray, "..."]]
Shares = Float[Array | np.ndarray | np.floating, "..."]


def _count(mask):
    return mask.__array_namespace__().sum(mask, axis=-1, dtype=np.int32)


def layer_shares(masks: Masks) -> dict[str, Shares]:
    """Dormant share of every layer.

    Args:
      masks: layer name -> (..., neurons) dormant mask.

    Returns:
      Layer name -> (...) share between 0 and 1.
    """
    return {name: _count(mask) / mask.shape[-1] for name, mask in masks.items()}


def pooled_share(masks: Masks) -> Shares:
    """Dormant neurons of all layers over neurons of all layers: the paper's percentage.

    This is not the average of the layers' shares: a layer counts by its number of neurons.
    Pass hidden layers only; the paper leaves the output layer out.

    Args:
      masks: layer name -> (..., neurons) dormant mask; leading axes agree.

    Returns:
      (...) share between 0 and 1.

    Raises:
      ValueError: no layers.

    Example:
      >>> float(pooled_share({"a": np.array([True]), "b": np.array([False, False, True])}))
      0.5

    Reference:
      google/dopamine `labs/redo` (the paper does not spell the pooling out).
    """
    if not masks:
        raise ValueError("pooled_share needs at least one layer.")
    dormant = sum(_count(mask) for mask in masks.values())
    return dormant / sum(mask.shape[-1] for mask in masks.values())
