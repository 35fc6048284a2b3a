"""Only one process at a time, on one machine or on many that share a folder.

The operating system's lock is released however a process ends, but on network file systems it
may hold on one machine only, or be no lock at all. So there is a lease beside it
(`storing.leases`), and who wants something needs both.
"""

from collections.abc import Iterator
import contextlib
from pathlib import Path
import time

from filelock import FileLock, Timeout

from agents.errors import UserError
from experiments.storing.files import explain
from experiments.storing.leases import Lease, is_leased

# Of a run, in its folder.
LOCK = ".lock"
_PATIENCE_S = 60.0
_PERIOD_S = 0.1


class TakenError(UserError):
    """Another process has what is wanted; it is worth trying again later."""


class Hold:
    """What is held for the length of a block."""

    def __init__(self, path: Path, lease: Lease):
        self._path, self._lease = path, lease

    def check(self) -> None:
        """Proves that it is still ours.

        Raises:
          TakenError: this process stood still for so long that another has taken over.
        """
        if self._lease.lost:
            raise TakenError(
                f"Another command has taken over {self._path.parent}, because this process stood "
                "still for too long, or that folder was moved away; nothing more is written."
            )


def is_held(path: Path) -> bool:
    """Whether another process holds what is locked at `path` right now."""
    if not path.exists():
        return False
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:
        # Of what one cannot write, the lease still tells. Whoever needs it will say what is wrong.
        return is_leased(path)
    try:
        return is_leased(path)
    finally:
        lock.release()


@contextlib.contextmanager
def held(path: Path, patience_s: float = _PATIENCE_S) -> Iterator[Hold]:
    """Holds what is locked at `path` for the length of the block.

    Raises:
      TakenError: another process holds it for longer than `patience_s`.
      UserError: it cannot be made.
    """
    lock, lease = FileLock(path, timeout=patience_s), Lease(path)
    deadline = time.monotonic() + patience_s
    taken = TakenError(
        f"Another command has held {path} for {patience_s:.0f} seconds; wait for it to end "
        "and run this one again."
    )
    try:
        lock.acquire()
    except Timeout as error:
        raise taken from error
    except OSError as error:
        raise explain(error, path) from error
    try:
        try:
            while not lease.take():
                if time.monotonic() > deadline:
                    raise taken
                time.sleep(_PERIOD_S)
        except OSError as error:
            raise explain(error, path) from error
        yield Hold(path, lease)
    finally:
        lease.release()
        lock.release()
