"""Stored transitions in the format of Dopamine's circular replay buffer.

A folder holds buffers that are told apart by a number N. Each is a set of gzipped `.npy` files:

    $store$_observation_ckpt.N.gz   (entries, height, width) uint8, newest frame before the action
    $store$_action_ckpt.N.gz        (entries,) int32
    $store$_reward_ckpt.N.gz        (entries,) float32
    $store$_terminal_ckpt.N.gz      (entries,) uint8, 1 where the action ended the episode
    add_count_ckpt.N.gz             () int64, entries ever added; tells where the ring begins
    invalid_range_ckpt.N.gz         entries that Dopamine must not hand out
    $store$_truncated_ckpt.N.gz     (entries,) uint8, ours: 1 where the episode was cut

Every episode begins with three blank entries, the black frames of its first stacks of four.
Dopamine's loader passes over the truncated file, and takes a cut episode to go on in the next
one; it would need `episode_end_indices`, which it pickles. Its own files, among them the
public DQN Replay data, are read here, and what is written here, it reads.

Reference:
  `OutOfGraphReplayBuffer` in google/dopamine, `tf/replay_memory/circular_replay_buffer.py`;
  Agarwal et al. 2020 for the DQN Replay data.
"""

import gzip
from pathlib import Path
import re
import zlib

import numpy as np

from agents.errors import UserError
from agents.files import replacing

# Dopamine puts one blank entry fewer than it stacks frames before an episode, and all data of
# this format were written for stacks of four.
_BLANK_ENTRIES = 3
_UNKNOWN_AGE = 255
_NUMBER = re.compile(re.escape("$store$_observation_ckpt.") + r"(\d+)\.gz")

# Name in our columns, name in the file, stored type, kinds that can be read as it.
_COLUMNS = (
    ("action", "$store$_action", np.int32, "iu"),
    ("reward", "$store$_reward", np.float32, "f"),
    ("terminal", "$store$_terminal", np.uint8, "iub"),
    ("truncated", "$store$_truncated", np.uint8, "iub"),
    # Written last: once it is there, so are the others.
    ("frame", "$store$_observation", np.uint8, "u"),
)


def write_buffer(folder: Path, number: int, columns: dict[str, np.ndarray]) -> None:
    """Writes one buffer; the same columns give the same bytes.

    Args:
      folder: where; created if missing.
      number: of the buffer, 0 or more.
      columns: frame (n, height, width) uint8, action, reward, terminal and truncated (n,), as
        `ReplayRing.since` returns them. If the first transition does not begin an episode,
        its "age" says so.

    Raises:
      OSError: the disk is full or not writable. Every file is whole or was never there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    starts = _episode_starts(columns)
    # Where each transition goes among the blank entries.
    slots = np.arange(len(starts)) + _BLANK_ENTRIES * np.cumsum(starts)
    entries = len(starts) + _BLANK_ENTRIES * int(starts.sum())
    _write(folder, "add_count", number, np.array(entries, np.int64))
    # The entries around the end, for n_step 1, as in a ring that still has room.
    _write(folder, "invalid_range", number, entries - 1 + np.arange(_BLANK_ENTRIES + 2))
    for name, stored_name, dtype, _ in _COLUMNS:
        stored = np.zeros((entries, *columns[name].shape[1:]), dtype)
        stored[slots] = columns[name]
        _write(folder, stored_name, number, stored)


def buffer_numbers(folder: Path) -> list[int]:
    """Numbers of the buffers in `folder`, ascending; none if there is no such folder."""
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return sorted(int(match[1]) for match in map(_NUMBER.fullmatch, names) if match)


def count_entries(folder: Path, number: int) -> int:
    """Stored entries of one buffer, blank ones included.

    Raises:
      UserError: a file is missing or damaged.
    """
    return len(_read(folder, "$store$_terminal", number))


def read_buffer(folder: Path, number: int) -> dict[str, np.ndarray]:
    """Reads one buffer in order of time, without its blank entries.

    Args:
      folder: where.
      number: one of `buffer_numbers`.

    Returns:
      frame (n, height, width) uint8, action (n,) uint8, reward (n,) float32, terminal (n,)
      bool, truncated (n,) bool (all False without that file), and age (n,) uint8: steps since
      the episode began, at most 255; 255 also where the buffer begins inside an episode.

    Raises:
      UserError: a file is missing or damaged, or they do not fit each other.
    """
    columns = _in_order_of_time(folder, number, _read_columns(folder, number))
    # Values are looked at now: a ring that was never full holds anything behind its end.
    if not ((columns["action"] >= 0) & (columns["action"] <= 255)).all():
        raise _damaged(_path(folder, "$store$_action", number), "actions lie outside 0 to 255")
    if not np.isfinite(columns["reward"]).all():
        raise _damaged(_path(folder, "$store$_reward", number), "rewards are not finite")
    columns["action"] = columns["action"].astype(np.uint8)
    for name in ("terminal", "truncated"):
        columns[name] = columns[name].astype(bool)
    return _without_blanks(columns)


def _read_columns(folder: Path, number: int) -> dict[str, np.ndarray]:
    """The arrays as they are stored, of equal lengths."""
    columns = {}
    for name, stored_name, dtype, kinds in _COLUMNS:
        path = _path(folder, stored_name, number)
        if name == "truncated" and not path.exists():
            columns[name] = np.zeros(len(columns["terminal"]), dtype)
            continue
        stored = _read(folder, stored_name, number)
        dimensions = 3 if name == "frame" else 1
        if stored.dtype.kind not in kinds or stored.ndim != dimensions:
            raise _damaged(path, f"it holds {stored.dtype} of shape {stored.shape}")
        columns[name] = stored.astype(dtype, copy=False)
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise _damaged(_path(folder, "$store$_*", number), f"their lengths differ: {lengths}")
    return columns


def _in_order_of_time(
    folder: Path, number: int, columns: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Undoes the ring: oldest first, and nothing that was never added."""
    entries = len(columns["action"])
    if not _path(folder, "add_count", number).exists():
        return columns
    count = _read(folder, "add_count", number)
    if count.dtype.kind not in "iu" or count.size != 1 or count.item() < 0:
        raise _damaged(_path(folder, "add_count", number), "it holds no count")
    added = count.item()
    if added <= entries or not entries:
        return {name: column[:added] for name, column in columns.items()}
    oldest = added % entries
    if not oldest:
        return columns
    return {name: np.roll(column, -oldest, axis=0) for name, column in columns.items()}


def _without_blanks(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Drops the blank entries before every episode, and adds the ages."""
    entries = len(columns["action"])
    ends = np.flatnonzero(columns["terminal"] | columns["truncated"])
    blank = np.zeros(entries, bool)
    candidates = np.concatenate([[0], ends + 1])
    # Frames can be black without being blank entries, so only these places are looked at.
    for _ in range(_BLANK_ENTRIES):
        candidates = candidates[candidates < entries]
        candidates = candidates[_is_blank(columns, candidates)]
        blank[candidates] = True
        candidates = candidates + 1
    begins_inside = entries > 0 and not blank[0]
    if blank.any():
        columns = {name: column[~blank] for name, column in columns.items()}
    return columns | {"age": _ages(columns["terminal"] | columns["truncated"], begins_inside)}


def _is_blank(columns: dict[str, np.ndarray], entries: np.ndarray) -> np.ndarray:
    quiet = ~columns["terminal"][entries] & ~columns["truncated"][entries]
    quiet &= (columns["action"][entries] == 0) & (columns["reward"][entries] == 0)
    return quiet & ~columns["frame"][entries].any(axis=(1, 2))


def _ages(ends: np.ndarray, begins_inside: bool) -> np.ndarray:
    steps = np.arange(len(ends))
    begins = np.concatenate([[True], ends[:-1]])[: len(ends)]
    ages = steps - np.maximum.accumulate(np.where(begins, steps, 0))
    if begins_inside:
        first_end = np.flatnonzero(ends)[:1]
        ages[: first_end[0] + 1 if len(first_end) else None] = _UNKNOWN_AGE
    return np.minimum(ages, _UNKNOWN_AGE).astype(np.uint8)


def _episode_starts(columns: dict[str, np.ndarray]) -> np.ndarray:
    ends = columns["terminal"].astype(bool) | columns["truncated"].astype(bool)
    begins = "age" not in columns or bool(np.all(columns["age"][:1] == 0))
    return np.concatenate([[begins], ends[:-1]])[: len(ends)]


def _path(folder: Path, stored_name: str, number: int) -> Path:
    return folder / f"{stored_name}_ckpt.{number}.gz"


def _write(folder: Path, stored_name: str, number: int, array: np.ndarray) -> None:
    path = _path(folder, stored_name, number)
    with replacing(path) as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
        np.save(file, array, allow_pickle=False)


def _read(folder: Path, stored_name: str, number: int) -> np.ndarray:
    path = _path(folder, stored_name, number)
    try:
        with gzip.open(path, "rb") as file:
            array = np.load(file, allow_pickle=False)
            # Only at the end of the file does gzip compare its checksum.
            if file.read(1):
                raise ValueError("something follows the array")
        return array
    except FileNotFoundError as error:
        raise UserError(
            f"{path} is missing; restore it, or delete all files of buffer {number} to go on "
            "without it."
        ) from error
    except (EOFError, OSError, ValueError, MemoryError, zlib.error) as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, reason: str) -> UserError:
    return UserError(
        f"{path} is damaged ({reason}); make these transitions anew, or fetch them again if they "
        "were downloaded."
    )
