"""What a run leaves in its folder for other runs, and where.

Whoever keeps the folders (`experiments.storing`) says what else is in them.
"""

from pathlib import Path

from agents.identity import Spec

CHECKPOINT = "checkpoint"
TRANSITIONS = "transitions"


def checkpoint_of(run: Spec, runs: Path) -> Path:
    """The checkpoint of a run, which after its end holds its network; `runs` holds all folders."""
    return runs / run.run_id / CHECKPOINT


def transitions_of(run: Spec, runs: Path) -> Path:
    """The transitions that a run has kept; `runs` is the folder of all runs."""
    return runs / run.run_id / TRANSITIONS
