"""What a user sees while runs are trained: bars on a terminal, or a line now and then."""

from collections.abc import Iterable, Mapping, Sequence
import contextlib
import dataclasses
import sys
import time
from typing import Protocol, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from agents.identity import Spec
from experiments.experiment import Run
from experiments.running.progress import Status
from experiments.wording import count_of

_LINE_PERIOD_S = 15.0
# Runs in a line.
_MOST_TOLD = 8
# Before that, compiling would pass for the speed of learning.
_FIRST_ESTIMATE_S = 20.0
_FIRST_SHARE = 0.02


@dataclasses.dataclass(frozen=True)
class Board:
    """How all runs are doing.

    Attributes:
      total, finished, failed: numbers of runs.
      running: the runs being trained, with their latest signs of life.
      waiting: the runs not begun in this session.
      elsewhere: the runs that another command trains, with what is known of them.
    """

    total: int
    finished: int
    failed: int
    running: Sequence[tuple[Spec, Status]]
    waiting: Sequence[Spec]
    elsewhere: Sequence[tuple[Spec, Status | None]] = ()

    @property
    def agent_steps_per_s(self) -> float:
        return sum(status.agent_steps_per_s for _, status in self.running)

    @property
    def gradient_steps_per_s(self) -> float:
        return sum(status.gradient_steps_per_s for _, status in self.running)

    @property
    def steps_left(self) -> int:
        """Agent steps and gradient steps, without those of runs that others train."""
        left = sum(_steps(spec) for spec in self.waiting)
        for spec, status in self.running:
            left += max(0, _steps(spec) - status.agent_step - status.gradient_step)
        return left

    def summary(self, seconds_left: float | None) -> str:
        """The whole in one line."""
        parts = [f"{self.finished}/{self.total} runs done"]
        if self.failed:
            parts[0] += f", {self.failed} failed"
        if any(not status.finished for _, status in self.running):
            parts.append(self._speed())
        if seconds_left is not None:
            parts.append(f"{_duration(seconds_left)} left")
        return " | ".join(parts)

    def _speed(self) -> str:
        agent_steps = f"{self.agent_steps_per_s:,.0f} agent steps/s"
        if not self.gradient_steps_per_s:
            return f"programs are compiled before the first gradient step, {agent_steps}"
        return f"{self.gradient_steps_per_s:,.0f} gradient steps/s, {agent_steps}"

    def others(self) -> str:
        """Which runs are waited for, and who trains them; "" if there are none."""
        if not self.elsewhere:
            return ""
        who = {
            f"process {status.pid}" + (f" on {status.host}" if status.host else "")
            for _, status in self.elsewhere
            if status is not None
        }
        runs = count_of(len(self.elsewhere), "run")
        by = f" ({', '.join(sorted(who))})" if who else ""
        return f"waiting for {runs} that another command trains{by}"


class Estimate:
    """Seconds left at the mean speed of this session, which does not jump.

    The speed of the last seconds would: it is zero while an agent is evaluated, and it doubles
    when a short run ends. No run ends sooner than at its own mean speed, so that a long one which
    is left over in the end is told in time.
    """

    def __init__(self) -> None:
        self._begun_at: float | None = None
        self._done = 0
        # Of the runs that are being trained, the steps that were done at the last look, and the
        # time and the steps of the first.
        self._reached: dict[Spec, int] = {}
        self._first: dict[Spec, tuple[float, int]] = {}

    def seconds_left(self, board: Board, now: float) -> float | None:
        """None until there is a speed to tell from.

        Args:
          board: how the runs are doing now.
          now: seconds of a clock that never goes back.
        """
        if self._begun_at is None:
            self._begun_at = now
        running = {spec: status.agent_step + status.gradient_step for spec, status in board.running}
        for spec, steps in running.items():
            # What a run has done when it is first seen, it did in an earlier session.
            self._done += max(0, steps - self._reached.get(spec, steps))
        if gone := self._reached.keys() - running.keys():
            finished = gone - {*board.waiting, *(spec for spec, _ in board.elsewhere)}
            self._done += sum(max(0, _steps(spec) - self._reached[spec]) for spec in finished)
        self._reached = running
        self._first = {spec: self._first.get(spec, (now, steps)) for spec, steps in running.items()}
        seconds = _at_speed(self._done, now - self._begun_at, board.steps_left)
        if seconds is None:
            return None
        for spec, steps in running.items():
            since, before = self._first[spec]
            alone = _at_speed(steps - before, now - since, _steps(spec) - steps)
            seconds = max(seconds, alone or 0.0)
        return seconds


def _at_speed(done: int, seconds: float, left: int) -> float | None:
    """Seconds for the steps left, at the mean speed so far; None as long as that says little."""
    if seconds < _FIRST_ESTIMATE_S or left <= 0 or done < _FIRST_SHARE * (done + left):
        return None
    return left * seconds / done


class Display(Protocol):
    """Shows boards between entering and leaving its context."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, board: Board) -> None: ...


def choose_display(titles: Mapping[str, str]) -> Display:
    """Bars on a terminal, lines in a file or a pipe.

    Args:
      titles: run id -> what the run is called, for instance "DQN+ReDo, Pong, seed 0", as
        `titles` makes it of an experiment's runs.
    """
    terminal = sys.stdout is not None and sys.stdout.isatty()
    return LiveDisplay(titles) if terminal else LineDisplay(titles)


def titles(runs: Iterable[Run]) -> dict[str, str]:
    """Run id -> what a run is called while it trains, by the first role that it has."""
    called: dict[str, str] = {}
    for run in runs:
        told = f"{run.condition.name}, {run.spec.game}, seed {run.spec.seed}"
        called.setdefault(run.spec.run_id, told)
    return called


class LineDisplay:
    """Prints a line now and then, and whenever a run has ended."""

    def __init__(self, titles: Mapping[str, str] | None = None, period_s: float = _LINE_PERIOD_S):
        self._titles = titles or {}
        self._period_s = period_s
        self._started = time.monotonic()
        self._printed_at = float("-inf")
        self._ended = 0
        self._estimate = Estimate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, board: Board) -> None:
        now = time.monotonic()
        left = self._estimate.seconds_left(board, now)
        ended = board.finished + board.failed
        if ended == self._ended and now - self._printed_at < self._period_s:
            return
        self._ended, self._printed_at = ended, now
        parts = [f"[{_duration(now - self._started)}] {board.summary(left)}"]
        # Of a cluster's hundreds, a few that are at work.
        by_rest = sorted(board.running, key=lambda pair: not pair[1].agent_steps_per_s)
        for spec, status in by_rest[:_MOST_TOLD]:
            done, numbers = _share(spec, status), _numbers(status)
            parts.append(f"{_title(self._titles, spec)}: {done:.0%}, {numbers}")
        if more := len(by_rest[_MOST_TOLD:]):
            parts.append(f"and {count_of(more, 'run')} more")
        if board.elsewhere:
            parts.append(board.others())
        # Training goes on when nobody reads any more.
        with contextlib.suppress(OSError):
            print(" | ".join(parts), flush=True)


class LiveDisplay:
    """Draws a bar for each run that is being trained, and one for all."""

    def __init__(self, titles: Mapping[str, str], console: Console | None = None):
        self._titles = titles
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[told]}"),
            console=console or Console(),
            refresh_per_second=4,
            transient=True,
        )
        self._estimate = Estimate()
        self._all = self._progress.add_task("all runs", total=None, told="")
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, board: Board) -> None:
        left = self._estimate.seconds_left(board, time.monotonic())
        told = ", ".join(filter(None, [board.summary(left), board.others()]))
        done = board.finished + sum(_share(spec, status) for spec, status in board.running)
        self._progress.update(self._all, total=board.total, completed=done, told=told)
        alive = {spec.run_id for spec, _ in board.running}
        for run_id in set(self._tasks) - alive:
            self._progress.remove_task(self._tasks.pop(run_id))
        for spec, status in board.running:
            if spec.run_id not in self._tasks:
                title = _title(self._titles, spec)
                self._tasks[spec.run_id] = self._progress.add_task(title, total=1.0, told="")
            task = self._tasks[spec.run_id]
            share, numbers = _share(spec, status), _numbers(status)
            self._progress.update(task, completed=share, told=numbers)


def _title(titles: Mapping[str, str], spec: Spec) -> str:
    """What a run is called; one that is only required has no role of its own."""
    return titles.get(spec.run_id, f"{spec.game} seed {spec.seed}")


def _steps(spec: Spec) -> int:
    return spec.total_agent_steps + spec.total_gradient_steps


def _share(spec: Spec, status: Status) -> float:
    """How much of a run is done, 0 to 1."""
    return status.agent_step / spec.total_agent_steps


def _numbers(status: Status) -> str:
    """Mean return and dormant share of one run, or that it has diverged, as text."""
    if not status.gradient_step:
        return "no gradient step yet"
    mean_return = "-" if status.mean_return is None else f"{status.mean_return:,.1f}"
    dormant = "-" if status.dormant_fraction is None else f"{status.dormant_fraction:.1%}"
    state = "diverged" if status.diverged else f"dormant {dormant}"
    return f"return {mean_return}, {state}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
