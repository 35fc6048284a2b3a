"""Checkpoints of a run: orbax for the learner, append-only files for the replay.

The frames that one iteration adds never change again, so each snapshot writes only its own
new transitions and the ring is refilled from the last files. A run directory holds

    checkpoint/learner/<agent_step>/       parameters, optimizer, intervention (orbax)
    checkpoint/transitions/<agent_step>.npz
    checkpoint/run_id

Runs without a replay have no transitions.

An interrupted save leaves the previous checkpoint in force: the transitions are written
first, and a learner's folder appears by an atomic rename.
"""

from pathlib import Path
import shutil
from typing import Any

import numpy as np
import orbax.checkpoint as ocp

from agents.errors import UserError
from agents.events import Snapshot
from agents.files import replacing

_KEPT = 2  # the newest checkpoint, and the one before in case it is damaged


def _checkpointer() -> ocp.StandardCheckpointer:
    return ocp.StandardCheckpointer()


def kept_steps(directory: Path) -> list[int]:
    """Agent steps of the finished learner checkpoints, newest first.

    Args:
      directory: the run's checkpoint folder.
    """
    folder = directory / "learner"
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return sorted((int(name) for name in names if name.isdigit()), reverse=True)


def save(directory: Path, run_id: str, snapshot: Snapshot, ring_capacity: int) -> None:
    """Writes a snapshot and drops what resuming no longer needs.

    Args:
      directory: the run's checkpoint folder; created if missing.
      run_id: the run that the snapshot belongs to.
      snapshot: what to save.
      ring_capacity: transitions that the replay holds at most.

    Raises:
      OSError: the disk is full or not writable; the previous checkpoint is intact.
    """
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "run_id").write_text(run_id)
    transitions = directory / "transitions"
    if snapshot.transitions:
        _save_transitions(transitions, snapshot)

    learner = directory.resolve() / "learner"
    learner.mkdir(exist_ok=True)
    with _checkpointer() as checkpointer:
        saved = {"state": snapshot.state, "gradient_step": np.int64(snapshot.gradient_step)}
        checkpointer.save(learner / str(snapshot.agent_step), saved, force=True)
    for step in kept_steps(directory)[_KEPT:]:
        shutil.rmtree(learner / str(step))
    _drop_overwritten(transitions, kept_steps(directory)[-1], ring_capacity)


def _save_transitions(transitions: Path, snapshot: Snapshot) -> None:
    transitions.mkdir(exist_ok=True)
    with replacing(transitions / f"{snapshot.agent_step}.npz") as file:
        np.savez_compressed(file, **snapshot.transitions)


def _drop_overwritten(transitions: Path, oldest_kept_step: int, ring_capacity: int) -> None:
    # A run adds one transition an agent step, so a file named n holds those before step n.
    for path in transitions.glob("*.npz"):
        if int(path.stem) <= oldest_kept_step - ring_capacity:
            path.unlink()


def load_latest(directory: Path, run_id: str, until: int | None = None) -> Snapshot | None:
    """The newest readable snapshot, its `transitions` covering all that the ring held.

    Args:
      directory: the run's checkpoint folder.
      run_id: the run that is to go on.
      until: passes over those after this agent step.

    Returns:
      None if nothing was saved yet.

    Raises:
      UserError: the checkpoint belongs to another run, or none of those kept can be read.
    """
    steps = [step for step in kept_steps(directory) if until is None or step <= until]
    if not steps:
        return None
    _check_owner(directory, run_id)
    problems = []
    for step in steps:
        try:
            return _load(directory, step)
        # Whatever a damaged file raises, from orbax, tensorstore or zipfile, the answer is
        # the same: try the checkpoint before it.
        except Exception as error:
            problems.append(f"{step}: {type(error).__name__}")
    raise UserError(
        f"No checkpoint in {directory} can be read ({'; '.join(problems)}); delete that folder to "
        "train the run anew."
    )


def load_learner(directory: Path, run_id: str) -> dict[str, Any]:
    """The last state of a run, for runs that start from its network.

    Args:
      directory: the run's checkpoint folder.
      run_id: the run that it must belong to.

    Returns:
      `Snapshot.state` of its newest snapshot.

    Raises:
      UserError: there is none, it belongs to another run, or it cannot be read.
    """
    steps = kept_steps(directory)
    if not steps:
        raise UserError(
            f"{directory} holds no trained network; delete the folder of run {run_id} and run the "
            "same command again to train it anew."
        )
    _check_owner(directory, run_id)
    try:
        return _restore(directory, steps[0])["state"]
    # As in load_latest: any error means a damaged file.
    except Exception as error:
        raise UserError(
            f"The network in {directory} cannot be read ({type(error).__name__}); delete the "
            f"folder of run {run_id} and run the same command again to train it anew."
        ) from error


def _check_owner(directory: Path, run_id: str) -> None:
    owner = directory / "run_id"
    found = owner.read_text().strip() if owner.exists() else "no run at all"
    if found != run_id:
        raise UserError(
            f"The checkpoint in {directory} belongs to {found}, not to run {run_id}; move that "
            "folder away to train the run anew."
        )


def _restore(directory: Path, step: int) -> dict[str, Any]:
    with _checkpointer() as checkpointer:
        return checkpointer.restore(directory.resolve() / "learner" / str(step))


def _load(directory: Path, step: int) -> Snapshot:
    saved = _restore(directory, step)
    transitions = directory / "transitions"
    return Snapshot(
        agent_step=step,
        gradient_step=int(saved["gradient_step"]),
        state=saved["state"],
        transitions=_load_transitions(transitions, step) if transitions.is_dir() else {},
    )


def _load_transitions(directory: Path, step: int) -> dict[str, np.ndarray]:
    """What the ring held at `step`, joined from the files of the iterations before it."""
    parts: list[dict[str, np.ndarray]] = []
    for end in sorted((int(path.stem) for path in directory.glob("*.npz")), reverse=True):
        if end > step:
            continue
        # Opened here: numpy leaves a damaged file open.
        with (
            open(directory / f"{end}.npz", "rb") as file,
            np.load(file, allow_pickle=False) as archive,
        ):
            part = dict(archive)
        last_step = int(part["first_step"]) + len(part["action"])
        if last_step != (int(parts[-1]["first_step"]) if parts else step):
            break
        parts.append(part)
        if part["first_step"] <= parts[0]["oldest_step"]:
            break
    if not parts or parts[-1]["first_step"] > parts[0]["oldest_step"]:
        raise ValueError("a file of transitions is missing")
    columns = [name for name in parts[0] if name not in ("first_step", "oldest_step")]
    joined = {name: np.concatenate([part[name] for part in parts[::-1]]) for name in columns}
    return joined | {"first_step": parts[-1]["first_step"]}


def finish(directory: Path) -> None:
    """Keeps the final learner of a complete run and drops its replay."""
    shutil.rmtree(directory / "transitions", ignore_errors=True)
    for step in kept_steps(directory)[1:]:
        shutil.rmtree(directory / "learner" / str(step))
