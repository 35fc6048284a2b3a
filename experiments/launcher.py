"""Trains many runs at a time, each in a process of its own."""

from collections import deque
from collections.abc import Iterator, Sequence
import dataclasses
from pathlib import Path
import signal
import subprocess
import sys
import time

from agents.identity import Spec
from experiments.devices import worker_environment
from experiments.display import Board, Display
from experiments.progress import Status, read_status
from experiments.store import Store, claim_folder, is_complete

LOG = "log.txt"
_WORKER = (sys.executable, "-m", "experiments.worker")
_POLL_PERIOD_S = 0.25


@dataclasses.dataclass(frozen=True)
class Failure:
    """A run that did not reach its end.

    Attributes:
      spec: the run.
      sentence: why, for the user.
      log: the file with everything its worker said.
    """

    spec: Spec
    sentence: str
    log: Path


@dataclasses.dataclass
class _Worker:
    spec: Spec
    folder: Path
    process: subprocess.Popen

    @property
    def status(self) -> Status:
        """Its latest sign of life, not one of an earlier session."""
        status = read_status(self.folder)
        pid = self.process.pid
        return status if status is not None and status.pid == pid else Status(pid)


def is_finished(spec: Spec, folder: Path) -> bool:
    """Whether no worker is needed: the tables are final and nothing is left to clean up.

    Raises:
      UserError: a table is damaged, foreign or of another run.
    """
    status = read_status(folder)
    return is_complete(folder, spec) and (status is None or status.finished)


def run_many(
    specs: Sequence[Spec], store: Store, jobs: int, device: str, display: Display
) -> list[Failure]:
    """Trains the runs that the store lacks; a run that fails does not stop the others.

    A run starts once all runs that it requires are finished; these are trained too.

    Args:
      specs: the runs, in order of urgency; a run that is asked for twice is trained once.
      store: where they are kept.
      jobs: runs at a time.
      device: "cpu", "gpu" or "tpu".
      display: shows how it goes.

    Returns:
      The runs that failed.

    Raises:
      UserError: a folder belongs to another run, a table is damaged, or the store cannot be
        written; raised before anything is trained.
      KeyboardInterrupt: after all workers have been stopped.
    """
    wanted = {spec.run_id: spec for spec in _with_required(specs)}.values()
    waiting: deque[Spec] = deque()
    for spec in wanted:
        folder = store.run_folder(spec)
        if not is_finished(spec, folder):
            claim_folder(folder, spec)
            waiting.append(spec)

    finished = len(wanted) - len(waiting)
    environment = worker_environment(device, jobs)
    running: list[_Worker] = []
    failures: list[Failure] = []
    try:
        with display:
            while waiting or running:
                while len(running) < jobs:
                    spec = _next(waiting, [worker.spec for worker in running])
                    if spec is None:
                        break
                    running.append(_start(spec, store, environment))
                for worker in [worker for worker in running if worker.process.poll() is not None]:
                    running.remove(worker)
                    failure = _outcome(worker)
                    if failure is None:
                        finished += 1
                    else:
                        failures += [failure, *_doomed(waiting, failure)]
                alive = [(worker.spec, worker.status) for worker in running]
                display.show(Board(len(wanted), finished, len(failures), alive, waiting))
                time.sleep(_POLL_PERIOD_S)
    finally:
        _stop(running)
    return failures


def _with_required(specs: Sequence[Spec]) -> Iterator[Spec]:
    """The runs, each after all that it requires."""
    for spec in specs:
        yield from _with_required(spec.requires)
        yield spec


def _next(waiting: deque[Spec], running: Sequence[Spec]) -> Spec | None:
    """Takes the most urgent run that requires none of the unfinished ones."""
    unfinished = {spec.run_id for spec in (*waiting, *running)}
    for spec in waiting:
        if unfinished.isdisjoint(required.run_id for required in spec.requires):
            waiting.remove(spec)
            return spec
    return None


def _doomed(waiting: deque[Spec], failure: Failure) -> list[Failure]:
    """Takes the runs that require the failed one, and those that require them."""
    found = []
    for spec in [s for s in waiting if failure.spec in s.requires]:
        waiting.remove(spec)
        sentence = (
            f"It needs run {failure.spec.run_id}, which failed; run the same command again once "
            "that is mended."
        )
        found.append(Failure(spec, sentence, failure.log))
        found += _doomed(waiting, found[-1])
    return found


def _start(spec: Spec, store: Store, environment: dict[str, str]) -> _Worker:
    folder = store.run_folder(spec)
    with open(folder / LOG, "a") as log:
        process = subprocess.Popen(
            [*_WORKER, str(folder), "--lifeline"],
            # Never written to: it closes when this process ends, in whatever way.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
            # Ctrl-C reaches this process alone, which then stops its workers in order.
            start_new_session=True,
        )
    return _Worker(spec, folder, process)


def _outcome(worker: _Worker) -> Failure | None:
    """Why a worker that ended has failed; None if it has not."""
    sentence, _ = worker.process.communicate()
    status = worker.process.returncode
    log = worker.folder / LOG
    if status == 0:
        return None
    if status < 0:
        sentence = (
            f"It was killed by {signal.Signals(-status).name}, perhaps for want of memory; run the "
            "same command again, with fewer --jobs if it happens again."
        )
    return Failure(worker.spec, sentence.strip() or f"It stopped unexpectedly; see {log}.", log)


def _stop(running: Sequence[_Worker]) -> None:
    """Ends the workers at once, which loses no more than what follows their checkpoints."""
    for worker in running:
        worker.process.terminate()
    for worker in running:
        worker.process.communicate()
