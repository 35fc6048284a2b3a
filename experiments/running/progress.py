"""How a run is doing: one small file that its worker rewrites and the launcher reads."""

from collections import deque
from collections.abc import Sequence
import dataclasses
import json
import os
from pathlib import Path
import platform
import time

from experiments.storing.files import replacing

STATUS = "progress.json"
# In a run's folder, where it is trained once more after it has finished.
AGAIN = "again"
_WRITE_PERIOD_S = 1.0
_SPEED_WINDOW_S = 20.0


@dataclasses.dataclass(frozen=True)
class Status:
    """The latest sign of life of a run.

    Attributes:
      pid: the process that trains or trained it.
      host: the machine that it runs on.
      finished: nothing is left to do, cleaning up included.
      agent_step, gradient_step: how far it is.
      agent_steps_per_s, gradient_steps_per_s: speed over the last seconds.
      mean_return: the latest known mean return of an episode.
      dormant_fraction: the latest known share of dormant neurons (tau 0), 0 to 1.
      diverged: whether something that was measured was no number.
    """

    pid: int
    host: str = ""
    finished: bool = False
    agent_step: int = 0
    gradient_step: int = 0
    agent_steps_per_s: float = 0.0
    gradient_steps_per_s: float = 0.0
    mean_return: float | None = None
    dormant_fraction: float | None = None
    diverged: bool = False

    def left_to(self, pid: int, host: str) -> "Status":
        """What is known of the run while another process takes it over, which is at rest yet."""
        return dataclasses.replace(self.at_rest(), pid=pid, host=host, finished=False)

    def at_rest(self) -> "Status":
        """The same without a speed."""
        return dataclasses.replace(self, agent_steps_per_s=0.0, gradient_steps_per_s=0.0)


def read_status(folder: Path) -> Status | None:
    """The status of the run in `folder`; None if there is none that can be read.

    Of a run that is trained once more it tells how far it is this time.
    """
    return _read(folder / AGAIN / STATUS) or _read(folder / STATUS)


def is_cleaned_up(folder: Path) -> bool:
    """Whether whoever trained the run in `folder` left nothing to do, as far as it told.

    If it is trained once more, that is for others, and it is finished all the same.
    """
    status = _read(folder / STATUS)
    return status is None or status.finished


def _read(path: Path) -> Status | None:
    try:
        return Status(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


class Watch:
    """Runs that another machine trains, as their folders tell.

    What is told before anybody begins is of an earlier session, whose speed is of no interest.
    """

    def __init__(self, folders: Sequence[Path]):
        self._folders = list(folders)
        self._before = [read_status(folder) for folder in folders]

    def read(self) -> list[Status]:
        """The latest sign of life of each."""
        statuses = []
        for folder, before in zip(self._folders, self._before, strict=True):
            status = read_status(folder) or before or Status(pid=0)
            statuses.append(status.at_rest() if status == before else status)
        return statuses


class StatusFile:
    """Keeps a run's status file up to date, about once a second."""

    def __init__(self, folder: Path):
        self._path = folder / STATUS
        before = _read(self._path) or Status(pid=0)
        self._status = before.left_to(os.getpid(), platform.node())
        self._history: deque[tuple[float, int, int]] = deque()
        self._written_at = float("-inf")

    def begin(self) -> None:
        """Notes which process trains the run, which may have been finished before."""
        before = _read(self._path)
        if before is None or not before.finished:
            self._write()

    def step(self, agent_step: int, gradient_step: int) -> None:
        """Notes how far the run is."""
        now = time.monotonic()
        self._history.append((now, agent_step, gradient_step))
        # One is kept from before, so that a long evaluation is slow and not at rest.
        while len(self._history) > 2 and now - self._history[1][0] > _SPEED_WINDOW_S:
            self._history.popleft()
        if now - self._written_at < _WRITE_PERIOD_S:
            return
        then, agent_then, gradient_then = self._history[0]
        elapsed = max(now - then, 1e-3)
        self._write(
            agent_step=agent_step,
            gradient_step=gradient_step,
            agent_steps_per_s=(agent_step - agent_then) / elapsed,
            gradient_steps_per_s=(gradient_step - gradient_then) / elapsed,
        )
        self._written_at = now

    def measured(self, metrics: dict[str, float]) -> None:
        """Notes what a log says, to be written with the next step."""
        status = self._status
        self._status = dataclasses.replace(
            status,
            mean_return=metrics.get(
                "train_return_mean", metrics.get("eval_return_mean", status.mean_return)
            ),
            dormant_fraction=metrics.get("dormant_fraction_tau_0", status.dormant_fraction),
            diverged=status.diverged or bool(metrics.get("diverged", 0.0)),
        )

    def finish(self) -> None:
        """Notes that nothing is left to do."""
        self._status = self._status.at_rest()
        self._write(finished=True)

    def _write(self, **changes: object) -> None:
        self._status = dataclasses.replace(self._status, **changes)
        with replacing(self._path, durable=False) as stream:
            stream.write(json.dumps(dataclasses.asdict(self._status)).encode())
