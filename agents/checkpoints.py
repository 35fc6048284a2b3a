"""Checkpoints of a run: orbax for the learner, append-only files for the replay.

The frames that one iteration adds never change again, so each snapshot writes only its own
new transitions and the ring is refilled from the last files. A run's checkpoint folder holds

    learner/<agent_step>/               parameters, optimizer, intervention (orbax)
    transitions/<agent_step>.parquet    see `agents.replay.ring_parts`
    run_id                              whose checkpoint it is
    final.json                          of a finished run: checksums of its learner

Runs without a replay have no transitions. Where a run keeps its transitions for others, they
are written once, into the folder where they stay, and read from there.

An interrupted save leaves the previous checkpoint in force: the transitions are written
first, and a learner's folder appears by an atomic rename.
"""

from collections.abc import Iterator, Sequence
import contextlib
import hashlib
import json
import logging
from pathlib import Path
import shutil
from typing import Any

import numpy as np
import orbax.checkpoint as ocp

from agents.errors import UserError
from agents.events import Snapshot
from agents.files import (
    remove_leftovers,
    remove_whole,
    replacing,
    sync_folder,
)
from agents.replay import archive
from agents.replay.archive import Kept
from agents.replay.ring_parts import drop_overwritten, load_ring
from agents.saved_steps import LEARNER, OWNER, UNFINISHED, is_kept, kept_steps

_KEPT = 2  # the newest checkpoint, and the one before in case it is damaged
_FINAL = "final.json"
_TRANSITIONS = "transitions"

_logger = logging.getLogger(__name__)


def save(
    directory: Path,
    run_id: str,
    snapshot: Snapshot,
    ring_capacity: int,
    kept: Kept | None = None,
) -> None:
    """Writes a snapshot and drops what resuming no longer needs.

    Args:
      directory: the run's checkpoint folder; created if missing.
      run_id: the run that the snapshot belongs to.
      snapshot: what to save.
      ring_capacity: transitions that the replay holds at most; 0 without a replay.
      kept: where all transitions stay for other runs; None drops those that the replay has
        overwritten.

    Raises:
      OSError: the disk is full or not writable; the previous checkpoint is intact.
    """
    learner = directory.resolve() / LEARNER
    learner.mkdir(parents=True, exist_ok=True)
    _write_owner(directory, run_id)
    if snapshot.transitions and len(snapshot.transitions["reward"]):
        folder = kept.folder if kept else directory / _TRANSITIONS
        part = archive.write_part(folder, snapshot.transitions)
        if kept:
            archive.note_part(kept, part)
    _write_learner(learner, snapshot)
    for step in kept_steps(directory)[_KEPT:]:
        remove_whole(learner / str(step))
    drop_overwritten(directory / _TRANSITIONS, kept_steps(directory)[-1] - ring_capacity)


def _write_owner(directory: Path, run_id: str) -> None:
    path = directory / OWNER
    if path.is_file() and path.read_text(errors="replace") == run_id:
        return
    with replacing(path) as stream:
        stream.write(run_id.encode())


def _write_learner(learner: Path, snapshot: Snapshot) -> None:
    folder = learner / str(snapshot.agent_step)
    if folder.exists() and not is_kept(folder):
        raise UserError(f"{folder} is in the way of a checkpoint; move it out of there.")
    if folder.exists():
        remove_whole(folder)
    saved = {"state": snapshot.state, "gradient_step": np.int64(snapshot.gradient_step)}
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(folder, saved)
    sync_folder(learner)


def load_latest(
    directory: Path,
    run_id: str,
    ring_capacity: int,
    until: int | None = None,
    kept: Kept | None = None,
) -> Snapshot | None:
    """The newest readable snapshot, its `transitions` covering all that the ring held.

    Clears what killed processes left, and all that comes after the snapshot, which is about to be
    made again: nobody else may be writing there.

    Args:
      directory: the run's checkpoint folder.
      run_id: the run that is to go on.
      ring_capacity: as in `save`.
      until: passes over those after this agent step.
      kept: as in `save`.

    Returns:
      None if nothing was saved yet.

    Raises:
      UserError: the checkpoint belongs to another run, or none of those kept can be read.
    """
    _clear_leftovers(directory)
    # Transitions may have been asked for in the middle of the run: then they are in two places.
    transitions = [directory / _TRANSITIONS, *([kept.folder] if kept else [])]
    steps = [step for step in kept_steps(directory) if until is None or step <= until]
    if not steps:
        _drop_after(directory, transitions, 0)
        return None
    _check_owner(directory, run_id)
    problems = []
    for step in steps:
        try:
            snapshot = _load(directory, step, transitions if ring_capacity else ())
        # Whatever a damaged file raises, from orbax, tensorstore or pyarrow, the answer is
        # the same: try the checkpoint before it.
        except Exception as error:
            problems.append(f"{step}: {type(error).__name__}")
            continue
        if problems:
            _logger.warning(
                "The newest checkpoint in %s is damaged (%s); going on from the one before it, at "
                "agent step %d.",
                directory,
                "; ".join(problems),
                step,
            )
        _drop_after(directory, transitions, step)
        return snapshot
    raise UserError(
        f"No checkpoint in {directory} can be read ({'; '.join(problems)}); restore it, or move "
        "that folder away and run the same command again to train the run anew."
    )


def load_learner(directory: Path, run_id: str) -> dict[str, Any]:
    """The last state of a finished run, for runs that start from its network.

    Args:
      directory: the run's checkpoint folder.
      run_id: the run that it must belong to.

    Returns:
      `Snapshot.state` of its newest snapshot.

    Raises:
      UserError: there is none, it belongs to another run, cannot be read, or is not what the
        run left.
    """
    steps = kept_steps(directory)
    if not steps:
        raise UserError(
            f"{directory} holds no trained network; move the folder of run {run_id} away and run "
            "the same command again to train it anew."
        )
    _check_owner(directory, run_id)
    try:
        _check_final(directory, steps[0])
        return _restore(directory, steps[0])["state"]
    # As in load_latest: any error means a damaged file.
    except Exception as error:
        raise UserError(
            f"The network in {directory} cannot be read ({type(error).__name__}: "
            f"{str(error).splitlines()[0] if str(error) else 'no reason given'}); restore it, or "
            f"move the folder of run {run_id} away and run the same command again to train it anew."
        ) from error


def _check_owner(directory: Path, run_id: str) -> None:
    owner = directory / OWNER
    found = owner.read_text(errors="replace").strip() if owner.is_file() else "no run at all"
    if found != run_id:
        raise UserError(
            f"The checkpoint in {directory} belongs to {found}, not to run {run_id}; move that "
            "folder away to train the run anew."
        )


def _clear_leftovers(directory: Path) -> None:
    remove_leftovers(directory)
    learner = directory / LEARNER
    remove_leftovers(learner, f"*{UNFINISHED}*")
    foreign = [path.name for path in learner.glob("*") if not is_kept(path)]
    if foreign:
        _logger.warning("In %s, %s is no checkpoint and is ignored.", learner, sorted(foreign)[0])


@contextlib.contextmanager
def _without_tracebacks() -> Iterator[None]:
    """Orbax logs dozens of lines about what it also raises."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _restore(directory: Path, step: int) -> dict[str, Any]:
    with _without_tracebacks(), ocp.StandardCheckpointer() as checkpointer:
        return checkpointer.restore(directory.resolve() / LEARNER / str(step))


def _load(directory: Path, step: int, transitions: Sequence[Path]) -> Snapshot:
    saved = _restore(directory, step)
    return Snapshot(
        agent_step=step,
        gradient_step=int(saved["gradient_step"]),
        state=saved["state"],
        transitions=load_ring(transitions, step) if transitions else {},
    )


def _drop_after(directory: Path, transitions: Sequence[Path], step: int) -> None:
    # Checkpoints first: without their transitions they could not be read.
    for newer in kept_steps(directory):
        if newer > step:
            remove_whole(directory / LEARNER / str(newer))
    for folder in transitions:
        archive.drop_parts_after(folder, step)


def finish(directory: Path, kept: Kept | None = None) -> None:
    """Keeps the final learner of a complete run, notes what it is, and drops its replay.

    Args:
      directory: the run's checkpoint folder.
      kept: as in `save`; noted to be whole.
    """
    _clear_leftovers(directory)
    steps = kept_steps(directory)
    if steps and not (directory / _FINAL).exists():
        noted = {"agent_step": steps[0], "sha256": _checksums(directory, steps[0])}
        with replacing(directory / _FINAL) as stream:
            stream.write(json.dumps(noted, indent=1, sort_keys=True).encode())
    if kept and (kept.folder / archive.MANIFEST).exists():
        archive.note_end(kept.folder)
    shutil.rmtree(directory / _TRANSITIONS, ignore_errors=True)
    for step in steps[1:]:
        remove_whole(directory / LEARNER / str(step))


def _checksums(directory: Path, step: int) -> dict[str, str]:
    """Checksums of all files of one learner."""
    folder = directory / LEARNER / str(step)
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _check_final(directory: Path, step: int) -> None:
    """Proves that a learner is what a finished run noted; older versions noted nothing."""
    path = directory / _FINAL
    if not path.exists():
        return
    noted = json.loads(path.read_bytes())
    if noted != {"agent_step": step, "sha256": _checksums(directory, step)}:
        raise ValueError("it is not what the run left")
