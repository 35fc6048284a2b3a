"""What made a result: versions, device, commit."""

import datetime
from importlib import metadata
import os
from pathlib import Path
import platform
import subprocess
from typing import Any

import jax

_PACKAGE = "dormant-neurons"
_NUMERICS = ("jax", "jaxlib", "flax", "optax", "numpy")
# Told as far as they are installed, which mujoco need not be.
_PACKAGES = (*_NUMERICS, "ale-py", "gymnasium", "mujoco", "orbax-checkpoint", "pyarrow")


def describe() -> dict[str, Any]:
    """Facts about this process, as JSON-ready values."""
    device = jax.devices()[0]
    return {
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
        "python": platform.python_version(),
        "device": f"{device.platform} ({device.device_kind}), {platform.machine()}",
        "git_commit": source(),
        "written_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def source() -> str:
    """Which source made a result.

    The commit, with "-dirty" if files differ from it, where this module is one of the files of a
    git repository. Installed anywhere else, also inside of a user's own repository, the version
    of the package is all that is known.
    """
    try:
        _git("ls-files", "--error-unmatch", Path(__file__).name)
        commit = _git("rev-parse", "HEAD")
        changes = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        version = _version(_PACKAGE)
        return f"version {version}" if version else "unknown"
    return commit + ("-dirty" if changes else "")


def _version(package: str) -> str | None:
    """Of an installed package; None if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git(*arguments: str) -> str:
    # The folder alone decides which repository it is, and nobody else is kept waiting for it.
    environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
    done = subprocess.run(
        ["git", "-C", str(Path(__file__).parent), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
        env=environment | {"GIT_OPTIONAL_LOCKS": "0"},
    )
    return done.stdout.strip()
