r"""How far the dormant neurons of now are the dormant neurons of before (paper, Figure 5).

The paper plots the overlap coefficient $|X \cap Y| / \min(|X|, |Y|)$ between the dormant
set $X$ of now and a "historical" set $Y$ that it does not define. Four readings are offered
in `OVERLAPS`; each maps a history of dormant masks to one curve.

The default is "consecutive", by elimination against the published curve:

- With $Y$ = all neurons dormant at any earlier time ("union"), nearly every $X$ lies inside
  $Y$ after a few records and the curve would sit near 100 %. The published one falls to
  25-28 %.
- $|X|$ over the number of ever-dormant neurons ("ever_dormant_share") can only rise when
  $|X|$ rises. The published overlap rises from 41 to 52 % (DemonAttack, 40k to 250k gradient
  steps) while the published dormant share falls from about 13 to 4 %.
- A curve between consecutive records has its first point at the second record, and indeed
  Figure 5 starts at 40k gradient steps where Figure 2 starts at 20k.

The official code also compares consecutive records, but divides by the earlier set
("official"); the default keeps the paper's minimum.
"""

from collections.abc import Callable, Sequence

import numpy as np

from dormancy._types import Array, Bool, Float

Mask = Bool[Array | np.ndarray, "*lead neurons"]
History = Bool[Array | np.ndarray, "records neurons"] | Sequence[Bool[np.ndarray, " neurons"]]
Curve = Float[np.ndarray, " records"]


def _count(mask):
    return mask.__array_namespace__().sum(mask, axis=-1)


def _ratio(part, whole):
    """part / whole, NaN where whole is 0: an empty set has no overlap to speak of."""
    xp = whole.__array_namespace__()
    return xp.where(whole == 0, xp.nan, part / xp.where(whole == 0, 1, whole))


def overlap_coefficient(x: Mask, y: Mask) -> Float[Array | np.ndarray, "*lead"]:
    r"""Overlap (Szymkiewicz-Simpson) coefficient $|X \cap Y| / \min(|X|, |Y|)$.

    Args:
      x: mask of one set, neurons last.
      y: mask of the other one.

    Returns:
      Value between 0 and 1, NaN where either set is empty.

    Examples:
      >>> x, y = np.array([True, True, False]), np.array([True, False, False])
      >>> float(overlap_coefficient(x, y))
      1.0

    Reference:
      Sokar et al. 2023, Section 3 (Figure 5).
    """
    xp = x.__array_namespace__()
    return _ratio(_count(x & y), xp.minimum(_count(x), _count(y)))


def chance_overlap(x: Mask, y: Mask) -> Float[Array | np.ndarray, "*lead"]:
    """Expected overlap coefficient of two independent random sets as large as `x` and `y`.

    Of min(|X|, |Y|) neurons each falls into the larger set with probability
    max(|X|, |Y|) / H, which is therefore the expected value.

    Returns:
      Value between 0 and 1, NaN where either set is empty.
    """
    xp = x.__array_namespace__()
    larger, smaller = xp.maximum(_count(x), _count(y)), xp.minimum(_count(x), _count(y))
    return xp.where(smaller == 0, xp.nan, larger / x.shape[-1])


def _after_first(curve) -> Curve:
    """Prepends the NaN of the first record, which has no predecessor."""
    return np.concatenate([[np.nan], np.asarray(curve, np.float64)])


def _records(history: History) -> Bool[np.ndarray, "records neurons"]:
    history = np.asarray(history)
    if history.dtype != bool or history.ndim != 2:
        raise ValueError(
            "A history holds a mask of booleans for every record, (records, neurons); this has "
            f"shape {history.shape} and holds {history.dtype}. Of scores, dormant_mask makes masks."
        )
    return history


def consecutive_overlap(history: History) -> Curve:
    """Overlap coefficient of each record's dormant set with that of the record before.

    Args:
      history: (records, neurons) dormant masks of one layer, or a list of them.

    Returns:
      (records,) values between 0 and 1; NaN at the first, and where a set is empty.

    Raises:
      ValueError: the history holds something else than masks.
    """
    history = _records(history)
    return _after_first(overlap_coefficient(history[1:], history[:-1]))


def official_overlap(history: History) -> Curve:
    """Share of the record before's dormant set that is dormant still (google/dopamine code)."""
    history = _records(history)
    return _after_first(_ratio(_count(history[1:] & history[:-1]), _count(history[:-1])))


def union_overlap(history: History) -> Curve:
    """Overlap coefficient with all neurons dormant at any earlier record (the literal text)."""
    history = _records(history)
    ever = np.logical_or.accumulate(history, axis=0)
    return _after_first(overlap_coefficient(history[1:], ever[:-1]))


def ever_dormant_share(history: History) -> Curve:
    """Dormant now over dormant at any record so far, this one included."""
    history = _records(history)
    ever = np.logical_or.accumulate(history, axis=0)
    curve = _ratio(_count(history), _count(ever)).astype(np.float64)
    curve[:1] = np.nan
    return curve


OVERLAPS: dict[str, Callable[[History], Curve]] = {
    "consecutive": consecutive_overlap,
    "official": official_overlap,
    "union": union_overlap,
    "ever_dormant_share": ever_dormant_share,
}
DEFAULT_OVERLAP = "consecutive"
