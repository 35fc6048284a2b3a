"""What a ring held, on disk: the last of the parts that `agents.replay.archive` writes.

A part is written once, with the transitions that one snapshot adds. Older versions wrote .npz
files of the same columns, which are read as well.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from agents.files import require_file
from agents.replay import archive


def load_ring(folders: Sequence[Path], step: int) -> dict[str, np.ndarray]:
    """What the ring held at an agent step, joined from the parts up to there.

    Args:
      folders: where parts may lie.
      step: at which one of them ends.

    Returns:
      The columns as a replay's `restore` takes them.

    Raises:
      ValueError: a part is missing or damaged.
      OSError: one cannot be read.
    """
    parts: list[dict[str, np.ndarray]] = []
    for end, path in _parts(folders):
        if end != (int(parts[-1]["first_step"]) if parts else step):
            continue
        part = _read_part(path)
        if int(part["first_step"]) + len(part["reward"]) != end:
            raise ValueError(f"{path} ends elsewhere")
        parts.append(part)
        if part["first_step"] <= parts[0]["oldest_step"]:
            break
    if not parts or parts[-1]["first_step"] > parts[0]["oldest_step"]:
        raise ValueError("a file of transitions is missing")
    columns = [name for name in parts[0] if name not in ("first_step", "oldest_step")]
    joined = {name: np.concatenate([part[name] for part in parts[::-1]]) for name in columns}
    return joined | {"first_step": parts[-1]["first_step"]}


def drop_overwritten(folder: Path, oldest_step: int) -> None:
    """Removes parts that end no later than the oldest transition that may still be needed."""
    # A run adds one transition an agent step, so a part named n holds those before step n.
    for end, path in _parts([folder]):
        if end <= oldest_step:
            path.unlink()


def _parts(folders: Sequence[Path]) -> list[tuple[int, Path]]:
    """Files of transitions with the agent steps at which they end, newest first."""
    found = []
    for folder in folders:
        found += [(end, folder / f"{end}.parquet") for end in archive.part_ends(folder)]
        older = folder.glob("*.npz") if folder.is_dir() else ()
        found += [(int(path.stem), path) for path in older if path.stem.isdecimal()]
    return sorted(found, reverse=True)


def _read_part(path: Path) -> dict[str, np.ndarray]:
    if path.suffix == ".parquet":
        return archive.read_part(path)
    require_file(path)
    # Opened here: numpy leaves a damaged file open.
    with open(path, "rb") as file, np.load(file, allow_pickle=False) as content:
        return dict(content)
