"""The replay of one run, with one transition at a time, for tests."""

import jax
import numpy as np

from agents.replay.fleet import FleetReplay
from agents.replay.frames import HostFrames
from agents.replay.ring import Batch, TransitionRing


class OneReplay(FleetReplay):
    """A fleet of one whose frames lie with the host."""

    def __init__(
        self,
        capacity: int,
        frame_size_px: int,
        stack: int,
        n_step: int,
        discount: float,
        monte_carlo: bool = False,
    ):
        ring = TransitionRing(capacity, stack, n_step, discount, monte_carlo)
        super().__init__([ring], HostFrames(1, capacity, frame_size_px))

    def append_one(self, frame, action, reward, terminal, truncated) -> None:
        """One transition; (height, width) newest frame before the action."""
        rest = (np.array([value]) for value in (action, reward, terminal, truncated))
        self.add(frame[None, None], *rest)

    def draw(self, size: int, seed: int) -> Batch:
        """A batch."""
        drawn = self.sample((size,), [np.random.default_rng(seed)])
        return jax.tree.map(lambda column: column[0], drawn)

    def columns(self) -> dict[str, np.ndarray]:
        """All that it holds."""
        return self.since(0, 0)
