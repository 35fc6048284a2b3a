"""Which neurons something is to be done to, apart from what is done.

    below(0.1)                                   all that score at most 0.1: ReDo
    lowest(5)                                    the five that score lowest, in every layer
    lowest(0.1, by=by_utility())                 the tenth of every layer that is least useful
    lowest(cosine_fraction(0.1, end=2_500))      a share that falls from check to check
    highest(5), at_random(5)                     the controls of the paper's Figure 15

A layer with a score that is not finite has no lowest neuron: nothing is chosen from it.
"""

from collections.abc import Callable
import contextlib
import numbers
import operator
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from dormancy._checks import check_choice, check_threshold
from dormancy._types import Array, Bool, Float, Int, PRNGKeyArray
from dormancy.criteria import PAPER_CRITERION, Criterion, Seen
from dormancy.scores import dormant_mask

Masks = dict[str, Bool[Array, " _"]]
Schedule = Callable[[Int[Any, ""]], Float[Array, ""]]
Ties = Literal["exact", "threshold"]
# A number of neurons (an integer), a share (a float) or a function of the check.
Count = numbers.Real | Int[Array, ""] | Float[Array, ""] | Schedule


class Selection(NamedTuple):
    """A choice of neurons.

    Attributes:
      choose: (key, what was seen) -> (neurons,) masks of every recyclable layer.
      needs_gradients: whether it looks at gradients.
    """

    choose: Callable[[PRNGKeyArray, Seen], Masks]
    needs_gradients: bool = False


def below(threshold: float, by: Criterion = PAPER_CRITERION) -> Selection:
    """All neurons that score at most `threshold` (inclusive).

    Args:
      threshold: tau, where `by` is the paper's score.
      by: the score; the paper's by default.

    Raises:
      ValueError: `threshold` is below 0, where no score is, or no number.

    Reference:
      Sokar et al. 2023, Algorithm 1.
    """
    check_threshold(threshold)

    def choose(key, seen: Seen) -> Masks:
        del key
        scores = by.score(seen)
        return {n: dormant_mask(s, threshold) & _comparable(s) for n, s in scores.items()}

    return Selection(choose, by.needs_gradients)


def lowest(k: Count, by: Criterion = PAPER_CRITERION, ties: Ties = "exact") -> Selection:
    """The `k` lowest-scoring neurons of every layer.

    Args:
      k: how many: a number of neurons (int), a share of each layer (float), or a function of
        the check's number that returns a share, of `cosine_fraction` for instance. A share
        above 0 means at least one neuron. A traced number is taken to the nearest that is
        possible, because nobody can check it.
      by: the score.
      ties: "exact" takes k neurons, and where more are equally low chance decides; "threshold"
        takes all that score at most what the k-th scores, as the official code does, and so
        more than k where many are equally silent.

    Raises:
      ValueError: `k` is negative, or a share above 1; or there are no such `ties`.

    Reference:
      Sokar et al. 2023, Figures 15 and 25; `NeuronRecyclerScheduled` of google/dopamine
      `labs/redo`.
    """
    return _extreme(k, by, ties, sign=1)


def highest(k: Count, by: Criterion = PAPER_CRITERION, ties: Ties = "exact") -> Selection:
    """The `k` highest-scoring neurons of every layer: "inverse ReDo", the paper's control.

    Args:
      k: see `lowest`.
      by: see `lowest`.
      ties: see `lowest`.

    Reference:
      Sokar et al. 2023, Figure 15.
    """
    return _extreme(k, by, ties, sign=-1)


def at_random(k: Count, ties: Ties = "exact") -> Selection:
    """`k` neurons of every layer by chance, whatever they score: the paper's other control.

    Args:
      k: see `lowest`.
      ties: "exact" takes k neurons, "threshold" as many as `lowest` would with its "threshold", as
        the official code does, whose random choice is among shuffled scores.

    Reference:
      Sokar et al. 2023, Figure 15.
    """
    k = _checked_count(k)
    check_choice("ties", ties, Ties)

    def choose(key, seen: Seen) -> Masks:
        masks = {}
        for number, (name, scores) in enumerate(PAPER_CRITERION.score(seen).items()):
            draws = _draws(key, number, scores)
            count = jnp.sum(_lowest(scores, draws, k, ties, seen.check))
            masks[name] = places(draws) < count
        return masks

    return Selection(choose)


def cosine_fraction(rate: float, end: float) -> Schedule:
    r"""A share that falls with the checks: $f(t) = rate \cos(\frac{\pi}{2} t / end)$, then 0.

    Args:
      rate: the share at the beginning. The paper says 0.1; the code's default is 0.3.
      end: checks until it is 0 (in the official code gradient steps: its
        `reset_end_step` divided by the period between two checks).

    Reference:
      Sokar et al. 2023, Figures 15 and 25; google/dopamine `labs/redo`.
    """

    def fraction(check) -> Float[Array, ""]:
        falling = rate * jnp.cos(np.pi / 2 * jnp.asarray(check / end, jnp.float32))
        return jnp.where(jnp.asarray(check) < end, falling, 0.0)

    return fraction


def _extreme(k, by: Criterion, ties: Ties, sign: int) -> Selection:
    k = _checked_count(k)
    check_choice("ties", ties, Ties)

    def choose(key, seen: Seen) -> Masks:
        return {
            name: _lowest(sign * scores, _draws(key, number, scores), k, ties, seen.check)
            for number, (name, scores) in enumerate(by.score(seen).items())
        }

    return Selection(choose, by.needs_gradients)


def _draws(key: PRNGKeyArray, layer: int, scores: Float[Array, " neurons"]):
    """A random number for every neuron of a layer."""
    return jax.random.uniform(jax.random.fold_in(key, layer), scores.shape)


def _lowest(
    scores: Float[Array, " neurons"], draws: Float[Array, " neurons"], k, ties: Ties, check
) -> Bool[Array, " neurons"]:
    """Those with the `k` lowest scores; of equal ones, those with the lowest draws."""
    count = jnp.where(_comparable(scores), _count(k, scores.size, check), 0)
    chosen = _places(jnp.lexsort((draws, scores))) < count
    if ties == "exact":
        return chosen
    last = jnp.max(scores, where=chosen, initial=-jnp.inf)
    return (scores <= last) & (count > 0)


def _checked_count(k: Count) -> Count:
    """What was given, an integer of whatever library as Python's own."""
    if callable(k) or isinstance(k, jax.core.Tracer):
        return k
    with contextlib.suppress(TypeError):
        k = operator.index(k)
    if not 0 <= k <= (np.inf if isinstance(k, int) else 1):
        raise ValueError(
            f"k is {k}: give a number of neurons (0, 1, 2, ...), a share of each layer "
            "(a float from 0 to 1) or a function of the check that returns such a share."
        )
    return k


def _count(k: Count, neurons: int, check) -> Int[Any, ""]:
    if isinstance(k, int):
        return jnp.int32(min(k, neurons))
    if isinstance(k, jax.Array) and jnp.issubdtype(k.dtype, jnp.integer):
        return jnp.clip(k, 0, neurons).astype(jnp.int32)
    share = k(check) if callable(k) else k
    count = jnp.clip(jnp.round(neurons * jnp.asarray(share, jnp.float32)), 1, neurons)
    return jnp.where(jnp.asarray(share) > 0, count, 0).astype(jnp.int32)


def _comparable(scores: Float[Array, " neurons"]) -> Bool[Array, ""]:
    return jnp.isfinite(scores).all()


def places(scores: Float[Array, " neurons"]) -> Int[Array, " neurons"]:
    """Each neuron's place in the order of scores; of equal ones the first comes first."""
    return _places(jnp.argsort(scores, stable=True))


def _places(order: Int[Array, " neurons"]) -> Int[Array, " neurons"]:
    return jnp.zeros_like(order).at[order].set(jnp.arange(order.size, dtype=order.dtype))
