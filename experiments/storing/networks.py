"""The trained network that a finished run leaves, for runs that imitate it or start from it."""

from collections.abc import Iterable
import os
from pathlib import Path
import shutil

from agents.identity import Spec
from agents.run_folder import CHECKPOINT
from agents.saved_steps import kept_steps


def needed_by(specs: Iterable[Spec]) -> set[str]:
    """Ids of the runs whose trained network these runs need."""
    return {run.run_id for spec in specs for run in spec.requires_network_of}


def is_there(run_folder: Path) -> bool:
    """Whether a finished run has its network; tables may have been copied without it."""
    return bool(kept_steps(run_folder / CHECKPOINT))


def move(source: Path, target: Path) -> None:
    """Hands the network from one run's folder to another's, which has none."""
    shutil.rmtree(target / CHECKPOINT, ignore_errors=True)
    os.replace(source / CHECKPOINT, target / CHECKPOINT)
