"""What made a result: versions, device, commit."""

import datetime
from importlib import metadata
from pathlib import Path
import platform
import subprocess
from typing import Any

import jax

_PACKAGES = ("jax", "jaxlib", "flax", "optax", "numpy", "ale-py", "orbax-checkpoint", "pyarrow")


def describe() -> dict[str, Any]:
    """Facts about this process, as JSON-ready values."""
    device = jax.devices()[0]
    return {
        "versions": {name: metadata.version(name) for name in _PACKAGES},
        "python": platform.python_version(),
        "device": f"{device.platform} ({device.device_kind}), {platform.machine()}",
        "git_commit": git_commit(),
        "written_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def git_commit() -> str:
    """The commit of this source tree, "-dirty" if files differ from it, or "unknown"."""
    try:
        commit = _git("rev-parse", "HEAD")
        changes = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return commit + ("-dirty" if changes else "")


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(Path(__file__).parent), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    return done.stdout.strip()
