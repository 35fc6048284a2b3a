"""Which learners a checkpoint folder holds, by its names alone: nothing is read, JAX not imported.

`agents.checkpoints` says what lies under these names.
"""

from pathlib import Path

LEARNER = "learner"
OWNER = "run_id"
# In the names of folders that orbax has not finished.
UNFINISHED = ".orbax-checkpoint-tmp"
# What orbax puts into every folder that it has finished.
_ORBAX_MARK = "_CHECKPOINT_METADATA"


def kept_steps(directory: Path) -> list[int]:
    """Agent steps of the finished learner checkpoints, newest first.

    What is not ours is passed over: files, links, and folders that orbax did not finish.

    Args:
      directory: the run's checkpoint folder.
    """
    folder = directory / LEARNER
    found = [path for path in folder.iterdir() if is_kept(path)] if folder.is_dir() else []
    return sorted((int(path.name) for path in found), reverse=True)


def is_kept(path: Path) -> bool:
    """Whether it is the folder of a learner that was written to its end."""
    name = path.name
    if not name.isdecimal() or str(int(name)) != name or path.is_symlink():
        return False
    return (path / _ORBAX_MARK).is_file()
