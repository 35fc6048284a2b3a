"""Trains one run so that killing it at any moment costs time and nothing else.

The order of writing makes it so. At every snapshot of the trainer both tables are replaced
first and the checkpoint afterwards, each atomically: the tables on disk are never older than
the checkpoint. Going on from a checkpoint drops the rows that come after it, and since the
trainer repeats exactly what it did, the final tables are bit for bit those of a run that was
never interrupted. Times of the clock are in the tables' metadata only.
"""

from collections.abc import Callable, Iterator
import contextlib
import logging
from pathlib import Path
import shutil
import time

from filelock import FileLock, Timeout

from agents import checkpoints
from agents.dopamine_format import write_buffer
from agents.errors import UserError
from agents.events import Event, Log, Snapshot
from agents.identity import Spec
from agents.trainers import train as train_any
from experiments import provenance
from experiments.files import remove_leftovers
from experiments.progress import StatusFile
from experiments.recording import Recording
from experiments.store import claim_folder

CHECKPOINT = "checkpoint"
TRANSITIONS = "transitions"
LOCK = ".lock"
# A worker whose launcher was killed notices it at once, but may be busy for a moment.
_LOCK_PATIENCE_S = 5.0

_logger = logging.getLogger(__name__)

Trainer = Callable[[Spec, Snapshot | None, Path], Iterator[Event]]


def run_one(spec: Spec, folder: Path, train: Trainer = train_any) -> None:
    """Trains `spec` from its latest checkpoint to its end, unless that was done before.

    Args:
      spec: the run.
      folder: the run's folder in a store.
      train: generates the events of the run; see `agents.trainers.train`.

    Raises:
      UserError: another command trains this run now, the folder belongs to another run, a
        file is damaged, the disk is full, or the spec cannot be trained.
    """
    claim_folder(folder, spec)
    with _only_one(folder):
        remove_leftovers(folder)
        status = StatusFile(folder)
        recording, snapshot = _begin(spec, folder)
        if not recording.complete:
            _train(spec, folder, recording, status, train, snapshot)
        # Also after a run that was killed between its last table and this line.
        if (folder / CHECKPOINT).exists():
            checkpoints.finish(folder / CHECKPOINT)
        status.finish()


def _begin(spec: Spec, folder: Path) -> tuple[Recording, Snapshot | None]:
    """What there is to go on from."""
    recording = Recording.open(spec, folder)
    if recording is None:
        # A checkpoint without its tables cannot lead to whole tables.
        shutil.rmtree(folder / CHECKPOINT, ignore_errors=True)
    elif recording.complete:
        return recording, None
    else:
        snapshot = checkpoints.load_latest(folder / CHECKPOINT, spec.run_id)
        if snapshot is not None:
            _logger.info("going on from agent step %d", snapshot.agent_step)
            recording.rewind(snapshot.agent_step)
            return recording, snapshot
    _logger.info("starting from the beginning")
    return Recording(spec, folder), None


def _train(
    spec: Spec,
    folder: Path,
    recording: Recording,
    status: StatusFile,
    train: Trainer,
    snapshot: Snapshot | None,
) -> None:
    """Trains on from `snapshot` and stores what the events say."""
    made_by = provenance.describe()
    started = time.monotonic() - recording.wall_time_s

    def write(event: Event, complete: bool) -> None:
        elapsed = time.monotonic() - started
        recording.write(event.agent_step, event.gradient_step, complete, elapsed, made_by)

    # No event follows the last snapshot, so that it may be the last one already.
    event = snapshot
    for event in train(spec, snapshot, folder.parent):
        status.step(event.agent_step, event.gradient_step)
        if isinstance(event, Log):
            recording.add(event)
            status.measured(event.metrics)
            _logger.info(_line(event))
        elif isinstance(event, Snapshot):
            write(event, complete=False)
            if spec.keep_transitions:
                number = event.agent_step // spec.schedule.agent_steps_per_iteration - 1
                write_buffer(folder / TRANSITIONS, number, event.transitions)
            capacity = spec.replay_capacity_transitions
            checkpoints.save(folder / CHECKPOINT, spec.run_id, event, capacity)
    write(event, complete=True)


def _line(log: Log) -> str:
    values = (f"{key} {value:.4g}" for key, value in log.metrics.items() if "/" not in key)
    return f"gradient step {log.gradient_step}, agent step {log.agent_step}: {', '.join(values)}"


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Holds the run's lock, which the operating system releases however a process ends."""
    lock = FileLock(folder / LOCK, timeout=_LOCK_PATIENCE_S)
    try:
        lock.acquire()
    except Timeout as error:
        raise UserError(
            f"Another command is training run {folder.name} right now; wait for it to end and "
            "run this one again."
        ) from error
    try:
        yield
    finally:
        lock.release()
