"""What a training loop tells its consumer, in order of time."""

from collections.abc import Callable
import dataclasses
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Progress:
    """A sign of life, often.

    Attributes:
      agent_step, gradient_step: when.
      diverged: whether something that was measured since the last log is no number.
    """

    agent_step: int
    gradient_step: int
    diverged: bool = False


@dataclasses.dataclass(frozen=True)
class Border(Progress):
    """A moment between two groups of updates, at which a run can be interrupted.

    Attributes:
      snapshot: everything needed to go on from here; to be called before the next event is
        asked for. A fleet is resumed from the same moment of all its members.
    """

    snapshot: Callable[[], "Snapshot"] | None = None


@dataclasses.dataclass(frozen=True)
class Log:
    """Measurements at one moment.

    Attributes:
      agent_step, gradient_step: when.
      metrics: name -> value; "name/layer" for values of one layer.
      neurons: hidden layer -> column -> (neurons,) float32, in order of depth; empty where
        only metrics were measured. The columns are those of `agents.measuring`; not every
        layer has all.
    """

    agent_step: int
    gradient_step: int
    metrics: dict[str, float]
    neurons: dict[str, dict[str, np.ndarray]]


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """Everything needed to go on, at the end of an iteration or from a `Border`.

    Attributes:
      agent_step, gradient_step: when.
      state: nested dictionary of numpy arrays.
      transitions: columns of the transitions added since the previous snapshot (see
        `TransitionRing.since`); to resume, of all that the ring held.
    """

    agent_step: int
    gradient_step: int
    state: dict[str, Any]
    transitions: dict[str, np.ndarray]


Event = Progress | Log | Snapshot
