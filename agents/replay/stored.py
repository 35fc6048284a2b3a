"""Uniform sampling from stored transitions, a few buffers in memory at a time."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from agents.errors import UserError
from agents.replay.archive import MANIFEST, Buffers
from agents.replay.dopamine_format import DopamineBuffers
from agents.replay.frames import HostFrames
from agents.replay.ring import Batch, TransitionRing


class Draw(NamedTuple):
    """Sampled transitions and where they are stored.

    Attributes:
      batch: the transitions.
      buffers: (..., batch) int32 numbers of their buffers.
      positions: (..., batch) int32 places within them, blank entries not counted. Both together
        name a transition once and for all.
      following: the transitions one step later, where they are asked for.
      continues: (..., batch) bool; where it is False there is none in the same episode, and
        `following` repeats the transition itself.
    """

    batch: Batch
    buffers: np.ndarray
    positions: np.ndarray
    following: "Draw | None" = None
    continues: np.ndarray | None = None


class OfflineData:
    """Transitions that an agent left in `folder`, in our own form or in Dopamine's.

    See `agents.replay.archive` and `agents.replay.dopamine_format`. Rewards are clipped to
    [-1, 1], as the paper does for learning.

    Args:
      folder: where the buffers are.
      frame_size_px: side of the square frames.
      frame_stack: frames in an observation.
      n_step: length of the return.
      discount: gamma.
      buffers_in_memory: how many of the buffers `load` chooses; all if there are not as many.
      monte_carlo: returns reach to the end of the episode, see `TransitionRing`.

    Raises:
      UserError: the folder holds no buffer, or not those that a run of ours left there.
    """

    def __init__(
        self,
        folder: Path,
        *,
        frame_size_px: int,
        frame_stack: int,
        n_step: int,
        discount: float,
        buffers_in_memory: int = 5,
        monte_carlo: bool = False,
    ):
        self._folder, self._frame_size_px, self._frame_stack = folder, frame_size_px, frame_stack
        self._n_step, self._discount, self._monte_carlo = n_step, discount, monte_carlo
        listed = (folder / MANIFEST).exists()
        self._stored = Buffers(folder) if listed else DopamineBuffers(folder, n_step)
        numbers = self._stored.numbers
        if not numbers:
            raise UserError(
                f"There are no stored transitions in {folder}; train the run that keeps them, or "
                "put the data there."
            )
        self._wanted = min(buffers_in_memory, len(numbers))
        self.loaded: tuple[int, ...] = ()  # numbers of the buffers in memory, ascending

    def load(self, generator: np.random.Generator) -> None:
        """Takes a random choice of the stored buffers into memory, in place of the last one.

        Raises:
          UserError: a file is missing or damaged, or its frames have another size.
        """
        chosen = generator.choice(self._stored.numbers, self._wanted, replace=False)
        chosen = tuple(sorted(chosen.tolist()))
        if chosen != self.loaded:
            self.loaded = ()
            self._ring = self._frames = None  # the memory is needed for the next ones
            self._fill(chosen)
            self.loaded = chosen

    def sample(self, size: int | tuple[int, ...], generator: np.random.Generator) -> Batch:
        """Uniform draws with replacement over all usable transitions in memory.

        Args:
          size: of what is drawn, for instance (updates, batch).
          generator: decides all of them.
        """
        return self.draw(size, generator).batch

    @property
    def unfinished_share(self) -> float:
        """Share of what is in memory that is left out, as the end of its episode is not known."""
        return self._ring.unfinished_share

    def draw(
        self, size: int | tuple[int, ...], generator: np.random.Generator, following: bool = False
    ) -> Draw:
        """As `sample`, with the places of the transitions and, if wanted, those that follow."""
        steps = self._usable[generator.integers(len(self._usable), size=size)]
        if not following:
            return self._at(steps)
        continues = self._continues(steps)
        return self._at(steps)._replace(following=self._at(steps + continues), continues=continues)

    def _at(self, steps: np.ndarray) -> Draw:
        """The transitions that start at these usable steps."""
        places = self._ring.locate(steps)
        frames = self._frames.gather(places.slots[None], places.black[None])[0]
        index = np.searchsorted(self._ends, steps, side="right")
        return Draw(
            batch=Batch(frames, places.a_tm1, places.r_t, places.discount_t),
            buffers=np.array(self.loaded, np.int32)[index],
            positions=(steps - self._begins[index]).astype(np.int32),
        )

    def _fill(self, chosen: tuple[int, ...]) -> None:
        capacity = sum(self._stored.count(number) for number in chosen)
        self._ring = TransitionRing(
            capacity, self._frame_stack, self._n_step, self._discount, self._monte_carlo
        )
        self._frames = HostFrames(1, capacity, self._frame_size_px)
        self._allowed = np.ones(capacity, bool)
        self._ends = np.array([self._append(number) for number in chosen])
        self._begins = np.concatenate([[0], self._ends[:-1]])
        self._usable = self._usable_steps()
        if not len(self._usable):
            whole = f"{self._n_step}-step transition"
            if self._monte_carlo:
                whole = "episode up to its end"
            raise UserError(
                f"The buffers {', '.join(map(str, chosen))} in {self._folder} hold no whole "
                f"{whole}; use longer ones."
            )

    def _continues(self, steps: np.ndarray) -> np.ndarray:
        """Which of these usable steps are followed by a usable one of the same episode."""
        following = np.minimum(steps + 1, self._ring.added - 1)
        return self._ring.continues(steps) & self._allowed[following]

    def _append(self, number: int) -> int:
        """Reads one buffer to the end of what is in memory; returns where it ends there."""
        columns = self._stored.read(number)
        height, width = columns["frame"].shape[1:]
        if {height, width} != {self._frame_size_px}:
            raise UserError(
                f"The frames of buffer {number} in {self._folder} are {height}x{width} pixels and "
                f"this run learns from {self._frame_size_px}x{self._frame_size_px}; give it data "
                "of its own frame size."
            )
        columns["reward"] = columns["reward"].clip(-1, 1)
        slots = self._ring.extend(columns)
        self._frames.fill(0, slots, columns["frame"])
        if "usable" in columns:
            self._allowed[slots] = columns["usable"]
        return self._ring.added

    def _usable_steps(self) -> np.ndarray:
        """All steps that can be handed out, ascending."""
        steps = np.arange(self._ring.added)
        # A buffer may begin inside an episode: its first stacks would reach into another one.
        position = steps - self._begins[np.searchsorted(self._ends, steps, side="right")]
        history = np.minimum(self._ring.ages, self._frame_stack - 1)
        usable = self._ring.usable(steps) & self._allowed[: len(steps)]
        return steps[usable & (history <= position)]
