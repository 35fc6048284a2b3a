"""Transitions on disk in our own form: parts that are written once, and a list of them.

    <folder>/<end>.parquet     transitions from the part before it to agent step <end>, whole
    <folder>/manifest.json     of kept data: which parts there are, with their checksums

A part is a parquet table with one row a transition, compressed with zstd, with a checksum for
each of its pages; a frame is one value of as many bytes as it has pixels. Parts serve to go on
after an interruption, and those of a run that keeps its transitions to learn from: then the
manifest says what must be there, so that nobody learns from less, or from more, unnoticed.
What kept data are made of is a *buffer*: the transitions of one iteration, in one part or more.
"""

from collections.abc import Iterator
import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from agents.errors import UserError
from agents.files import remove_leftovers, replacing, require_file, sync_folder

MANIFEST = "manifest.json"
_KEY = b"dormant_transitions"
_SCALARS = ("first_step", "oldest_step")
# Rows that are compressed together, and held in memory twice for a moment: 29 MB of 84x84.
_ROWS = 4_096


class Kept(NamedTuple):
    """Transitions that a run leaves for others.

    Attributes:
      folder: where.
      buffer_transitions: of one iteration.
    """

    folder: Path
    buffer_transitions: int


def write_part(folder: Path, columns: dict[str, np.ndarray]) -> Path:
    """Writes what a replay's `since` returned; a part of the same end is replaced.

    Raises:
      OSError: the disk is full or not writable. Every file is whole or was never there.
    """
    arrays = {name: values for name, values in columns.items() if name not in _SCALARS}
    count = len(next(iter(arrays.values())))
    about = {name: int(columns[name]) for name in _SCALARS if name in columns}
    about["columns"] = {
        name: [values.dtype.str, values.shape[1:]] for name, values in arrays.items()
    }
    table = pa.table({name: _to_arrow(values) for name, values in arrays.items()})
    path = folder / f"{about['first_step'] + count}.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(path) as stream:
        pq.write_table(
            table.replace_schema_metadata({_KEY: json.dumps(about)}),
            stream,
            row_group_size=_ROWS,
            compression="zstd",
            compression_level=1,
            use_dictionary=False,
            write_statistics=False,
            write_page_checksum=True,
        )
    return path


def read_part(path: Path) -> dict[str, np.ndarray]:
    """Inverse of `write_part`.

    Raises:
      ValueError: the file is damaged or of another kind.
      OSError: it cannot be read.
    """
    require_file(path)
    with contextlib.closing(pq.ParquetFile(path, page_checksum_verification=True)) as file:
        metadata = file.schema_arrow.metadata or {}
        if _KEY not in metadata:
            raise ValueError(f"{path} holds no transitions")
        about = json.loads(metadata[_KEY])
        found = {
            name: np.empty((file.metadata.num_rows, *shape), dtype)
            for name, (dtype, shape) in about["columns"].items()
        }
        row = 0
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            for name, values in found.items():
                values[row : row + len(table)] = _to_numpy(table[name], values)
            row += len(table)
    return found | {name: np.array(about[name], np.int64) for name in _SCALARS if name in about}


def part_ends(folder: Path) -> list[int]:
    """Agent steps at which the parts in a folder end, ascending."""
    names = [path.stem for path in folder.glob("*.parquet")] if folder.is_dir() else []
    return sorted(int(name) for name in names if name.isdecimal() and str(int(name)) == name)


def drop_parts_after(folder: Path, step: int) -> None:
    """Removes parts that end after an agent step: they are about to be made again."""
    remove_leftovers(folder)
    later = [end for end in part_ends(folder) if end > step]
    if not later:
        return
    if (folder / MANIFEST).exists():
        manifest = read_manifest(folder)
        for end in later:
            manifest["parts"].pop(f"{end}.parquet", None)
        _write_manifest(folder, manifest | {"complete": False})
    for end in later:
        (folder / f"{end}.parquet").unlink()


def note_part(kept: Kept, path: Path) -> None:
    """Enters a part that was just written into the manifest.

    Raises:
      OSError: the disk is full or not writable.
      UserError: the manifest is damaged.
    """
    listed = (kept.folder / MANIFEST).exists()
    manifest = read_manifest(kept.folder) if listed else {"parts": {}}
    about = json.loads(pq.read_schema(path).metadata[_KEY])
    manifest["parts"][path.name] = {
        "first_step": about["first_step"],
        "sha256": _checksum(path),
        "bytes": path.stat().st_size,
    }
    manifest |= {"buffer_transitions": kept.buffer_transitions, "complete": False}
    _write_manifest(kept.folder, manifest)


def note_end(folder: Path) -> None:
    """Enters into the manifest that no further part follows."""
    manifest = read_manifest(folder)
    if not manifest["complete"]:
        _write_manifest(folder, manifest | {"complete": True})


def move(source: Path, target: Path) -> None:
    """Lets the kept transitions in one folder take the place of those in another.

    Can be repeated if it is killed; the manifest goes last.
    """
    names = set(read_manifest(source)["parts"])
    for name in sorted(names):
        if (source / name).exists():
            os.replace(source / name, target / name)
    for end in part_ends(target):
        if f"{end}.parquet" not in names:
            (target / f"{end}.parquet").unlink()
    os.replace(source / MANIFEST, target / MANIFEST)
    sync_folder(target)


def read_manifest(folder: Path) -> dict[str, Any]:
    """What must be in a folder of kept transitions.

    Raises:
      UserError: it is damaged.
    """
    path = folder / MANIFEST
    try:
        require_file(path)
        manifest = json.loads(path.read_bytes())
        int(manifest["buffer_transitions"]), bool(manifest["complete"])
        for part in manifest["parts"].values():
            int(part["first_step"]), int(part["bytes"]), str(part["sha256"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path}, the list of these transitions, cannot be read ({error}); {_REMEDY}"
        ) from error
    return manifest


def is_whole(folder: Path) -> bool:
    """Whether all transitions of a finished run are there; their contents are not read.

    Raises:
      UserError: the manifest is damaged.
    """
    if not (folder / MANIFEST).exists():
        return False
    manifest = read_manifest(folder)
    return bool(manifest["complete"]) and not _differences(folder, manifest)


class Buffers:
    """The buffers of kept transitions, after a look at what must be there.

    Args:
      folder: with a manifest.

    Attributes:
      numbers: of the buffers, ascending; iterations of the run that wrote them.

    Raises:
      UserError: a part is missing, was added or has another size, or the run has not finished.
    """

    def __init__(self, folder: Path):
        self._folder, self._manifest = folder, read_manifest(folder)
        wrong = _differences(folder, self._manifest)
        if wrong:
            raise UserError(
                f"The transitions in {folder} are not those of its run: {wrong}; {_REMEDY}"
            )
        if not self._manifest["complete"]:
            raise UserError(
                f"The run whose transitions are in {folder} has not finished; run the same command "
                "again to finish it first."
            )
        length = self._manifest["buffer_transitions"]
        self._parts: dict[int, list[str]] = {}
        for name, part in sorted(
            self._manifest["parts"].items(), key=lambda item: item[1]["first_step"]
        ):
            self._parts.setdefault(part["first_step"] // length, []).append(name)
        self.numbers = sorted(self._parts)

    def count(self, number: int) -> int:
        """Transitions of one buffer."""
        parts = self._manifest["parts"]
        return sum(int(Path(n).stem) - parts[n]["first_step"] for n in self._parts[number])

    def read(self, number: int) -> dict[str, np.ndarray]:
        """The columns of one buffer, as `TransitionRing.since` returns them.

        Raises:
          UserError: a file is not what was written.
        """
        found = list(self._read_parts(number))
        return {
            name: np.concatenate([part[name] for part in found])
            for name in found[0]
            if name not in _SCALARS
        }

    def _read_parts(self, number: int) -> Iterator[dict[str, np.ndarray]]:
        for name in self._parts[number]:
            path = self._folder / name
            try:
                if _checksum(path) != self._manifest["parts"][name]["sha256"]:
                    raise ValueError("its checksum is not the one that was noted")
                yield read_part(path)
            except (OSError, ValueError, KeyError, pa.ArrowException) as error:
                raise UserError(f"{path} is not what its run wrote ({error}); {_REMEDY}") from error


_REMEDY = (
    "restore it, or move that folder away and run the same command again, which trains the run "
    "once more to make them."
)


def _differences(folder: Path, manifest: dict[str, Any]) -> str:
    """How a folder differs from its manifest, as a part of a sentence; empty if it does not."""
    expected, found = set(manifest["parts"]), {path.name for path in folder.glob("*.parquet")}
    found = {name for name in found if not name.startswith(".")}
    for name in sorted(expected - found):
        return f"{name} is missing"
    for name in sorted(found - expected):
        return f"{name} was added"
    for name in sorted(expected):
        size, noted = (folder / name).stat().st_size, manifest["parts"][name]["bytes"]
        if size != noted:
            return f"{name} has {size:,} bytes instead of {noted:,}"
    reached = 0
    for name in sorted(expected, key=lambda name: manifest["parts"][name]["first_step"]):
        if manifest["parts"][name]["first_step"] != reached:
            return f"those from agent step {reached:,} on were not kept"
        reached = int(Path(name).stem)
    return ""


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    with replacing(folder / MANIFEST) as stream:
        stream.write(json.dumps(manifest, indent=1, sort_keys=True).encode())


def _checksum(path: Path) -> str:
    require_file(path)
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_arrow(values: np.ndarray) -> pa.Array:
    if values.ndim == 1:
        return pa.array(values)
    values = np.ascontiguousarray(values)
    row = pa.binary(_numbers(values) * values.itemsize)
    return pa.FixedSizeBinaryArray.from_buffers(row, len(values), [None, pa.py_buffer(values)])


def _to_numpy(column: pa.ChunkedArray, like: np.ndarray) -> np.ndarray:
    if like.ndim == 1:
        return column.to_numpy()
    [array] = column.chunks  # one row group is read at a time
    begin, end = array.offset * _numbers(like), (array.offset + len(array)) * _numbers(like)
    flat = np.frombuffer(array.buffers()[1], like.dtype)[begin:end]
    return flat.reshape(len(array), *like.shape[1:])


def _numbers(values: np.ndarray) -> int:
    """How many numbers are in a row."""
    return int(np.prod(values.shape[1:]))
