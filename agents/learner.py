"""What a kind of run computes: the seam between the training loop and an agent.

Everything here is a pure function of one run's state, and all randomness comes from keys that
follow from its seed, so that runs which differ in their seeds only share one learner. How the
functions are compiled, for one run or for a fleet, is the business of `agents.fleet`; when they
are called, the loop's.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from flax import struct
import jax
from jaxtyping import PRNGKeyArray, PyTree
import numpy as np

# Of policies that have no schedule: they explore as they are.
_ALWAYS = np.ones(1, np.float32)


@struct.dataclass
class LearnerState:
    """What training changes, and what a snapshot holds.

    Attributes:
      agent: the agent's own state.
      intervention: an `InterventionState`; an empty dictionary where nothing intervenes.
    """

    agent: PyTree
    intervention: PyTree


class Measured(NamedTuple):
    """What a network does on a probe batch.

    Attributes:
      metrics: name -> ().
      neurons: hidden layer -> column -> (neurons,); see `agents.measuring.measure_network`.
    """

    metrics: dict[str, jax.Array]
    neurons: dict[str, dict[str, jax.Array]]


class Learner(NamedTuple):
    """Attributes:

    init: key -> state.
    update: (agent's state, batch) -> agent's state, metrics; one gradient step.
    measure: (agent's state, probe batch) -> `Measured`.
    layers: hidden layers in order of depth.
    intervene: (key, state, probe batch, gradient_step) -> state, metrics; None where nothing
      intervenes.
    act: (key, agent's state, observation, epsilon, agent_step, num_actions) -> action; None
      where nothing is played. Random actions are among the first `num_actions`.
    refresh: agent's state -> agent's state, after every `refresh_period_gradient_steps`, for
      instance a copy of the target network; None where nothing of that kind is done. It is no
      part of `update`, because a condition in a vectorised function computes both its sides.
    epsilons: (steps,) float32 for `act` while training, by agent step; the last holds ever after.
      A table, because the device has no float64 to compute the same float32 with.
    """

    init: Callable[[PRNGKeyArray], LearnerState]
    update: Callable[[Any, Any], tuple[Any, dict[str, jax.Array]]]
    measure: Callable[[Any, Any], Measured]
    layers: tuple[str, ...]
    intervene: Callable[..., tuple[LearnerState, dict[str, jax.Array]]] | None = None
    act: Callable[..., jax.Array] | None = None
    refresh: Callable[[Any], Any] | None = None
    refresh_period_gradient_steps: int = 1
    epsilons: np.ndarray = _ALWAYS
