"""Runs as jobs of SLURM, through submitit: what is ready together becomes one array.

A job trains as a desk would (`order`), in folders that all machines see. It is asked to save
itself by SIGUSR1 some time before its time limit, and by SIGTERM before it is preempted; then
it saves, asks to be queued again and goes on from there. What it came to lies in a small file
beside submitit's own, which is read here; what submitit pickles is the name of `train` and two
texts.
"""

from collections.abc import Mapping, Sequence
import contextlib
import dataclasses
import logging
import os
from pathlib import Path
import secrets
import signal
import subprocess
import sys
import time
from types import FrameType

from agents.errors import UserError
from agents.identity import Spec
from experiments.running.engine import Job, Outcome
from experiments.running.local import LOG
from experiments.running.order import Order
from experiments.running.plan import Failure
from experiments.running.preemption import SIGNALS
from experiments.running.progress import Status, Watch, read_status
from experiments.storing.files import ensure_writable, replacing

_FOLDER = "slurm"
# Four hours: few partitions allow less, and a longer run is queued again by itself.
_TIME = "04:00:00"
# SLURM takes so many jobs as one array, unless its MaxArraySize was changed.
_ARRAY_JOBS = 1_000
# From the first word to the end of the time: a snapshot of a large replay takes a while.
_GRACE_S = 120
# Between two questions to the scheduler, which answers everybody.
_QUEUE_PERIOD_S = 5.0
# A file may be seen later on another machine than the end of the job.
_REPORT_PATIENCE_S = 15.0
_CANCEL_PATIENCE_S = 60.0
_POLL_PERIOD_S = 0.25
# As squeue calls a job that has its machine, and one that is to make way and still has it.
_AT_WORK = ("RUNNING", "PREEMPTED")
_ENDED = (
    "BOOT_FAIL",
    "CANCELLED",
    "COMPLETED",
    "DEADLINE",
    "FAILED",
    "NODE_FAIL",
    "OUT_OF_MEMORY",
    "TIMEOUT",
)
_FORGOTTEN = "forgotten"

_logger = logging.getLogger(__name__)


class SlurmEngine:
    """Submits jobs.

    Attributes:
      jobs: how many at a time.
      order: what all of them have in common.
    """

    def __init__(self, order: Order, jobs: int, options: Mapping[str, str]):
        """Describes what a job takes.

        Args:
          order: without runs. Its device "auto" is the GPU if an option asks for one.
          jobs: at a time.
          options: of sbatch, without their dashes. `setup` is a line for the shell before the
            job; `grace_s` the seconds from SIGUSR1 to the time limit; `gpus` those of a job.

        Raises:
          UserError: submitit or SLURM is missing here.
        """
        try:
            from submitit import SlurmExecutor
        except ImportError as error:
            raise UserError(
                "--on slurm needs one more package; `make setup EXTRAS=slurm` installs it."
            ) from error
        options = dict(options)
        grace_s, setup = options.pop("grace_s", str(_GRACE_S)), options.pop("setup", "")
        if not grace_s.isdecimal():
            raise UserError(f"--slurm grace_s={grace_s} is no number of seconds.")
        if "gpus" in options:
            # One task a job: the same, and known to older versions of SLURM as well.
            options["gpus-per-node"] = options.pop("gpus")
        device = order.device
        if device == "auto":
            asks = any("gpu" in text for name, value in options.items() for text in (name, value))
            device = "gpu" if asks else "cpu"
        self.jobs, self.order = jobs, dataclasses.replace(order, device=device)
        self._queue = Queue()
        self._folder = Path(order.root) / order.preset / _FOLDER
        ensure_writable(self._folder)
        try:
            self._executor = SlurmExecutor(self._folder)
        except RuntimeError as error:
            raise UserError(
                "There is no SLURM here (no srun); run this on a login node, or --on local."
            ) from error
        self._executor.update_parameters(
            job_name="dormant",
            array_parallelism=jobs,
            setup=[setup] if setup else None,
            # In this form sbatch takes whatever it has an option for, and says what it has not.
            additional_parameters={
                "time": _TIME,
                "requeue": True,
                "signal": f"USR1@{grace_s}",
                **options,
            },
        )

    def start(self, groups: Sequence[Sequence[Spec]]) -> list[Job]:
        """Submits a job for each group, in as few arrays as can be; see `engine.Engine`.

        Raises:
          UserError: SLURM refuses one; those before it are cancelled.
        """
        jobs: list[Job] = []
        for first in range(0, len(groups), _ARRAY_JOBS):
            try:
                jobs += self._submit(groups[first : first + _ARRAY_JOBS])
            except UserError:
                for job in jobs:
                    job.stop()
                raise
        return jobs

    def _submit(self, groups: Sequence[Sequence[Spec]]) -> list[Job]:
        """Submits one array."""
        from submitit.core.utils import FailedJobError, FailedSubmissionError

        folder = self._folder / "orders"
        ensure_writable(folder)
        reports = [folder / f"{secrets.token_hex(8)}.json" for _ in groups]
        orders = [self.order.of(specs).to_json() for specs in groups]
        try:
            submitted = self._executor.map_array(train, orders, list(map(str, reports)))
        except (FailedJobError, FailedSubmissionError, subprocess.SubprocessError, OSError) as why:
            said = str(why).strip() or type(why).__name__
            raise UserError(f"SLURM did not take the jobs: {said.splitlines()[-1]}") from why
        store = self.order.store
        return [
            SlurmJob(
                specs, [store.run_folder(spec) for spec in specs], job.job_id, report, self._queue
            )
            for specs, job, report in zip(groups, submitted, reports, strict=True)
        ]


class SlurmJob:
    """A job in SLURM's queue and the runs that it trains."""

    def __init__(
        self, specs: Sequence[Spec], folders: Sequence[Path], job: str, report: Path, queue: "Queue"
    ):
        self.specs = specs
        self._folders, self._job, self._report, self._queue = folders, job, report, queue
        self._watch = Watch(folders)
        self._ended_at: float | None = None

    def statuses(self) -> list[tuple[Spec, Status]]:
        return list(zip(self.specs, self._watch.read(), strict=True))

    def outcome(self) -> Outcome | None:
        log = self._folders[0] / LOG
        with contextlib.suppress(OSError):
            return Outcome.from_json(self._report.read_text(), self.specs, log)
        state = self._queue.state(self._job)
        if state is None:
            self._ended_at = None
            return None
        self._ended_at = self._ended_at or time.monotonic()
        if time.monotonic() - self._ended_at < _REPORT_PATIENCE_S:
            return None
        return self._without_report(state, log)

    def _without_report(self, state: str, log: Path) -> Outcome:
        """What the end of a job means that could not tell anything itself."""
        statuses = [read_status(folder) for folder in self._folders]
        open_ones = tuple(
            spec
            for spec, status in zip(self.specs, statuses, strict=True)
            if status is None or not status.finished
        )
        if state in ("NODE_FAIL", "BOOT_FAIL"):
            return Outcome(retry=open_ones)
        advice = {
            "OUT_OF_MEMORY": "ask for more, with --slurm mem=32G for instance",
            "TIMEOUT": "give it longer to save itself, with --slurm grace_s=600 for instance",
        }.get(state, "run the same command again, which goes on from the latest snapshot")
        sentence = f"Its SLURM job {self._job} has ended ({state}); {advice}."
        return Outcome(tuple(Failure(spec, sentence, log) for spec in open_ones))

    def stop(self) -> None:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(["scancel", self._job], timeout=30, capture_output=True)

    def wait(self) -> None:
        deadline = time.monotonic() + _CANCEL_PATIENCE_S
        while self._queue.state(self._job) is None and time.monotonic() < deadline:
            time.sleep(1.0)


class Queue:
    """What SLURM says of our jobs, asked for now and then and for all at once."""

    def __init__(self) -> None:
        self._states: dict[str, str] | None = None
        self._asked_at = float("-inf")

    def state(self, job: str) -> str | None:
        """How a job has ended, in SLURM's word; None while it has not, as far as is known."""
        if time.monotonic() - self._asked_at > _QUEUE_PERIOD_S:
            self._ask()
        if self._states is None:
            return None
        # SLURM forgets what ended minutes ago.
        state = self._states.get(job, _FORGOTTEN)
        return state if state in (*_ENDED, _FORGOTTEN) else None

    def _ask(self) -> None:
        self._asked_at = time.monotonic()
        command = ["squeue", "--noheader", "--array", "--states=all", "--me", "--format=%i %T"]
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
            if answer.returncode == 0:
                lines = (line.split() for line in answer.stdout.splitlines())
                self._states = dict(words[:2] for words in lines if len(words) >= 2)


def train(text: str, report: str) -> None:
    """What a job does: trains what the order says and reports, or saves and queues again.

    Args:
      text: an `Order` as JSON.
      report: file for the `Outcome`; it is not written by a job that is to come again.
    """
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    asked: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        del frame
        asked.append(number)

    for number in SIGNALS:
        signal.signal(number, ask)
    # What cannot even begin raises here, and the log of the job says why.
    job = Order.from_json(text).begin()
    stopped = False
    while (outcome := job.outcome()) is None:
        if asked and not stopped:
            _logger.info("asked to end by %s", signal.Signals(asked[0]).name)
            job.stop()
            stopped = True
        time.sleep(_POLL_PERIOD_S)
    if asked and (outcome.failures or outcome.retry):
        _queue_again()
        sys.exit(128 + asked[0])
    with replacing(Path(report)) as stream:
        stream.write(outcome.to_json().encode())


def _queue_again() -> None:
    """Asks for this job to come again, unless somebody decided about it already.

    After `scancel` it must not, and after `scontrol requeue` it does anyway: in both cases it is
    completing by now.
    """
    name = os.environ["SLURM_JOB_ID"]
    if "SLURM_ARRAY_JOB_ID" in os.environ:
        name = f"{os.environ['SLURM_ARRAY_JOB_ID']}_{os.environ['SLURM_ARRAY_TASK_ID']}"
    asked = ["squeue", "--noheader", "--states=all", f"--jobs={name}", "--format=%T"]
    state = subprocess.run(asked, capture_output=True, text=True, timeout=60).stdout.strip()
    _logger.info("saved; SLURM says that this job is %s", state)
    if state in _AT_WORK:
        subprocess.run(["scontrol", "requeue", name], check=True, timeout=60)
        _logger.info("queued again")
