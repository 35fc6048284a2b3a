"""Files that are either the old one or the new one; what goes wrong, in words for users."""

from collections.abc import Iterator
import contextlib
import errno
from pathlib import Path
import secrets
from typing import BinaryIO

from agents import files
from agents.errors import UserError

# EFBIG: a limit on the size of files (`ulimit -f`) shows itself as this.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_IN_THE_WAY = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextlib.contextmanager
def replacing(path: Path, durable: bool = True) -> Iterator[BinaryIO]:
    """As `agents.files.replacing`, with errors that say what to do.

    Raises:
      UserError: the disk is full or the folder cannot be written.
    """
    try:
        with files.replacing(path, durable) as stream:
            yield stream
    except OSError as error:
        raise explain(error, path) from error


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
    probe = folder / f".writable.{secrets.token_hex(8)}"
    try:
        with files.replacing(probe) as stream:
            stream.write(b"written to see whether this folder can be written")
    except OSError as error:
        raise explain(error, folder) from error
    probe.unlink()


def is_users_business(error: OSError) -> bool:
    """Whether an error is about room, permission or what lies in the way: the user's to mend."""
    return error.errno in FULL | _FORBIDDEN | _IN_THE_WAY


def explain(error: OSError, path: Path) -> UserError:
    """What an error while writing `path` means for the user."""
    if error.errno in FULL:
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
