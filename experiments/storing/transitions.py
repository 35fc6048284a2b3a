"""Transitions that a run leaves on disk because another one learns from them.

They change nothing about the run, so that they are no part of its specification. A run whose
folder holds a folder for them writes one buffer an iteration there.
"""

from collections.abc import Iterable
import os
from pathlib import Path

from agents.events import Snapshot
from agents.identity import Spec
from agents.replay.dopamine_format import buffer_numbers, write_buffer
from experiments.storing.files import explain

TRANSITIONS = "transitions"


def needed_by(specs: Iterable[Spec]) -> set[str]:
    """Ids of the runs whose transitions these runs learn from."""
    return {data.run_id for spec in specs for data in spec.requires_transitions_of}


def keep(run_folder: Path) -> None:
    """From now on, whoever trains this run leaves its transitions.

    Raises:
      UserError: the folder cannot be written.
    """
    folder = run_folder / TRANSITIONS
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain(error, folder) from error


def are_kept(run_folder: Path) -> bool:
    """Whether somebody has asked for the transitions of this run."""
    return (run_folder / TRANSITIONS).is_dir()


def are_whole(run_folder: Path, spec: Spec) -> bool:
    """Whether the transitions of all iterations are there."""
    return set(buffer_numbers(run_folder / TRANSITIONS)) >= set(range(spec.schedule.iterations))


def write(run_folder: Path, spec: Spec, snapshot: Snapshot) -> None:
    """Stores what the iteration before a snapshot added.

    Raises:
      OSError: the disk is full or not writable.
    """
    number = snapshot.agent_step // spec.schedule.agent_steps_per_iteration - 1
    write_buffer(run_folder / TRANSITIONS, number, snapshot.transitions)


def move(source: Path, target: Path) -> None:
    """Hands transitions from one run's folder to another's; can be repeated if it is killed."""
    # A buffer counts as stored once its frames are there, so these go last.
    paths = sorted((source / TRANSITIONS).iterdir(), key=lambda path: "observation" in path.name)
    for path in paths:
        os.replace(path, target / TRANSITIONS / path.name)
