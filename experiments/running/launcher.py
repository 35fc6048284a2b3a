"""Trains many runs at a time, each in a process of its own, or a fleet of them in one."""

from collections import deque
from collections.abc import Sequence
import dataclasses
from pathlib import Path
import signal
import subprocess
import sys
import time

from agents.errors import UserError
from agents.identity import Spec
from experiments.running.devices import worker_environment
from experiments.running.display import Board, Display
from experiments.running.progress import Status, read_status
from experiments.storing import transitions
from experiments.storing.files import explain
from experiments.storing.store import Store, claim_folder, is_complete

LOG = "log.txt"
_WORKER = (sys.executable, "-m", "experiments.running.worker")
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
    """A process and the runs it trains; what it says goes to the log of the first."""

    specs: Sequence[Spec]
    folders: Sequence[Path]
    process: subprocess.Popen

    @property
    def statuses(self) -> list[tuple[Spec, Status]]:
        """Each run with its latest sign of life, not one of an earlier session."""
        pid = self.process.pid
        found = [read_status(folder) for folder in self.folders]
        return [
            (spec, status if status is not None and status.pid == pid else Status(pid))
            for spec, status in zip(self.specs, found, strict=True)
        ]


def is_finished(spec: Spec, folder: Path) -> bool:
    """Whether no worker is needed: the tables are final and nothing is left to clean up.

    Raises:
      UserError: a table is damaged, foreign or of another run, or cannot be read.
    """
    status = read_status(folder)
    return is_complete(folder, spec) and (status is None or status.finished)


def run_many(
    specs: Sequence[Spec],
    store: Store,
    jobs: int,
    device: str,
    display: Display,
    fleet: int | None = 1,
) -> list[Failure]:
    """Trains the runs that the store lacks; a run that fails does not stop the others.

    A run starts once all runs that it requires are finished; these are trained too.

    Args:
      specs: the runs, in order of urgency; a run that is asked for twice is trained once.
      store: where they are kept.
      jobs: processes at a time.
      device: "cpu", "gpu" or "tpu".
      display: shows how it goes.
      fleet: runs that differ in seed and game only and are trained in step by one process;
        None takes as many as the device's memory holds.

    Returns:
      The runs that failed.

    Raises:
      KeyboardInterrupt: after all workers have been stopped.
    """
    count, waiting, failures = _look(specs, store)
    finished = count - len(waiting) - len(failures)
    environment = worker_environment(device, jobs)
    running: list[_Worker] = []
    try:
        with display:
            while waiting or running:
                while len(running) < jobs:
                    busy = [spec for worker in running for spec in worker.specs]
                    together = _next(waiting, busy, fleet)
                    if not together:
                        break
                    try:
                        running.append(_start(together, store, environment, jobs, fleet))
                    except OSError as error:
                        failures += _unstartable(together, store, waiting, error)
                for worker in [worker for worker in running if worker.process.poll() is not None]:
                    running.remove(worker)
                    failed = _outcome(worker)
                    finished += len(worker.specs) - len(failed)
                    for failure in failed:
                        failures += [failure, *_doomed(waiting, failure)]
                alive = [pair for worker in running for pair in worker.statuses]
                display.show(Board(count, finished, len(failures), alive, waiting))
                time.sleep(_POLL_PERIOD_S)
    finally:
        _stop(running)
    return failures


def _look(specs: Sequence[Spec], store: Store) -> tuple[int, deque[Spec], list[Failure]]:
    """What there is to do: how many runs are wanted, those to train, and those that cannot be.

    Their folders are made; a run whose folder is unusable stops only those that require it.
    """
    wanted: dict[str, Spec] = {}
    problems: dict[str, UserError] = {}
    unfinished: set[str] = set()

    def want(spec: Spec) -> None:
        if spec.run_id in wanted:
            return
        try:
            finished = is_finished(spec, store.run_folder(spec))
        except UserError as error:
            problems[spec.run_id], finished = error, False
        if not finished:
            unfinished.add(spec.run_id)
            # Before the run itself: the order in which they are trained.
            for required in spec.requires:
                want(required)
        wanted[spec.run_id] = spec

    for spec in specs:
        want(spec)
    needed = transitions.needed_by(spec for spec in wanted.values() if spec.run_id in unfinished)
    waiting: deque[Spec] = deque()
    for run_id, spec in wanted.items():
        folder = store.run_folder(spec)
        lacks_data = run_id in needed and not transitions.are_whole(folder, spec)
        if run_id in problems or (run_id not in unfinished and not lacks_data):
            continue
        try:
            claim_folder(folder, spec)
            if run_id in needed:
                transitions.keep(folder)
            waiting.append(spec)
        except UserError as error:
            problems[run_id] = error
    failures = []
    for run_id, error in problems.items():
        spec = wanted[run_id]
        failure = Failure(spec, str(error), store.run_folder(spec) / LOG)
        failures += [failure, *_doomed(waiting, failure)]
    return len(wanted), waiting, failures


def _unstartable(
    specs: Sequence[Spec], store: Store, waiting: deque[Spec], error: OSError
) -> list[Failure]:
    """Runs whose worker could not be started, for instance because its log cannot be written."""
    log = store.run_folder(specs[0]) / LOG
    found = []
    for spec in specs:
        failure = Failure(spec, str(explain(error, log)), log)
        found += [failure, *_doomed(waiting, failure)]
    return found


def _next(waiting: deque[Spec], running: Sequence[Spec], fleet: int | None) -> list[Spec]:
    """Takes the most urgent run that requires none of the unfinished ones.

    With it come those that can be trained in step with it, up to the size of a fleet.
    """
    unfinished = {spec.run_id for spec in (*waiting, *running)}
    ready = [
        spec
        for spec in waiting
        if unfinished.isdisjoint(required.run_id for required in spec.requires)
    ]
    together = [spec for spec in ready if spec.common_part == ready[0].common_part][:fleet]
    for spec in together:
        waiting.remove(spec)
    return together


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


def _start(
    specs: Sequence[Spec],
    store: Store,
    environment: dict[str, str],
    jobs: int,
    fleet: int | None,
) -> _Worker:
    folders = [store.run_folder(spec) for spec in specs]
    options = ["--lifeline", "--jobs", str(jobs)]
    if fleet is not None:
        options += ["--fleet", str(fleet)]
    with open(folders[0] / LOG, "a") as log:
        process = subprocess.Popen(
            [*_WORKER, *map(str, folders), *options],
            # Never written to: it closes when this process ends, in whatever way.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
            # Ctrl-C reaches this process alone, which then stops its workers in order.
            start_new_session=True,
        )
    return _Worker(specs, folders, process)


def _outcome(worker: _Worker) -> list[Failure]:
    """The runs that a worker which ended has not finished, and why."""
    sentence, _ = worker.process.communicate()
    status = worker.process.returncode
    log = worker.folders[0] / LOG
    if status == 0:
        return []
    if status < 0:
        sentence = (
            f"It was killed by {signal.Signals(-status).name}, perhaps for want of memory; run the "
            "same command again, with fewer --jobs if it happens again."
        )
    sentence = sentence.strip() or f"It stopped unexpectedly; see {log}."
    return [Failure(spec, sentence, log) for spec, s in worker.statuses if not s.finished]


def _stop(running: Sequence[_Worker]) -> None:
    """Ends the workers at once, which loses no more than what follows their checkpoints."""
    for worker in running:
        worker.process.terminate()
    for worker in running:
        worker.process.communicate()
