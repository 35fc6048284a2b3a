"""Who holds something, on file systems whose locks cannot be trusted: leases that expire.

What holds on every file system that several machines share is little: a name is created by one
of them only, and time stamps are the server's. So a lease is a file that is created, renewed by
touching it, and expired once nobody has for too long. Each taking creates a name of its own,

    <name>.lease-<generation>

and the highest generation counts. A lease is never handed back by removing it: the next holder
creates the next name, so that whoever judged by an older one fails, however slow it was.
"""

from collections.abc import Iterator
import contextlib
import json
import os
from pathlib import Path
import platform
import secrets
import threading
import time

EXPIRY_S = 120.0
RENEWAL_S = 20.0


class Lease:
    """What this process holds, or would like to.

    Attributes:
      lost: whether another process has taken it over, because this one stood still for so long
        that it passed for dead, or the folder was moved away. Nothing may be written any more.
    """

    def __init__(self, path: Path):
        self.lost = False
        self._path = path
        self._mine: Path | None = None
        self._released = threading.Event()

    def take(self) -> bool:
        """Takes it, unless another process has it; from then on a thread renews it.

        Raises:
          OSError: the folder cannot be written.
        """
        found = _generations(self._path)
        latest = found[-1] if found else -1
        with _probe(self._path, _about_us()) as (probe, now):
            if found and _is_alive(_file(self._path, latest), now):
                return False
            mine = _file(self._path, latest + 1)
            if not _created(probe, mine):
                return False
        if _generations(self._path)[-1] != latest + 1:
            # Ours is an old name that was free again: others have been here meanwhile.
            mine.unlink(missing_ok=True)
            return False
        for generation in found:
            _file(self._path, generation).unlink(missing_ok=True)
        self._mine = mine
        threading.Thread(target=self._renew, daemon=True).start()
        return True

    def release(self) -> None:
        """Hands it back; others may take it at once."""
        self._released.set()
        if self._mine is not None and not self.lost:
            with contextlib.suppress(OSError):
                os.utime(self._mine, (0, 0))

    def _renew(self) -> None:
        while not self._released.wait(RENEWAL_S):
            # What goes wrong now may go well the next time, and else the lease expires.
            with contextlib.suppress(OSError):
                latest = [_file(self._path, end) for end in _generations(self._path)[-1:]]
                # None at all, where somebody has moved the folder away.
                if latest != [self._mine]:
                    self.lost = True
                    return
                # Without a time of ours: the server's.
                os.utime(self._mine)


def is_leased(path: Path) -> bool:
    """Whether another process, here or elsewhere, has the lease at `path` right now."""
    found = _generations(path)
    if not found:
        return False
    try:
        with _probe(path, b"") as (_, now):
            pass
    except OSError:
        # One may look at what one cannot write.
        now = time.time()
    return _is_alive(_file(path, found[-1]), now)


def _file(path: Path, generation: int) -> Path:
    return path.with_name(f"{path.name}.lease-{generation}")


def _generations(path: Path) -> list[int]:
    """Those that there are, ascending."""
    ends = [found.name.rpartition("-")[2] for found in path.parent.glob(f"{path.name}.lease-*")]
    return sorted(int(end) for end in ends if end.isdecimal())


@contextlib.contextmanager
def _probe(path: Path, content: bytes) -> Iterator[tuple[Path, float]]:
    """A file of our own beside `path` for a moment, and the server's time of writing it."""
    probe = path.with_name(f".{path.name}.{secrets.token_hex(8)}.partial")
    try:
        with open(probe, "xb") as stream:
            stream.write(content)
        yield probe, probe.stat().st_mtime
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()


def _created(probe: Path, name: Path) -> bool:
    """Makes `name` another name of `probe`; whether it was us who made it.

    The answer to the call may be lost on its way from the server; the number of names is not.
    """
    with contextlib.suppress(OSError):
        os.link(probe, name)
    try:
        return probe.stat().st_nlink == 2
    except FileNotFoundError:
        return False


def _about_us() -> bytes:
    about = {"machine": _machine(), "host": platform.node(), "pid": os.getpid()}
    return json.dumps(about).encode()


def _machine() -> str:
    """What tells this machine from others, and from a container on it with pids of its own."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return platform.node()


def _is_alive(lease: Path, now: float) -> bool:
    """Whether the holder of a lease is at work, as far as can be told from here."""
    try:
        silent_s = now - lease.stat().st_mtime
        about = json.loads(lease.read_text())
        machine, pid = about["machine"], int(about["pid"])
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, TypeError):
        return True
    if silent_s > EXPIRY_S:
        return False
    # Of our own machine we know at once who has died.
    return machine != _machine() or _is_running(pid)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    try:
        # Dead, and its parent has not looked yet.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return True
