"""Files that are either the old one or the new one, whatever happens in between.

The one implementation for all that is written here: it imports nothing, and says what went
wrong in the words of the operating system, so that every caller can say it in its own.
"""

from collections.abc import Iterator
import contextlib
import os
from pathlib import Path
import secrets
import shutil
import stat
from typing import BinaryIO


@contextlib.contextmanager
def replacing(path: Path, durable: bool = True) -> Iterator[BinaryIO]:
    """Opens a binary stream whose contents become `path` when the block ends without error.

    Until then, and after any error, `path` is what it was and nothing else is left behind.
    A process that is killed inside the block leaves a hidden `*.partial`, see `remove_leftovers`.

    Args:
      path: the file to create or to replace; its folder exists.
      durable: also survive a power cut (waits for the disk).

    Raises:
      OSError: the disk is full, or the folder cannot be written.
    """
    partial = _partial(path)
    try:
        with open(partial, "wb") as stream:
            yield stream
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        os.replace(partial, path)
        if durable:
            sync_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


@contextlib.contextmanager
def replacing_by_name(path: Path) -> Iterator[Path]:
    """As `replacing`, for writers that open a file themselves and go by the end of its name.

    Yields:
      Where to write: a file of the same name, in a hidden folder beside `path`.
    """
    folder = _partial(path)
    folder.mkdir()
    try:
        written = folder / path.name
        yield written
        with open(written, "rb") as stream:
            os.fsync(stream.fileno())
        os.replace(written, path)
        sync_folder(path.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _partial(path: Path) -> Path:
    # Not the process's number: in containers that share a folder all may have the same.
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.partial")


def sync_folder(folder: Path) -> None:
    """Waits until the disk knows the names in a folder: a rename is lost without it.

    Raises:
      OSError: the disk does not take them.
    """
    if not hasattr(os, "O_DIRECTORY"):  # Windows has no handle on a folder to wait for.
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_whole(path: Path) -> None:
    """Removes a file or a folder: by its name it is whole or gone, whatever happens in between."""
    if path.is_dir():
        doomed = _partial(path)
        os.replace(path, doomed)
        shutil.rmtree(doomed, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def remove_leftovers(folder: Path, *more: str) -> None:
    """Removes what killed processes left in a folder that no other process writes to now.

    Args:
      folder: where; need not exist.
      more: patterns of what other writers than `replacing` leave there.
    """
    for pattern in (".*.partial", *more):
        for left in folder.glob(pattern):
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def require_file(path: Path) -> None:
    """Proves that reading `path` will end: a pipe or a device in its place might not.

    Raises:
      OSError: it is missing, or no file.
    """
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe, socket or device"
        raise OSError(f"{path} is {kind} and no file")
