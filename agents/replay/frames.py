"""Where the frames of a fleet's transitions lie: with the host, or with the device.

Both stores have the same functions and hand out the same frames. With the device no batch
has to travel. At 84x84 a million frames take 7.06 GB.
"""

from collections.abc import Callable
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

# See `HostFrames.write_beside`.
Program = Callable[[jax.Array | None, int], tuple[Any, jax.Array | None]]

# Frames that are copied to or from the device at a time: 116 MB of 84x84.
_PART = 16_384


class HostFrames:
    """(members, capacity, side, side) frames in the memory of the host.

    Args:
      members: rings, each with frames of its own.
      capacity: frames of a member.
      side_px: height and width of a frame.
    """

    def __init__(self, members: int, capacity: int, side_px: int):
        self._frames = np.zeros((members, capacity, side_px, side_px), np.uint8)

    def write(self, slot: int, newest: np.ndarray) -> None:
        """Puts one frame a member, (members, side, side), into the same slot of each."""
        self._frames[:, slot] = newest

    def write_beside(self, slot: int, newest: np.ndarray, program: Program) -> Any:
        """As `write`, beside a program that has the frames to do with.

        Args:
          slot, newest: as of `write`.
          program: (frames of the device, or None; slot) -> result, the frames with the newest.

        Returns:
          The program's result.
        """
        result, _ = program(None, slot)
        self.write(slot, newest)
        return result

    def gather(self, slots: np.ndarray, black: np.ndarray) -> np.ndarray:
        """(members, ..., side, side) frames of (members, ...) slots, black where told."""
        if len(slots) == 1:
            # One run alone: a view, for its frames are many.
            found = self._frames[0][slots[0]][None]
        else:
            found = np.stack([ring[own] for ring, own in zip(self._frames, slots, strict=True)])
        found[black] = 0
        return found

    def read(self, member: int, slots: np.ndarray) -> np.ndarray:
        """(n, side, side) copies of one member's frames."""
        return self._frames[member, slots]

    def fill(self, member: int, slots: np.ndarray, frames: np.ndarray) -> None:
        """Puts (n, side, side) frames into distinct slots of one member.

        Raises:
          ValueError: they have another size.
        """
        check_size(frames, self._frames.shape[2:])
        self._frames[member, slots] = frames


class DeviceFrames:
    """(members, capacity, side, side) frames in the memory of the device.

    Args:
      members, capacity, side_px: as in `HostFrames`.
    """

    def __init__(self, members: int, capacity: int, side_px: int):
        self._frames = jnp.zeros((members, capacity, side_px, side_px), jnp.uint8)

    def write(self, slot: int, newest: np.ndarray) -> None:
        """As in `HostFrames`."""
        self._frames = _write(self._frames, newest[:, None], np.int32(slot))

    def write_beside(self, slot: int, newest: np.ndarray, program: Program) -> Any:
        """As in `HostFrames`; the program writes them, so that they travel once."""
        del newest
        result, self._frames = program(self._frames, slot)
        return result

    def gather(self, slots: np.ndarray, black: np.ndarray) -> jax.Array:
        """As in `HostFrames`; what is found stays with the device."""
        return _gather(self._frames, slots.astype(np.int32), black)

    def read(self, member: int, slots: np.ndarray) -> np.ndarray:
        """As in `HostFrames`."""
        parts = _parts(slots.astype(np.int32))
        found = [_read(self._frames, np.int32(member), part) for part in parts]
        return np.concatenate([np.asarray(part) for part in found])

    def fill(self, member: int, slots: np.ndarray, frames: np.ndarray) -> None:
        """As in `HostFrames`."""
        check_size(frames, self._frames.shape[2:])
        for part, new in zip(_parts(slots.astype(np.int32)), _parts(frames), strict=True):
            self._frames = _write_many(self._frames, np.int32(member), part, new)


Frames = HostFrames | DeviceFrames


def check_size(frames: np.ndarray, size: tuple[int, int]) -> None:
    """Raises ValueError if stored frames (..., height, width) have not this size."""
    if frames.shape[-2:] != size:
        raise ValueError("The stored frames have another size than this run's.")


def _parts(whole: np.ndarray) -> list[np.ndarray]:
    """Pieces of what would be large on the device beside all rings."""
    return np.split(whole, range(_PART, len(whole), _PART))


@jax.jit
def _read(frames: jax.Array, member: jax.Array, slots: jax.Array) -> jax.Array:
    return frames[member, slots]


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
