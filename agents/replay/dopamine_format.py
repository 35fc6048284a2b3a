"""Stored transitions in the format of Dopamine's circular replay buffer.

A folder holds buffers that are told apart by a number N. Each is a set of gzipped `.npy` files:

    $store$_observation_ckpt.N.gz   (entries, height, width) uint8, newest frame before the action
    $store$_action_ckpt.N.gz        (entries,) int32
    $store$_reward_ckpt.N.gz        (entries,) float32
    $store$_terminal_ckpt.N.gz      (entries,) uint8, 1 where the action ended the episode
    add_count_ckpt.N.gz             () int64, entries ever added; tells where the ring begins
    invalid_range_ckpt.N.gz         entries around that place, which must not be handed out
    $store$_truncated_ckpt.N.gz     (entries,) uint8, ours: 1 where the episode was cut

Every episode begins with three blank entries, the black frames of its first stacks of four.
Dopamine's own files, among them the public DQN Replay data, are read here; what is written
here, it reads, but for cut episodes: it passes over the truncated file, and takes such an
episode to go on in the next one.

In buffers of our own all borders are marked. In others a time limit is told by
`episode_end_indices`, which Dopamine pickles and which is therefore not read: the three blank
entries that follow say the same. So do black frames with neither action nor reward in the
middle of an episode, which are taken for such a border if there are three in a row; these
entries are lost then.
Of these, nothing that Dopamine would not hand out is usable; see `_dopamine_allows`.

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
from agents.files import replacing, require_file
from agents.replay.archive import Buffers

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
        `TransitionRing.since` returns them. If the first transition does not begin an episode,
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


def export(buffers: Buffers, folder: Path) -> None:
    """Writes transitions that a run of ours kept, for other programs.

    Args:
      buffers: what the run left.
      folder: where; created if missing.

    Raises:
      UserError: a file is not what the run wrote.
      OSError: the disk is full or not writable.
    """
    for number in buffers.numbers:
        write_buffer(folder, number, buffers.read(number))


class DopamineBuffers:
    """All buffers of a folder; as `agents.replay.archive.Buffers` of our own.

    Args:
      folder: where.
      n_step: length of the returns that are to be formed.

    Attributes:
      numbers: of the buffers, ascending.
    """

    def __init__(self, folder: Path, n_step: int):
        self._folder, self._n_step = folder, n_step
        self.numbers = buffer_numbers(folder)

    def count(self, number: int) -> int:
        """Transitions of one buffer at most."""
        return count_entries(self._folder, number)

    def read(self, number: int) -> dict[str, np.ndarray]:
        """See `read_buffer`."""
        return read_buffer(self._folder, number, self._n_step)


def count_entries(folder: Path, number: int) -> int:
    """Stored entries of one buffer, blank ones included.

    Raises:
      UserError: a file is missing or damaged.
    """
    return len(_read(folder, "$store$_terminal", number))


def read_buffer(folder: Path, number: int, n_step: int = 1) -> dict[str, np.ndarray]:
    """Reads one buffer in order of time, without its blank entries.

    Args:
      folder: where.
      number: one of `buffer_numbers`.
      n_step: length of the returns that are to be formed.

    Returns:
      frame (n, height, width) uint8, action (n,) uint8, reward (n,) float32, terminal (n,)
      bool, truncated (n,) bool, age (n,) uint8: steps since the episode began, at most 255,
      also 255 where the buffer begins inside an episode, and usable (n,) bool: whether the n-step
      transition that starts there may be handed out, as far as that depends on the format.

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
    ours = _path(folder, "$store$_truncated", number).exists()
    return _without_blanks(columns, ours, n_step)


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
    """Undoes the ring: oldest first, and nothing that was never added; with the invalid range."""
    entries = len(columns["action"])
    columns = columns | {"invalid": np.isin(np.arange(entries), _invalid_range(folder, number))}
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


def _invalid_range(folder: Path, number: int) -> np.ndarray:
    """Entries that the writer of the buffer must not have handed out."""
    path = _path(folder, "invalid_range", number)
    if not path.exists():
        return np.zeros(0, np.int64)
    found = _read(folder, "invalid_range", number)
    # Before anything was added Dopamine stores it as floating-point zeros.
    if found.dtype.kind not in "iuf" or found.ndim != 1:
        raise _damaged(path, f"it holds {found.dtype} of shape {found.shape}")
    return found


def _without_blanks(
    columns: dict[str, np.ndarray], ours: bool, n_step: int
) -> dict[str, np.ndarray]:
    """Finds the borders that blank entries tell, drops these entries, and adds the ages.

    Args:
      columns: in order of time.
      ours: all borders are marked, and the buffer ends where it was meant to.
      n_step: length of the returns.
    """
    blank = _blank_entries(columns, ours)
    # An episode that did not end by itself before blank entries was cut there.
    follows = np.concatenate([blank[1:], [False]])[: len(blank)]
    cut = follows & ~blank & ~columns["terminal"]
    columns = columns | {"truncated": columns["truncated"] | cut}
    usable = np.ones(len(blank), bool) if ours else _dopamine_allows(columns, n_step)
    kept = {
        name: column if not blank.any() else column[~blank]
        for name, column in (columns | {"usable": usable}).items()
        if name != "invalid"
    }
    ends = kept["terminal"] | kept["truncated"]
    begins_inside = len(blank) > 0 and not blank[0]
    return kept | {"age": _ages(ends, begins_inside)}


def _blank_entries(columns: dict[str, np.ndarray], ours: bool) -> np.ndarray:
    """Which entries are the blank ones before an episode.

    At most three after an end that is marked, or at the very beginning, for frames can be
    black without being blank entries. Elsewhere, in buffers that are not ours, three or more in
    a row, all of them: which are those that Dopamine put there cannot be told.
    """
    terminal, truncated = columns["terminal"], columns["truncated"]
    entries = len(terminal)
    candidates = np.flatnonzero(
        (columns["action"] == 0) & (columns["reward"] == 0) & ~terminal & ~truncated
    )
    looks = np.zeros(entries, bool)
    looks[candidates] = [not columns["frame"][entry].any() for entry in candidates]
    blank = np.zeros(entries, bool)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], looks, [False]]).astype(np.int8)))
    for first, end in edges.reshape(-1, 2):
        if first == 0 or terminal[first - 1] or truncated[first - 1]:
            blank[first : min(end, first + _BLANK_ENTRIES)] = True
        elif not ours and end - first >= _BLANK_ENTRIES:
            blank[first:end] = True
    return blank


def _dopamine_allows(columns: dict[str, np.ndarray], n_step: int) -> np.ndarray:
    """Whether Dopamine's `is_valid_transition` holds, of all entries in order of time.

    An entry is refused in the invalid range, among the oldest three, whose stacks are not
    whole, among the newest n, if an end lies among the three entries before it, and if the
    episode is cut within the n entries from it on.
    """
    terminal = columns["terminal"]
    steps = np.arange(len(terminal))
    allowed = ~columns["invalid"] & (steps >= _BLANK_ENTRIES) & (steps < len(steps) - n_step)
    for back in range(1, _BLANK_ENTRIES + 1):
        allowed[back:] &= ~terminal[: len(terminal) - back]
    cut = columns["truncated"] & ~terminal
    for ahead in range(n_step):
        allowed[: len(cut) - ahead] &= ~cut[ahead:]
    return allowed


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
        require_file(path)
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
