"""How much of a host's memory this process may take: of a container or a cluster's job, its limit.

Linux kills whoever takes more, so that a plan by the machine's whole memory would end in that.
"""

from collections.abc import Iterator
import os
from pathlib import Path, PurePosixPath

# Where the limits are: of the one tree of control groups, and of the tree of memory before it.
_UNIFIED = ("sys/fs/cgroup", "memory.max")
_OLDER = ("sys/fs/cgroup/memory", "memory.limit_in_bytes")


def host_bytes(root: Path = Path("/")) -> int:
    """Bytes of the machine's memory, or the lowest limit above this process.

    Args:
      root: of the file system in which the limits are looked up.
    """
    # All of it, not what is free: other runs may have begun to take their share.
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([physical, *_limits(root)])


def _limits(root: Path) -> Iterator[int]:
    """Of the groups that this process is in, and of those that these are in; none elsewhere."""
    try:
        groups = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in groups:
        _, controllers, name = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        folder, file = _OLDER if controllers else _UNIFIED
        inside = PurePosixPath(name.lstrip("/"))
        # In a container the group's name may be that outside, where its files are not.
        for group in (inside, *inside.parents):
            try:
                told = (root / folder / group / file).read_text().strip()
            except OSError:
                continue
            if told.isdecimal():  # and not "max"
                yield int(told)
