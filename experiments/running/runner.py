"""Trains runs so that killing them at any moment costs time and nothing else.

The order of writing makes it so. At every snapshot of the trainer both tables are replaced
first and the checkpoint afterwards, each atomically: the tables on disk are never older than
the checkpoint. Going on from a checkpoint drops the rows that come after it, and since the
trainer repeats exactly what it did, the final tables are bit for bit those of a run that was
never interrupted. Times of the clock are in the tables' metadata only.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
import contextlib
import logging
from pathlib import Path
import shutil
import time
from typing import Any

from agents import checkpoints
from agents.errors import UserError
from agents.events import Border, Event, Log, Progress, Snapshot
from agents.files import remove_leftovers
from agents.identity import Spec
from agents.kinds import train as train_any
from agents.replay import archive
from agents.replay.archive import Kept
from agents.run_folder import CHECKPOINT, TRANSITIONS
from agents.snapshot_writer import Writer
from experiments.running.preemption import Moments
from experiments.running.progress import AGAIN, StatusFile
from experiments.storing import networks, provenance, transitions
from experiments.storing.locks import LOCK, Hold, TakenError, held
from experiments.storing.recording import Recording, same_rows
from experiments.storing.store import claim_folder

# A worker whose launcher was killed notices it at once, but may be busy for a moment.
_LOCK_PATIENCE_S = 5.0

_logger = logging.getLogger(__name__)

Trainer = Callable[[Spec, Snapshot | None, Path], Iterator[Event]]
FleetTrainer = Callable[
    [Sequence[Spec], Iterable[Snapshot | None], Path], Iterator[tuple[int, Event]]
]


class RunError(UserError):
    """What stands in the way of one run, whoever else is trained beside it.

    Attributes:
      spec: the run.
    """

    def __init__(self, spec: Spec, sentence: str):
        super().__init__(sentence)
        self.spec = spec


@contextlib.contextmanager
def _blamed_on(spec: Spec) -> Iterator[None]:
    try:
        yield
    except TakenError:
        raise
    except UserError as error:
        raise RunError(spec, str(error)) from error


def run_one(
    spec: Spec, folder: Path, train: Trainer = train_any, moments: Moments | None = None
) -> None:
    """Trains `spec` from its latest checkpoint to its end, unless that was done before.

    A run that has finished without its transitions, though somebody asked for them
    (`storing.transitions.keep`), or whose trained network is gone, is trained once more, beside
    its tables, which stay what they are.

    Args:
      spec: the run.
      folder: the run's folder in a store.
      train: generates the events of the run; see `agents.kinds.train`.
      moments: as in `run_together`.

    Raises:
      UserError: another command trains this run now, the folder belongs to another run, a
        file is damaged, the disk is full, or the spec cannot be trained.
    """

    def train_alone(specs, snapshots, runs):
        for event in train(specs[0], next(snapshots), runs):
            yield 0, event

    run_together([spec], [folder], train_alone, moments=moments)


def run_together(
    specs: Sequence[Spec],
    folders: Sequence[Path],
    train: FleetTrainer,
    until: int | None = None,
    moments: Moments | None = None,
) -> None:
    """Trains runs in step, each from its latest checkpoint to its end.

    Args:
      specs: the runs.
      folders: of each in a store.
      train: generates the events of all, each with the number of its run; those that were
        complete before are left out.
      until: goes on from no checkpoint after this agent step, so that all start at the same.
      moments: when to save besides at the ends of iterations; None for never.

    Raises:
      RunError: a folder belongs to another run, or a file is damaged.
      UserError: the disk is full, or the specs cannot be trained.
      TakenError: another process trains one of the runs, or took it over.
      Preempted: somebody asked this process to end; everything is saved.
    """
    moments = moments or Moments()
    holds: list[Hold] = []
    with contextlib.ExitStack() as locks:
        for spec, folder in zip(specs, folders, strict=True):
            with _blamed_on(spec):
                claim_folder(folder, spec)
                holds.append(_take(folder, locks))
            # Whoever wants this run as well sees by whom it is trained.
            StatusFile(folder).begin()
        _train_to_the_end(specs, folders, train, until, moments, holds)
        lacking = [
            (spec, folder)
            for spec, folder in zip(specs, folders, strict=True)
            if not networks.is_there(folder)
            or (transitions.are_kept(folder) and not transitions.are_whole(folder, spec))
        ]
        for spec, folder in lacking:
            _train_once_more(spec, folder, train, moments, holds)


def _train_to_the_end(
    specs: Sequence[Spec],
    folders: Sequence[Path],
    train: FleetTrainer,
    until: int | None,
    moments: Moments,
    holds: Sequence[Hold],
) -> None:
    made_by = provenance.describe()
    members = []
    for spec, folder in zip(specs, folders, strict=True):
        with _blamed_on(spec):
            members.append(_Member(spec, folder, until, made_by))
    training = [member for member in members if not member.recording.complete]
    if training:
        # One at a time: each holds the frames of a whole replay.
        snapshots = (member.load() for member in training)
        events = train([member.spec for member in training], snapshots, folders[0].parent)
        with Writer() as writer:
            for number, event in events:
                for hold in holds:
                    hold.check()
                if number == 0:
                    moments.check(event)
                training[number].consume(event, writer)
                if isinstance(event, Border) and moments.due_at(event):
                    # Of all members at the same moment.
                    training[number].consume(event.snapshot(), writer)
    for member in members:
        member.finish()


def _train_once_more(
    spec: Spec, folder: Path, train: FleetTrainer, moments: Moments, holds: Sequence[Hold]
) -> None:
    """Makes what a finished run lacks, which can be interrupted like any other run."""
    _logger.warning(
        "run %s is finished but lacks what another run learns from; it is trained once more to "
        "make it, and its tables stay as they are",
        spec.run_id,
    )
    again = folder / AGAIN
    if not _has_something(again, folder):
        shutil.rmtree(again, ignore_errors=True)
    claim_folder(again, spec)
    transitions.keep(again)
    _train_to_the_end([spec], [again], train, None, moments, holds)
    if not same_rows(again, folder):
        _logger.warning(
            "what others learn from run %s comes from a training that did not end in its tables; "
            "another device or other versions made them",
            spec.run_id,
        )
    if not networks.is_there(folder):
        networks.move(again, folder)
    if transitions.are_kept(folder):
        transitions.move(again, folder)
    shutil.rmtree(again)


def _has_something(again: Path, folder: Path) -> bool:
    """Whether a training beside a run's tables has, or will have, all that the run still lacks.

    It is empty before it begins, and where it was killed after it had handed everything over.
    """
    network = networks.is_there(folder) or networks.is_there(again)
    listed = (again / TRANSITIONS / archive.MANIFEST).exists()
    return network and (listed or not transitions.are_kept(folder))


class _Member:
    """One run: what there is to go on from, and where its events are stored.

    Attributes:
      spec: the run.
      recording: its tables.
    """

    def __init__(self, spec: Spec, folder: Path, until: int | None, made_by: dict[str, Any]):
        # Also of a run that was killed after its last table: it does not open its transitions.
        for place in (folder, folder / TRANSITIONS):
            remove_leftovers(place)
        self.spec = spec
        self._folder, self._until = folder, until
        self._status = StatusFile(folder)
        self.recording = Recording.open(spec, folder) or Recording(spec, folder)
        self._made_by = made_by
        self._started = time.monotonic() - self.recording.wall_time_s
        self._agent_step = self._gradient_step = 0

    def load(self) -> Snapshot | None:
        """Where training goes on; the tables go back to that moment. None at the beginning."""
        with _blamed_on(self.spec):
            return self._load()

    def _load(self) -> Snapshot | None:
        if not self.recording.written:
            # A checkpoint without its tables cannot lead to whole tables.
            shutil.rmtree(self._folder / CHECKPOINT, ignore_errors=True)
        snapshot = checkpoints.load_latest(
            self._folder / CHECKPOINT,
            self.spec.run_id,
            self.spec.replay_capacity_transitions,
            self._until,
            self._kept,
        )
        if snapshot is None:
            _logger.info("starting from the beginning")
            self.recording = Recording(self.spec, self._folder)
            self._started = time.monotonic()
            self.recording.go_on_under(0, self._made_by)
            return None
        _logger.info("going on from agent step %d", snapshot.agent_step)
        self.recording.rewind(snapshot.agent_step)
        for change in self.recording.go_on_under(snapshot.agent_step, self._made_by):
            _logger.warning("run %s goes on under %s", self.spec.run_id, change)
        # No event follows the last snapshot, so that it may be the last one already.
        self._agent_step, self._gradient_step = snapshot.agent_step, snapshot.gradient_step
        return snapshot

    def consume(self, event: Event, writer: Writer) -> None:
        """Stores what an event says; a snapshot while training goes on."""
        self._agent_step, self._gradient_step = event.agent_step, event.gradient_step
        self._status.step(event.agent_step, event.gradient_step)
        if isinstance(event, Progress) and event.diverged:
            self._status.measured({"diverged": 1.0})
        if isinstance(event, Log):
            self.recording.add(event)
            self._status.measured(event.metrics)
            _logger.info(_line(event))
        elif isinstance(event, Snapshot):
            # The tables are never further ahead than by the snapshot that is being written.
            writer.wait()
            self._write(complete=False)
            writer.submit(self._save, event)

    def finish(self) -> None:
        """Marks the tables as those of a finished run and drops what only training needs."""
        if not self.recording.complete:
            self._write(complete=True)
        # Also after a run that was killed between its last table and this line.
        if (self._folder / CHECKPOINT).exists():
            checkpoints.finish(self._folder / CHECKPOINT, self._kept)
        self._status.finish()

    @property
    def _kept(self) -> Kept | None:
        return transitions.kept(self._folder, self.spec)

    def _save(self, snapshot: Snapshot) -> None:
        capacity = self.spec.replay_capacity_transitions
        directory = self._folder / CHECKPOINT
        checkpoints.save(directory, self.spec.run_id, snapshot, capacity, self._kept)

    def _write(self, complete: bool) -> None:
        elapsed = time.monotonic() - self._started
        self.recording.write(
            self._agent_step, self._gradient_step, complete, elapsed, self._made_by
        )


def _line(log: Log) -> str:
    values = (f"{key} {value:.4g}" for key, value in log.metrics.items() if "/" not in key)
    return f"gradient step {log.gradient_step}, agent step {log.agent_step}: {', '.join(values)}"


def _take(folder: Path, locks: contextlib.ExitStack) -> Hold:
    """Takes the run's lock."""
    try:
        return locks.enter_context(held(folder / LOCK, _LOCK_PATIENCE_S))
    except TakenError as error:
        raise TakenError(
            f"Another command is training run {folder.name} right now; wait for it to end and "
            "run this one again."
        ) from error
