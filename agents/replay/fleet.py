"""The replays of a fleet: for each member a ring of transitions, filled and sampled in step.

Members share nothing but the store that their frames lie in. Which transitions are drawn is
decided by the rings, on the host, by the same random streams wherever the frames are, so that
a run learns the same on every device.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from agents.replay.frames import DeviceFrames, Frames, HostFrames, Program
from agents.replay.ring import Batch, Places, TransitionRing
from agents.spec import RunSpec


class FleetReplay:
    """What the training loop needs of the replays of all members.

    Args:
      rings: one a member, alike; which transitions there are.
      frames: where their frames lie.
    """

    def __init__(self, rings: Sequence[TransitionRing], frames: Frames):
        self._rings, self._frames = rings, frames

    @property
    def added(self) -> int:
        """Transitions that each member ever added."""
        return self._rings[0].added

    @property
    def capacity(self) -> int:
        """Transitions that each member holds at most."""
        return self._rings[0].capacity

    def unfinished_share(self, member: int) -> float:
        """See `TransitionRing.unfinished_share`."""
        return self._rings[member].unfinished_share

    def newest_frames(self, member: int, places: np.ndarray) -> np.ndarray:
        """(n, side, side) frames of one member.

        Args:
          places: (n,) from 0 to 1, exclusive, of the transitions held, whatever their order.
        """
        ring = self._rings[member]
        return self._frames.read(member, (places * len(ring)).astype(np.int64))

    def add(
        self,
        observations: np.ndarray,
        actions: np.ndarray,
        rewards: np.ndarray,
        terminal: np.ndarray,
        truncated: np.ndarray,
    ) -> None:
        """Appends one transition a member, see `TransitionRing.append`.

        Args:
          observations: (members, stack, height, width) uint8 *before* the action, of which the
            newest frame is stored.
          actions, rewards, terminal, truncated: (members,).
        """
        self._frames.write(self._rings[0].next_slot, observations[:, -1])
        self.append(actions, rewards, terminal, truncated)

    def store_beside(self, observations: np.ndarray, program: Program) -> Any:
        """Stores the newest frames of observations while something else is done with them.

        What came of the observations has to be appended next.

        Args:
          observations: (members, stack, height, width) uint8.
          program: see `HostFrames.write_beside`.

        Returns:
          The program's result.
        """
        return self._frames.write_beside(self._rings[0].next_slot, observations[:, -1], program)

    def append(
        self,
        actions: np.ndarray,
        rewards: np.ndarray,
        terminal: np.ndarray,
        truncated: np.ndarray,
    ) -> None:
        """Appends one transition a member, whose frames are stored already; see `add`."""
        columns = (column.tolist() for column in (actions, rewards, terminal, truncated))
        for ring, *transition in zip(self._rings, *columns, strict=True):
            ring.append(*transition)

    def cut_episodes(self) -> None:
        """Marks the newest transitions as truncated: what is added next is another episode."""
        for ring in self._rings:
            ring.cut_episode()

    def sample(self, size: tuple[int, ...], generators: Sequence[np.random.Generator]) -> Batch:
        """Uniform draws with replacement.

        Args:
          size: of what is drawn for each member, for instance (updates, batch).
          generators: one a member; none of them sees what another draws.

        Returns:
          Arrays of the host or of the device with leading axes (members, *size).
        """
        draws = zip(self._rings, generators, strict=True)
        return self._gathered([ring.draw(size, stream) for ring, stream in draws])

    def latest(self, size: int) -> Batch:
        """The newest transitions of each member, see `TransitionRing.latest`."""
        return self._gathered([ring.latest(size) for ring in self._rings])

    def _gathered(self, drawn: Sequence[Places]) -> Batch:
        """Transitions with their frames, from the places of each member."""
        places = Places(*map(np.stack, zip(*drawn, strict=True)))
        frames = self._frames.gather(places.slots, places.black)
        return Batch(frames, places.a_tm1, places.r_t, places.discount_t)

    def actions_since(self, step: int) -> np.ndarray:
        """(steps, members) int32 actions from an absolute step on, all of them still held."""
        return np.stack([ring.actions_since(step) for ring in self._rings], axis=-1)

    def since(self, member: int, step: int) -> dict[str, np.ndarray]:
        """One member's columns from a step on, see `TransitionRing.since`; with the frames."""
        columns = self._rings[member].since(step)
        slots = np.arange(columns["first_step"], self.added) % self._rings[member].capacity
        return columns | {"frame": self._frames.read(member, slots)}

    def restore(self, member: int, transitions: dict[str, np.ndarray]) -> None:
        """Fills one member's empty ring with what `since` returned.

        Raises:
          ValueError: the stored frames have another size than this run's.
        """
        steps = self._rings[member].restore(transitions)
        slots = steps % self._rings[member].capacity
        self._frames.fill(member, slots, transitions["frame"][-len(steps) :])


def build_replay(spec: RunSpec, members: int, on_device: bool) -> FleetReplay:
    """The replays of a fleet's members.

    Args:
      spec: of any member; they are alike but for seed and game.
      members: how many.
      on_device: where the frames lie.
    """
    agent, task = spec.agent, spec.task
    capacity = agent.replay_capacity_transitions
    rings = [
        TransitionRing(
            capacity,
            task.frame_stack,
            agent.n_step,
            agent.discount,
            monte_carlo=agent.targets == "monte_carlo",
        )
        for _ in range(members)
    ]
    store = DeviceFrames if on_device else HostFrames
    return FleetReplay(rings, store(members, capacity, task.frame_size_px))
