"""Replay of whole transitions: rows of numbers for agents without frames (SAC and its kin).

Every row holds both observations, so that no border between episodes has to be minded: at a
time limit the last observation is stored and bootstrapped from, and every row can be drawn.
Observations of a few hundred numbers cost little twice; frames would not, see
`agents.replay.ring`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class RowBatch(NamedTuple):
    """Sampled transitions, any leading axes.

    Attributes:
      s_tm1: (..., observation) float32 observation before the action.
      a_tm1: (..., action) float32 action.
      r_t: (...) float32 reward.
      discount_t: (...) float32 discount, or 0 if the episode ended by itself.
      s_t: (..., observation) float32 observation after the action, of the same episode.
      seed: () uint32 a batch, for what a learner draws while it learns from it; see
        `RowReplay.sample`.
    """

    s_tm1: np.ndarray
    a_tm1: np.ndarray
    r_t: np.ndarray
    discount_t: np.ndarray
    s_t: np.ndarray
    seed: np.ndarray | None = None


class RowReplay:
    """The last `capacity` transitions of each member of a fleet, added and sampled in step.

    Args:
      members: how many.
      capacity: transitions of a member.
      observation_size, action_size: numbers in an observation and in an action.
      discount: gamma.
    """

    def __init__(
        self, members: int, capacity: int, observation_size: int, action_size: int, discount: float
    ):
        self.capacity, self.added = capacity, 0  # transitions that each member ever added
        self._discount = np.float32(discount)
        shapes = {
            "observation": (observation_size,),
            "action": (action_size,),
            "reward": (),
            "next_observation": (observation_size,),
        }
        self._columns = {
            name: np.zeros((members, capacity, *shape), np.float32)
            for name, shape in shapes.items()
        } | {"terminal": np.zeros((members, capacity), bool)}

    def __len__(self) -> int:
        return min(self.added, self.capacity)

    def add(
        self,
        observations: np.ndarray,
        actions: np.ndarray,
        rewards: np.ndarray,
        next_observations: np.ndarray,
        terminal: np.ndarray,
    ) -> None:
        """Appends one transition a member.

        Args:
          observations: (members, observation) before the action.
          actions: (members, action).
          rewards: (members,).
          next_observations: (members, observation) after the action; at the end of an episode
            its last observation, not the first one of the next episode.
          terminal: (members,) bool; the episode ended by itself. A time limit is no such end.
        """
        slot = self.added % self.capacity
        new = (observations, actions, rewards, next_observations, terminal)
        for column, values in zip(self._columns.values(), new, strict=True):
            column[:, slot] = values
        self.added += 1

    def sample(self, size: tuple[int, ...], generators: Sequence[np.random.Generator]) -> RowBatch:
        """Uniform draws with replacement.

        Args:
          size: of what is drawn for each member, for instance (updates, batch).
          generators: one a member; none of them sees what another draws.

        Returns:
          Arrays with leading axes (members, *size), and without seeds: what a learner draws is
          another purpose than which transitions it gets.

        Raises:
          ValueError: there is no transition yet.
        """
        if not self.added:
            raise ValueError("No transition is in the replay.")
        slots = np.stack([each.integers(len(self), size=size) for each in generators])
        members = np.arange(len(slots)).reshape(-1, *(1,) * len(size))
        drawn = {name: column[members, slots] for name, column in self._columns.items()}
        return RowBatch(
            s_tm1=drawn["observation"],
            a_tm1=drawn["action"],
            r_t=drawn["reward"],
            discount_t=np.where(drawn["terminal"], np.float32(0), self._discount),
            s_t=drawn["next_observation"],
        )

    def actions_since(self, step: int) -> np.ndarray:
        """(steps, members, action) actions from an absolute step on, all of them still held."""
        slots = np.arange(step, self.added) % self.capacity
        return self._columns["action"][:, slots].swapaxes(0, 1)

    def since(self, member: int, step: int) -> dict[str, np.ndarray]:
        """Copies of one member's columns from absolute step `step` on, as far as it holds them.

        With them come `first_step`, the absolute step of the first copied transition, and
        `oldest_step`, that of the oldest one in memory, as of `TransitionRing.since`.
        """
        oldest = self.added - len(self)
        first = max(step, oldest)
        slots = np.arange(first, self.added) % self.capacity
        return {name: column[member, slots] for name, column in self._columns.items()} | {
            "first_step": np.array(first, np.int64),
            "oldest_step": np.array(oldest, np.int64),
        }

    def restore(self, member: int, transitions: dict[str, np.ndarray]) -> None:
        """Fills one member's empty rows with what `since` returned.

        Raises:
          ValueError: the rows have another size than this run's.
        """
        first, count = int(transitions["first_step"]), len(transitions["reward"])
        steps = np.arange(first, first + count)[-self.capacity :]
        for name, column in self._columns.items():
            rows = transitions[name][-self.capacity :]
            if rows.shape[1:] != column.shape[2:]:
                raise ValueError(f"The stored {name}s have another size than this run's.")
            column[member, steps % self.capacity] = rows
        self.added = first + count
