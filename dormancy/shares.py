"""Which share of the neurons is dormant: per layer, and pooled as the paper reports it.

`layer_shares` and `pooled_share` count any set of neurons. `dormant_share` and
`dormant_shares` start from scores, and know when there is no answer: the share of a layer with
a score that is not finite is NaN, and so is a pooled share that it is part of.
"""

from collections.abc import Mapping

import numpy as np

from dormancy._types import Array, Bool, Float
from dormancy.scores import dormant_mask

Masks = Mapping[str, Bool[Array | np.ndarray, "..."]]
Scores = Mapping[str, Float[Array | np.ndarray, "..."]]
Shares = Float[Array | np.ndarray | np.floating, "..."]


def _count(mask):
    return mask.__array_namespace__().sum(mask, axis=-1, dtype=np.int32)


def layer_shares(masks: Masks) -> dict[str, Shares]:
    """Share of every layer's neurons that a mask marks.

    Args:
      masks: layer name -> (..., neurons) mask.

    Returns:
      Layer name -> (...) share between 0 and 1.
    """
    return {name: _count(mask) / mask.shape[-1] for name, mask in masks.items()}


def pooled_share(masks: Masks) -> Shares:
    """Marked neurons of all layers over neurons of all layers.

    This is not the average of the layers' shares: a layer counts by its number of neurons.

    Args:
      masks: layer name -> (..., neurons) mask; leading axes agree.

    Returns:
      (...) share between 0 and 1.

    Raises:
      ValueError: no layers.

    Examples:
      >>> float(pooled_share({"a": np.array([True]), "b": np.array([False, False, True])}))
      0.5
    """
    if not masks:
        raise ValueError("A pooled share needs at least one layer.")
    marked = sum(_count(mask) for mask in masks.values())
    return marked / sum(mask.shape[-1] for mask in masks.values())


def dormant_shares(scores: Scores, tau: float) -> dict[str, Shares]:
    """Dormant share of every layer.

    Args:
      scores: layer name -> (..., neurons) scores, of `score_layers` for instance.
      tau: threshold of Definition 3.1.

    Returns:
      Layer name -> (...) share between 0 and 1, NaN where a score is not finite.

    Examples:
      >>> scores = {"a": np.array([2.0, 0.0]), "b": np.array([np.nan, np.nan])}
      >>> {name: float(share) for name, share in dormant_shares(scores, tau=0.1).items()}
      {'a': 0.5, 'b': nan}
    """
    shares = layer_shares({name: dormant_mask(score, tau) for name, score in scores.items()})
    return {name: _nan_unless(_finite(scores[name]), share) for name, share in shares.items()}


def dormant_share(scores: Scores, tau: float) -> Shares:
    """Dormant neurons of all layers over neurons of all layers: the paper's percentage.

    Pass hidden layers only; the paper leaves the output layer out.

    Args:
      scores: layer name -> (..., neurons) scores; leading axes agree.
      tau: threshold of Definition 3.1.

    Returns:
      (...) share between 0 and 1, NaN where any layer has a score that is not finite: a
      diverged network is neither dormant nor healthy.

    Raises:
      ValueError: no layers.

    Examples:
      >>> scores = {"a": np.array([0.0]), "b": np.array([1.5, 1.45, 0.05])}
      >>> float(dormant_share(scores, tau=0.1))
      0.5

    Reference:
      Sokar et al. 2023, Definition 3.2; pooling as in google/dopamine `labs/redo` (the paper
      does not spell it out).
    """
    share = pooled_share({name: dormant_mask(score, tau) for name, score in scores.items()})
    for score in scores.values():
        share = _nan_unless(_finite(score), share)
    return share


def _finite(scores):
    xp = scores.__array_namespace__()
    return xp.all(xp.isfinite(scores), axis=-1)


def _nan_unless(finite, share):
    return finite.__array_namespace__().where(finite, share, np.nan)
