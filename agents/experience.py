"""What runs learn from, as the training loop asks for it: a kind of run supplies its own."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from agents.randomness import Purpose


class Moment(NamedTuple):
    """How far runs are."""

    agent_step: int
    gradient_step: int


class Experience:
    """What the members of a fleet learn from. The base learns from data that are there.

    Attributes:
      plays: whether agent steps are counted by `play`; without an environment, gradient steps
        stand in for them.
    """

    plays = False

    @property
    def can_be_interrupted(self) -> bool:
        """Whether `begin` can go on in the middle of an iteration."""
        return True

    def restore(self, member: int, transitions: dict[str, np.ndarray]) -> None:
        """Takes back what a snapshot of a member held, in the order of the members."""

    def begin(self, iteration: int) -> None:
        """Prepares for an iteration, or for the rest of one that was interrupted."""

    def play(self, state: Any, agent_step: int, end: int) -> tuple[int, list[tuple[int, float]]]:
        """Plays until the next group of updates is due, or the iteration ends.

        Args:
          state: of the fleet.
          agent_step: where the members are.
          end: agent step at which the iteration ends.

        Returns:
          The agent step that is reached, and members with the returns of finished episodes.
        """
        del state, end
        return agent_step, []

    def updates_due(self, now: Moment, end: int) -> int:
        """How many gradient steps follow now; none but before learning starts.

        Args:
          now: where the members are.
          end: agent step at which the iteration ends.
        """
        raise NotImplementedError

    def draw(self, steps: range) -> Any:
        """Batches for these gradient steps: a tree with leading axes (members, updates)."""
        raise NotImplementedError

    def probe(self, size: int, purpose: Purpose, gradient_step: int) -> Any:
        """A batch for measuring or for an intervention: a tree with a leading axis of members."""
        raise NotImplementedError

    def further_probes(self, size: int, gradient_step: int) -> dict[str, Any]:
        """Other inputs to score the network on at a log: source -> batch, as of `probe`."""
        del size, gradient_step
        return {}

    def describe(self, member: int, now: Moment) -> dict[str, float]:
        """Metrics of a member's experience itself, for a log."""
        del member, now
        return {}

    def end(self) -> None:
        """Cleans up after an iteration."""

    def evaluate(self, state: Any, iteration: int) -> Iterator[list[list[float]]]:
        """Plays without learning.

        Args:
          state: of the fleet.
          iteration: that has just ended.

        Yields:
          Often, for each member the returns of the episodes that have ended since. Nothing
          where there is nothing to play.
        """
        del state, iteration
        return iter(())

    def transitions(self, member: int) -> dict[str, np.ndarray]:
        """What a member's snapshot has to hold to be resumed, since the last one."""
        del member
        return {}
