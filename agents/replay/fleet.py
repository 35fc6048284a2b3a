"""The replays of a fleet: one ring a member, filled and sampled in step.

Members have rings of their own and share nothing. Frames lie in the memory of the host, or in
that of the device, where no batch has to travel; which transitions are drawn is decided on the
host in both cases, by the same random streams, so that a run learns the same wherever its
frames are.
"""

from collections.abc import Iterable, Iterator, Sequence
import functools

import jax
import jax.numpy as jnp
import numpy as np

from agents.replay.ring import Batch, Draw, ReplayRing, TransitionRing, check_size
from agents.spec import RunSpec

# Frames that are copied to or from the device at a time: 116 MB of 84x84.
_PART = 16_384

Generators = Sequence[Sequence[np.random.Generator]]


class FleetReplay:
    """What the training loop needs of the replays of all members.

    Args:
      rings: one a member, filled in step.
    """

    def __init__(self, rings: Sequence[TransitionRing]):
        self._rings = rings

    @property
    def added(self) -> int:
        """Transitions that each member ever added."""
        return self._rings[0].added

    def cut_episodes(self) -> None:
        """Marks the newest transitions as truncated: what is added next is another episode."""
        for ring in self._rings:
            ring.cut_episode()

    def add(
        self,
        observations: np.ndarray,
        actions: np.ndarray,
        rewards: np.ndarray,
        terminal: np.ndarray,
        truncated: np.ndarray,
    ) -> None:
        """Appends one transition a member, see `ReplayRing.add`; of a stack, its newest frame."""
        raise NotImplementedError

    def sample(self, batch_size: int, generators: Generators) -> Batch:
        """Uniform draws with replacement.

        Args:
          batch_size: transitions in a draw.
          generators: (members, draws) random streams.

        Returns:
          Arrays of the host or of the device with leading axes (members, draws, batch).
        """
        raise NotImplementedError

    def since(self, member: int, step: int) -> dict[str, np.ndarray]:
        """One member's columns from a step on, see `TransitionRing.since`."""
        return self._rings[member].since(step)

    def restore(self, member: int, transitions: dict[str, np.ndarray]) -> None:
        """Fills one member's empty ring with what `since` returned."""
        self._rings[member].restore(transitions)

    def _each(self, generators: Generators) -> Iterator[tuple]:
        """Every member's ring with its random streams."""
        return zip(self._rings, generators, strict=True)


class HostReplay(FleetReplay):
    """Frames in the memory of the host.

    Args:
      spec: of any member; they are alike but for seed and game.
      members: how many.
    """

    def __init__(self, spec: RunSpec, members: int):
        agent, task = spec.agent, spec.task
        size = agent.replay_capacity_transitions
        form = (task.frame_size_px, task.frame_stack, agent.n_step, agent.discount)
        super().__init__([ReplayRing(size, *form) for _ in range(members)])

    def add(self, observations, actions, rewards, terminal, truncated) -> None:
        columns = (column.tolist() for column in (actions, rewards, terminal, truncated))
        newest = observations[:, -1]
        for ring, frame, *transition in zip(self._rings, newest, *columns, strict=True):
            ring.add(frame, *transition)

    def sample(self, batch_size: int, generators: Generators) -> Batch:
        return _together(ring.sample(batch_size, own) for ring, own in self._each(generators))


class DeviceReplay(FleetReplay):
    """Frames in the memory of the device.

    Args:
      spec: of any member; they are alike but for seed and game.
      members: how many.
    """

    def __init__(self, spec: RunSpec, members: int):
        agent, task = spec.agent, spec.task
        size = agent.replay_capacity_transitions
        form = (task.frame_stack, agent.n_step, agent.discount)
        super().__init__([TransitionRing(size, *form) for _ in range(members)])
        self._frames = jnp.zeros((members, size, *2 * (task.frame_size_px,)), jnp.uint8)

    def add(self, observations, actions, rewards, terminal, truncated) -> None:
        slot = np.int32(self._rings[0].next_slot)
        self._frames = _write(self._frames, observations[:, -1:], slot)
        columns = (column.tolist() for column in (actions, rewards, terminal, truncated))
        for ring, *transition in zip(self._rings, *columns, strict=True):
            ring.append(*transition)

    def sample(self, batch_size: int, generators: Generators) -> Batch:
        draw = _together(ring.draw(batch_size, own) for ring, own in self._each(generators))
        frames = _gather(self._frames, draw.slots.astype(np.int32), draw.black)
        return Batch(frames, draw.a_tm1, draw.r_t, draw.discount_t)

    def since(self, member: int, step: int) -> dict[str, np.ndarray]:
        columns = super().since(member, step)
        slots = np.arange(columns["first_step"], self.added) % self._rings[member].capacity
        parts = [np.asarray(self._frames[member, part]) for part in _parts(slots)]
        return columns | {"frame": np.concatenate(parts)}

    def restore(self, member: int, transitions: dict[str, np.ndarray]) -> None:
        check_size(transitions["frame"], self._frames.shape[2:])
        steps = self._rings[member].restore(transitions)
        slots = (steps % self._rings[member].capacity).astype(np.int32)
        frames = transitions["frame"][-len(steps) :]
        for part, new in zip(_parts(slots), _parts(frames), strict=True):
            self._frames = _write_many(self._frames, np.int32(member), part, new)


def build_replay(spec: RunSpec, members: int, on_device: bool) -> FleetReplay:
    """The replays of a fleet's members.

    Args:
      spec: of any member; they are alike but for seed and game.
      members: how many.
      on_device: where the frames lie.
    """
    return DeviceReplay(spec, members) if on_device else HostReplay(spec, members)


def _together(members: Iterable[Batch | Draw]) -> Batch | Draw:
    """What was drawn for each member, with a leading axis of members."""
    first, *others = members
    if not others:
        # One run alone: a view, for its frames are many.
        return type(first)(*(column[None] for column in first))
    return type(first)(*(np.stack(column) for column in zip(first, *others, strict=True)))


def _parts(whole: np.ndarray) -> list[np.ndarray]:
    """Pieces of what would be large on the device beside all rings."""
    return np.split(whole, range(_PART, len(whole), _PART))


# The ring is given up to its successor: it is written in place, not copied.
@functools.partial(jax.jit, donate_argnums=0)
def _write(frames: jax.Array, newest: jax.Array, slot: jax.Array) -> jax.Array:
    return jax.lax.dynamic_update_slice_in_dim(frames, newest, slot, axis=1)


@functools.partial(jax.jit, donate_argnums=0)
def _write_many(frames: jax.Array, member: jax.Array, slots: jax.Array, new: jax.Array):
    return frames.at[member, slots].set(new)


@jax.jit
def _gather(frames: jax.Array, slots: jax.Array, black: jax.Array) -> jax.Array:
    """(members, draws, batch, stack + n_step, height, width) frames, black where told."""
    found = jax.vmap(lambda ring, where: ring[where])(frames, slots)
    return jnp.where(black[..., None, None], jnp.uint8(0), found)
