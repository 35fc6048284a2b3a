"""Interventions on a network during training, as pairs of pure functions in optax's style.

Whatever is done to a network besides training it has one signature:

    intervention = redo(...)                       # or any other
    state = intervention.init(activations)         # shapes of recorded activations
    params, opt_state, state = intervention.update(key, params, opt_state, activations, state)

One call of `update` is one check; how many gradient steps lie between two checks is the
training loop's business. The state is a pytree of arrays: it jits, it vmaps over seeds, and
it is checkpointed with everything else.

Interventions that choose by gradients say so in `needs_gradients`; they take
`Observed(activations, gradients)` in the place of the activations, and so does every other.

Nothing is ever chosen by a score that is not finite: of a network that has diverged, an
intervention that goes by scores changes nothing.
"""

from dormancy.interventions.base import Intervention, InterventionState, Observed
from dormancy.interventions.continual_backprop import continual_backprop
from dormancy.interventions.prune import prune
from dormancy.interventions.reborn import reborn
from dormancy.interventions.recycler import recycler, redo, regrama
from dormancy.interventions.reset import reset
from dormancy.interventions.self_normalized_resets import self_normalized_resets
from dormancy.interventions.shrink_and_perturb import shrink_and_perturb
from dormancy.interventions.track import track

__all__ = [
    "Intervention",
    "InterventionState",
    "Observed",
    "continual_backprop",
    "prune",
    "reborn",
    "recycler",
    "redo",
    "regrama",
    "reset",
    "self_normalized_resets",
    "shrink_and_perturb",
    "track",
]
