"""Runs on this machine: each job is a process."""

from collections.abc import Sequence
from pathlib import Path
import signal
import subprocess
import sys

from agents.identity import Spec
from experiments.running.devices import worker_environment
from experiments.running.engine import Ended, Job, Outcome
from experiments.running.plan import Failure
from experiments.running.progress import Status, read_status
from experiments.running.worker import CHECKPOINT_MINUTES, PREEMPTED, TAKEN
from experiments.storing.files import explain
from experiments.storing.schema import Store

LOG = "log.txt"
WORKER = (sys.executable, "-m", "experiments.running.worker")


class LocalEngine:
    """Starts worker processes.

    Attributes:
      jobs: how many at a time.
    """

    def __init__(
        self,
        store: Store,
        device: str,
        jobs: int,
        fleet: int | None = 1,
        plugins: Sequence[str] = (),
        checkpoint_minutes: float = CHECKPOINT_MINUTES,
    ):
        """Describes the machine.

        Args:
          store: where the runs are kept.
          device: "cpu", "gpu" or "tpu".
          jobs: processes at a time.
          fleet: runs in step in one process; None takes as many as the memory holds.
          plugins: modules of a user's own that a worker imports first.
          checkpoint_minutes: between two snapshots inside an iteration; 0 for none.
        """
        self.jobs = jobs
        self._store, self._fleet, self._plugins = store, fleet, plugins
        self._checkpoint_minutes = checkpoint_minutes
        self._device, self._environment = device, worker_environment(device, jobs)

    def start(self, groups: Sequence[Sequence[Spec]]) -> list[Job]:
        """Starts a worker for each group; see `engine.Engine`."""
        return [self._start(specs) for specs in groups]

    def _start(self, specs: Sequence[Spec]) -> Job:
        folders = [self._store.run_folder(spec) for spec in specs]
        options = ["--lifeline", "--device", self._device, "--jobs", str(self.jobs)]
        options += ["--checkpoint-minutes", str(self._checkpoint_minutes)]
        if self._fleet is not None:
            options += ["--fleet", str(self._fleet)]
        for plugin in self._plugins:
            options += ["--plugin", plugin]
        path = folders[0] / LOG
        try:
            with open(path, "a"):
                pass
        except OSError as error:
            # Only the first run of a job has a log, which may be all that is wrong.
            failure = Failure(specs[0], str(explain(error, path)))
            return Ended(specs, Outcome((failure,), retry=tuple(specs[1:])))
        with open(path, "a") as log:
            process = subprocess.Popen(
                [*WORKER, *map(str, folders), *options],
                # Never written to: it closes when this process ends, in whatever way.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self._environment,
                # Ctrl-C reaches this process alone, which then stops its workers in order.
                start_new_session=True,
            )
        return LocalJob(specs, folders, process)


class LocalJob:
    """A process and the runs it trains; what it says goes to the log of the first."""

    def __init__(self, specs: Sequence[Spec], folders: Sequence[Path], process: subprocess.Popen):
        self.specs = specs
        self._folders, self._process = folders, process

    def statuses(self) -> list[tuple[Spec, Status]]:
        pid = self._process.pid
        found = [read_status(folder) or Status(pid) for folder in self._folders]
        return [
            (spec, status if status.pid == pid else status.left_to(pid, status.host))
            for spec, status in zip(self.specs, found, strict=True)
        ]

    def outcome(self) -> Outcome | None:
        status = self._process.poll()
        if status is None:
            return None
        sentence, _ = self._process.communicate()
        if status == 0:
            return Outcome()
        open_ones = tuple(spec for spec, progress in self.statuses() if not progress.finished)
        if status == TAKEN:
            return Outcome(retry=open_ones)
        log = self._folders[0] / LOG
        if status == PREEMPTED:
            sentence = (
                "Its process was asked to end, which it did in order; run the same command again "
                "to go on from its latest snapshot."
            )
        elif status < 0:
            sentence = (
                f"It was killed by {signal.Signals(-status).name}, perhaps for want of memory; run "
                "the same command again, with fewer --jobs if it happens again."
            )
        sentence = sentence.strip() or f"It stopped unexpectedly; see {log}."
        return Outcome(tuple(Failure(spec, sentence, log) for spec in open_ones))

    def stop(self) -> None:
        self._process.terminate()

    def wait(self) -> None:
        # Not `communicate` at once, which closes the worker's input first. That is the lifeline,
        # by which it would end before it has saved anything.
        self._process.wait()
        self._process.communicate()
