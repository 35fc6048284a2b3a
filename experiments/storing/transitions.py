"""Transitions that a run leaves on disk because another one learns from them.

They change nothing about the run, so that they are no part of its specification. A run whose
folder holds a folder for them writes them there, see `agents.replay.archive`.
"""

from collections.abc import Iterable
from pathlib import Path

from agents.identity import Spec
from agents.replay import archive
from agents.replay.archive import Kept
from agents.replay.dopamine_format import buffer_numbers
from agents.run_folder import TRANSITIONS
from experiments.storing.files import explain


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


def kept(run_folder: Path, spec: Spec) -> Kept | None:
    """Where a run writes the transitions that it is to keep; None if nobody has asked for them."""
    if not are_kept(run_folder):
        return None
    return Kept(run_folder / TRANSITIONS, spec.schedule.agent_steps_per_iteration)


def are_whole(run_folder: Path, spec: Spec) -> bool:
    """Whether the transitions of all iterations are there.

    Raises:
      UserError: nothing can be said, because the list of them is damaged.
    """
    folder = run_folder / TRANSITIONS
    if (folder / archive.MANIFEST).exists():
        return archive.is_whole(folder)
    # As older versions wrote them.
    return set(buffer_numbers(folder)) >= set(range(spec.schedule.iterations))


def move(source: Path, target: Path) -> None:
    """Hands transitions from one run's folder to another's; can be repeated if it is killed."""
    archive.move(source / TRANSITIONS, target / TRANSITIONS)
