"""Which transitions there are: a ring of actions, rewards and borders, without the frames.

Index t of the ring holds the newest frame of the observation that the agent saw at step t,
the action it took, and what came back. Every frame is stored once, elsewhere (see
`agents.replay.frames`); this module says at which places of the ring a drawn transition's
frames lie, and which of them are black because they belong to another episode, exactly as the
environment pads its first stacks.
"""

from typing import NamedTuple

import numpy as np

from agents.errors import UserError
from agents.replay.returns import returns_to_end

_AGE_LIMIT = 255  # ages are stored in a byte; nobody stacks more frames


class Places(NamedTuple):
    """Drawn transitions without their frames, any leading axes.

    Attributes:
      slots: (..., stack + n_step) int64 places of the frames in the ring.
      black: (..., stack + n_step) bool; there the frame belongs to another episode.
      a_tm1, r_t, discount_t: as in `Batch`.
    """

    slots: np.ndarray
    black: np.ndarray
    a_tm1: np.ndarray
    r_t: np.ndarray
    discount_t: np.ndarray


class Batch(NamedTuple):
    """Sampled transitions, any leading axes.

    Attributes:
      frames: (..., stack + n_step, height, width) uint8; the first `stack` frames are the
        observation at time t-1, the last `stack` the one n steps later.
      a_tm1: (...) int32 action.
      r_t: (...) float32 sum of the n discounted rewards, cut at the episode's end; with
        Monte-Carlo returns, of all rewards up to it.
      discount_t: (...) float32 discount**n, or 0 if the episode ended within the n steps; with
        Monte-Carlo returns always 0.
      seed: () uint32 a batch, for what a learner draws while it learns from it; None where it
        draws nothing.
    """

    frames: np.ndarray
    a_tm1: np.ndarray
    r_t: np.ndarray
    discount_t: np.ndarray
    seed: np.ndarray | None = None


class TransitionRing:
    """The last `capacity` transitions.

    Args:
      capacity: transitions.
      stack: frames in an observation.
      n_step: length of the return.
      discount: gamma.
      monte_carlo: hand out the return to the episode's end in place of the n-step one, and only
        transitions of which it is known: their episode has ended, and was not truncated.
    """

    def __init__(
        self, capacity: int, stack: int, n_step: int, discount: float, monte_carlo: bool = False
    ):
        if monte_carlo and n_step != 1:
            raise ValueError("Monte-Carlo returns have no number of steps; leave n_step at 1.")
        self.capacity = capacity
        self._discount = discount
        self._stack, self._n_step = stack, n_step
        self._discounts = (discount ** np.arange(n_step)).astype(np.float32)
        self._bootstrap_discount = np.float32(discount**n_step)
        self._columns = {
            "action": np.zeros(capacity, np.uint8),
            "reward": np.zeros(capacity, np.float32),
            "terminal": np.zeros(capacity, bool),
            "truncated": np.zeros(capacity, bool),
            # Steps since the episode began, so that a stack knows where to stop.
            "age": np.zeros(capacity, np.uint8),
        }
        # Follow from the columns; of an episode they are filled in when it ends.
        self._returns = np.full(capacity, np.nan, np.float32) if monte_carlo else None
        self._episode_begin = 0  # absolute step
        self.added = 0  # transitions ever added

    def __len__(self) -> int:
        return min(self.added, self.capacity)

    @property
    def unfinished_share(self) -> float:
        """Share of the transitions that are not handed out, as their return is not known."""
        return float(np.isnan(self._returns[: len(self)]).mean()) if len(self) else 0.0

    @property
    def ages(self) -> np.ndarray:
        """Steps since the episode began, of what the slots hold; see `_AGE_LIMIT`."""
        return self._columns["age"][: len(self)]

    @property
    def next_slot(self) -> int:
        """Where the next transition, and its frame, will be."""
        return self.added % self.capacity

    def append(self, action: int, reward: float, terminal: bool, truncated: bool) -> None:
        """Appends one transition; its frame belongs at what was `next_slot` before.

        Args:
          action: what was done.
          reward: what came back, clipped by the caller if it wants that.
          terminal: the episode ended with this action.
          truncated: the episode was cut after this action; the next frame is unknown, so
            no return is formed across this point.
        """
        columns, slot = self._columns, self.next_slot
        previous = (self.added - 1) % self.capacity
        begins = self.added == 0 or columns["terminal"][previous] or columns["truncated"][previous]
        if begins:
            self._episode_begin = self.added
        columns["age"][slot] = 0 if begins else min(int(columns["age"][previous]) + 1, _AGE_LIMIT)
        columns["action"][slot] = action
        columns["reward"][slot] = reward
        columns["terminal"][slot] = terminal
        columns["truncated"][slot] = truncated
        self.added += 1
        if self._returns is not None:
            self._returns[slot] = np.nan
            if terminal:
                self._fill_returns(self._episode_begin)

    def extend(self, columns: dict[str, np.ndarray]) -> np.ndarray:
        """Appends many transitions that are followed by a border.

        Args:
          columns: action, reward, terminal, truncated and age (n,), n at most the capacity.

        Returns:
          (n,) slots where their frames belong.
        """
        slots = np.arange(self.added, self.added + len(columns["action"])) % self.capacity
        for name, column in self._columns.items():
            column[slots] = columns[name]
        self.added += len(slots)
        if len(slots):
            self.cut_episode()
        self._fill_returns(self.added - len(slots))
        return slots

    def cut_episode(self) -> None:
        """Marks the newest transition as truncated: what is added next is another episode."""
        newest = (self.added - 1) % self.capacity
        self._columns["truncated"][newest] = ~self._columns["terminal"][newest]

    def usable(self, steps: np.ndarray) -> np.ndarray:
        """Which absolute steps start a whole n-step transition inside the ring."""
        columns = self._columns
        history = np.minimum(columns["age"][steps % self.capacity], self._stack - 1)
        usable = steps - history >= self.added - len(self)
        if self._returns is not None:
            return usable & np.isfinite(self._returns[steps % self.capacity])
        running = np.ones(steps.shape, bool)  # the episode has not ended before step k
        for k in range(self._n_step):
            slots = (steps + k) % self.capacity
            known = steps + k < self.added
            usable &= ~running | (known & ~columns["truncated"][slots])
            running &= ~columns["terminal"][slots]
        # Without an end within n steps, the frame n steps later must have been stored.
        return usable & (~running | (steps + self._n_step < self.added))

    def draw(self, size: tuple[int, ...], generator: np.random.Generator) -> Places:
        """Uniform draws with replacement over all usable transitions.

        Args:
          size: of what is drawn, for instance (updates, batch).
          generator: decides all of them.

        Returns:
          Arrays with leading axes `size`.

        Raises:
          UserError: the ring holds no usable transition; with Monte-Carlo returns, because no
            episode has ended.
        """
        oldest, end = self.added - len(self), max(self.added, 1)
        steps = generator.integers(oldest, end, size=size)
        for _ in range(1_000):
            unusable = ~self.usable(steps)
            if not unusable.any():
                return self.locate(steps)
            steps[unusable] = generator.integers(oldest, end, size=np.count_nonzero(unusable))
        # So few are usable that looking through all of them is quicker.
        known = np.arange(oldest, end)
        known = known[self.usable(known)]
        if len(known):
            return self.locate(generator.choice(known, size=size))
        raise self._none_usable()

    def latest(self, size: int) -> Places:
        """The newest usable transitions, again from the first of them if there are too few.

        Raises:
          UserError: there are none.
        """
        # Few of the newest are usable where returns are known only once an episode has ended.
        looked_through = 2 * size + self._n_step
        while True:
            looked_through = min(looked_through, len(self))
            steps = np.arange(self.added - looked_through, self.added)
            steps = steps[self.usable(steps)][-size:]
            if len(steps) == size or looked_through == len(self):
                break
            looked_through *= 2
        if not len(steps):
            raise self._none_usable()
        return self.locate(np.resize(steps, size))

    def _none_usable(self) -> UserError:
        if self._returns is not None:
            return UserError(
                f"Of the {len(self)} transitions in the replay none belongs to an episode that has "
                "ended, so that no Monte-Carlo return is known; raise min_replay_agent_steps, or "
                "agent_steps_per_iteration, at whose end the running episode is cut."
            )
        return UserError(
            f"None of the {len(self)} transitions in the replay can be learned from: a stack of "
            f"{self._stack} frames up to each and {self._n_step} steps from it on must be known; "
            "raise min_replay_agent_steps and replay_capacity_transitions."
        )

    def locate(self, steps: np.ndarray) -> Places:
        """The transitions that start at these usable steps."""
        columns, stack, n = self._columns, self._stack, self._n_step
        slots = steps % self.capacity
        ahead = (steps[..., None] + np.arange(n)) % self.capacity
        terminal = columns["terminal"][ahead]
        ended_before = np.cumsum(terminal, axis=-1) - terminal > 0
        rewards = np.where(ended_before, 0, columns["reward"][ahead])
        ended = terminal.any(axis=-1)

        offsets = np.arange(1 - stack, n + 1)
        # Black where a frame belongs to an earlier or a later episode than step t.
        black = offsets < -columns["age"][slots].astype(np.int64)[..., None]
        black[..., stack:] = ended[..., None]
        returns = (rewards * self._discounts).sum(axis=-1, dtype=np.float32)
        discounts = np.where(ended, np.float32(0), self._bootstrap_discount)
        if self._returns is not None:
            returns, discounts = self._returns[slots], np.zeros_like(discounts)
        return Places(
            slots=(steps[..., None] + offsets) % self.capacity,
            black=black,
            a_tm1=columns["action"][slots].astype(np.int32),
            r_t=returns,
            discount_t=discounts,
        )

    def continues(self, steps: np.ndarray) -> np.ndarray:
        """Of which of these usable steps the next step is a usable one of the same episode."""
        following = np.minimum(steps + 1, self.added - 1)
        return ~self._columns["terminal"][steps % self.capacity] & self.usable(following)

    def actions_since(self, step: int) -> np.ndarray:
        """(steps,) int32 actions from an absolute step on, all of them still held."""
        slots = np.arange(step, self.added) % self.capacity
        return self._columns["action"][slots].astype(np.int32)

    def since(self, step: int) -> dict[str, np.ndarray]:
        """Copies of all columns from absolute step `step` on, as far as the ring holds them.

        With them come `first_step`, the absolute step of the first copied transition, and
        `oldest_step`, that of the oldest one in the ring.
        """
        oldest = self.added - len(self)
        first = max(step, oldest)
        slots = np.arange(first, self.added) % self.capacity
        return {name: column[slots] for name, column in self._columns.items()} | {
            "first_step": np.array(first, np.int64),
            "oldest_step": np.array(oldest, np.int64),
        }

    def restore(self, transitions: dict[str, np.ndarray]) -> np.ndarray:
        """Fills an empty ring with what `since` returned.

        Returns:
          The steps that it holds now, ascending, as absolute steps; step t is in slot
          t modulo the capacity.
        """
        first, count = int(transitions["first_step"]), len(transitions["action"])
        steps = np.arange(first, first + count)[-self.capacity :]
        for name, column in self._columns.items():
            column[steps % self.capacity] = transitions[name][-self.capacity :]
        self.added = first + count
        ended = transitions["terminal"] | transitions["truncated"]
        self._episode_begin = first + int(np.flatnonzero(ended).max(initial=-1)) + 1
        self._fill_returns(first)
        return steps

    def _fill_returns(self, begin: int) -> None:
        """Computes the returns of all episodes that begin at or after an absolute step."""
        if self._returns is None:
            return
        slots = np.arange(max(begin, self.added - len(self)), self.added) % self.capacity
        columns = (self._columns[name][slots] for name in ("reward", "terminal", "truncated"))
        self._returns[slots] = returns_to_end(*columns, self._discount)
