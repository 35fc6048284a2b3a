"""Files that are either the old one or the new one, whatever happens in between."""

from collections.abc import Iterator
import contextlib
import errno
import os
from pathlib import Path
from typing import BinaryIO

from agents.errors import UserError

# EFBIG: a limit on the size of files (`ulimit -f`) shows itself as this.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_IN_THE_WAY = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextlib.contextmanager
def replacing(path: Path, durable: bool = True) -> Iterator[BinaryIO]:
    """Opens a binary stream whose contents become `path` when the block ends without error.

    Until then, and after any error, `path` is what it was and nothing else is left behind.
    A process that is killed inside the block leaves a hidden `*.partial` file.

    Args:
      path: the file to create or to replace; its folder exists.
      durable: also survive a power cut (waits for the disk).

    Raises:
      UserError: the disk is full or the folder cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb") as stream:
            yield stream
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        os.replace(partial, path)
        if durable:
            _sync_folder(path.parent)
    except OSError as error:
        raise explain(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def remove_leftovers(folder: Path) -> None:
    """Removes what killed processes left in a folder that no other process writes to now."""
    for partial in folder.glob(".*.partial"):
        partial.unlink(missing_ok=True)


def ensure_writable(folder: Path) -> None:
    """Creates `folder` and proves that files can be written there, before hours of training.

    Raises:
      UserError: it cannot be created or written.
    """
    try:
        str(folder).encode()
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain(error, folder) from error
    except ValueError as error:  # a zero byte, or bytes that are not UTF-8
        raise UserError(
            f"{str(folder)!a} is no name that all of the libraries can handle; choose a "
            "folder whose whole path is UTF-8 without zero bytes."
        ) from error
    probe = folder / f".writable.{os.getpid()}"
    with replacing(probe) as stream:
        stream.write(b"written to see whether this folder can be written")
    probe.unlink()


def is_users_business(error: OSError) -> bool:
    """Whether an error is about room, permission or what lies in the way: the user's to mend."""
    return error.errno in _FULL | _FORBIDDEN | _IN_THE_WAY


def explain(error: OSError, path: Path) -> UserError:
    """What an error while writing `path` means for the user."""
    if error.errno in _FULL:
        return UserError(
            f"No space is left to write {path}; free some and run the same command again, "
            "nothing that was finished is lost."
        )
    reason = error.strerror or str(error)
    if error.errno in _IN_THE_WAY:
        return UserError(
            f"{path} cannot be written ({reason}): a file lies where a folder should be, or the "
            "reverse; move it away or choose another folder."
        )
    return UserError(
        f"{path} cannot be written ({reason}); choose another folder or change its permissions."
    )


def _sync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):  # Windows has no handle on a folder to wait for.
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
