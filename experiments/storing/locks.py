"""Only one process at a time: locks that the operating system releases however one ends."""

from collections.abc import Iterator
import contextlib
from pathlib import Path

from filelock import FileLock, Timeout

from agents.errors import UserError
from experiments.storing.files import explain

# Of a run, in its folder.
LOCK = ".lock"
_PATIENCE_S = 60.0


class TakenError(UserError):
    """Another process has what is wanted; it is worth trying again later."""


def is_held(path: Path) -> bool:
    """Whether another process holds the lock at `path` right now."""
    if not path.exists():
        return False
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:
        # Whoever needs it will say what is wrong with it.
        return False
    lock.release()
    return False


@contextlib.contextmanager
def held(path: Path, patience_s: float = _PATIENCE_S) -> Iterator[None]:
    """Holds the lock at `path` for the length of the block.

    Raises:
      UserError: another process holds it for longer than `patience_s`, or it cannot be made.
    """
    lock = FileLock(path, timeout=patience_s)
    try:
        lock.acquire()
    except Timeout as error:
        raise TakenError(
            f"Another command has held {path} for {patience_s:.0f} seconds; wait for it to end "
            "and run this one again."
        ) from error
    except OSError as error:
        raise explain(error, path) from error
    try:
        yield
    finally:
        lock.release()
