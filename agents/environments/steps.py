"""What environments return, whatever is played."""

from typing import NamedTuple

import numpy as np


class Steps(NamedTuple):
    """What one agent step returned to each member of a fleet.

    Attributes:
      observations: (members, ...) what the next action is chosen on, which after the end of an
        episode is the start of the next one; of Atari games (members, stack, height, width)
        uint8, newest frame last.
      rewards: (members,) the game's raw score differences; clipping is the learner's business.
      terminal: (members,) bool; the game ended with this action.
      truncated: (members,) bool; the episode reached its time limit, and its value does not
        end here.
      reached: (members, ...) the observations that the actions led to, also where an episode
        ended; None where nobody asks for them, because frames of a next episode are no part of
        a transition.
      life_lost: (members,) bool; a life was lost and ends the learner's episode, but not the
        game. False where the task does not ask for it, and where there are no lives.
    """

    observations: np.ndarray
    rewards: np.ndarray
    terminal: np.ndarray
    truncated: np.ndarray
    reached: np.ndarray | None = None
    life_lost: np.ndarray | np.bool_ = np.False_
