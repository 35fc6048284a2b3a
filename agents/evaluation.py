"""The evaluation phase: the greedy policy (almost) plays whole episodes, nothing is learned.

Episodes are played in several environments at a time, and which of them count must not depend on
how they went: the first ten to end, say, would be ten short ones. So every episode has a number,
given when it starts, whichever environment is free; numbers and outcomes are independent. What
counts are the first episodes by number, all of them played to their end:

- a fixed number of them, or
- as many as it takes until their lengths reach a number of agent steps, the last one being
  finished: the rule of Dopamine, for which these numbered episodes are as good as one after the
  other. Of what runs beside the last that counts nothing is used, short or long.

Both have the expected return of one episode as it is, up to the small bias of Dopamine's rule
itself, which stops at a time and not at a number.
"""

from collections.abc import Callable, Iterator, Sequence
import dataclasses
from typing import Any

import numpy as np

# Between two signs of life.
_CHUNK_AGENT_STEPS = 200


@dataclasses.dataclass(frozen=True)
class Rule:
    """Which episodes of a phase count, see the module's docstring.

    Attributes:
      agent_steps: which their lengths reach together; where `episodes` is None.
      episodes: how many; None follows `agent_steps`.
    """

    agent_steps: int
    episodes: int | None = None

    def count(self, lengths: Sequence[int]) -> int | None:
        """How many episodes count, by those that are known in order of their numbers.

        Args:
          lengths: agent steps of the first episodes, all finished.

        Returns:
          None if more of them have to be finished.
        """
        if self.episodes is not None:
            return self.episodes if len(lengths) >= self.episodes else None
        reached = np.flatnonzero(np.cumsum(lengths) >= self.agent_steps)
        return int(reached[0]) + 1 if len(reached) else None


class _Phase:
    """The episodes of one member.

    Args:
      environments: that it plays in.
      rule: which episodes count.
    """

    def __init__(self, environments: int, rule: Rule):
        self._rule = rule
        self._numbers = np.arange(environments)  # of the episodes that are running
        self._started = environments
        self._scores, self._lengths = np.zeros(environments), np.zeros(environments, int)
        self._finished: dict[int, tuple[float, int]] = {}

    def step(self, rewards: np.ndarray, ended: np.ndarray) -> None:
        """Notes an agent step of each environment."""
        self._scores += rewards
        self._lengths += 1
        for index in np.flatnonzero(ended):
            outcome = float(self._scores[index]), int(self._lengths[index])
            self._finished[int(self._numbers[index])] = outcome
            self._scores[index], self._lengths[index] = 0.0, 0
            self._numbers[index] = self._started
            self._started += 1

    def returns(self) -> list[float] | None:
        """Those of the episodes that count; None as long as one of them is not finished."""
        first = []
        while len(first) in self._finished:
            first.append(self._finished[len(first)])
        count = self._rule.count([length for _, length in first])
        return None if count is None else [score for score, _ in first[:count]]


def evaluate(
    environments: Any,
    seeds: Sequence[Sequence[int]],
    act: Callable[[np.ndarray, int], np.ndarray],
    rule: Rule,
) -> Iterator[list[list[float]]]:
    """Undiscounted, unclipped returns of the episodes of one evaluation phase.

    Args:
      environments: all of all members, those of a member side by side; closed in the end. Each
        has a time limit for its episodes.
      seeds: (members, environments) of each.
      act: (observations (members, environments, ...), agent steps played) -> (members,
        environments) actions.
      rule: which episodes count.

    Yields:
      Often, for each member a list without returns; at last, with them in order of number.
    """
    members, width = len(seeds), len(seeds[0])
    observations = environments.reset([seed for own in seeds for seed in own])
    phases, results, played = [_Phase(width, rule) for _ in seeds], [None] * members, 0
    while any(result is None for result in results):
        actions = act(observations.reshape(members, width, *observations.shape[1:]), played)
        steps = environments.step(actions.reshape(members * width, *actions.shape[2:]))
        observations, played = steps.observations, played + 1
        ended = (steps.terminal | steps.truncated).reshape(members, width)
        rewards = steps.rewards.reshape(members, width)
        for member, phase in enumerate(phases):
            phase.step(rewards[member], ended[member])
            if results[member] is None and ended[member].any():
                results[member] = phase.returns()
        if played % _CHUNK_AGENT_STEPS == 0:
            yield [[] for _ in phases]
    environments.close()
    yield results
