"""By which number neurons are compared when some of them are to be chosen."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dormancy._checks import check_layers
from dormancy._types import Array, Float, Int, PyTree
from dormancy.gradients import gradient_scores
from dormancy.scores import score_layers
from dormancy.utility import UtilityKind, utilities
from dormancy.wiring import Wiring

Scores = dict[str, Float[Array, " _"]]


class Seen(NamedTuple):
    """What a choice of neurons may depend on.

    Attributes:
      params: the parameters.
      activations: layer name -> activations on a probe batch, neurons last.
      gradients: of the loss on that batch, a tree like the parameters, or None.
      wiring: from `derive_wiring`; only its recyclable layers are chosen from.
      check: () int32 number of the check, 1 for the first.
    """

    params: PyTree
    activations: Mapping[str, Float[Array, "..."]]
    gradients: PyTree | None
    wiring: Wiring
    check: Int[Any, ""]


class Criterion(NamedTuple):
    """A score of neurons: the lower, the sooner a neuron is given up.

    Attributes:
      score: what was seen -> (neurons,) scores of every recyclable layer.
      needs_gradients: whether it looks at gradients.
    """

    score: Callable[[Seen], Scores]
    needs_gradients: bool = False


def by_activation(epsilon: float = 0.0, subtract_mean: bool = False) -> Criterion:
    """The paper's score; see `score_layers` for the options."""

    def score(seen: Seen) -> Scores:
        check_layers(seen.activations, seen.wiring.recyclable, "the wiring")
        recyclable = {name: seen.activations[name] for name in seen.wiring.recyclable}
        return score_layers(recyclable, epsilon, subtract_mean)

    return Criterion(score)


PAPER_CRITERION = by_activation()


def by_gradient() -> Criterion:
    """GraMa; see `gradient_scores`."""

    def score(seen: Seen) -> Scores:
        if seen.gradients is None:
            raise ValueError(
                "Neurons are to be chosen by their gradients and none were given; pass "
                "Observed(activations, gradients) to update."
            )
        return gradient_scores(seen.gradients, seen.wiring)

    return Criterion(score, needs_gradients=True)


def by_utility(kind: UtilityKind = "adaptable_contribution") -> Criterion:
    """Continual backprop's utility on one batch; see `utilities`."""

    def score(seen: Seen) -> Scores:
        return utilities(seen.activations, seen.params, seen.wiring, kind)

    return Criterion(score)
