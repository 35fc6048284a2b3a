"""What a user sees while runs are trained: a live table, or a line now and then."""

from collections.abc import Sequence
import dataclasses
import sys
import time
from typing import Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from agents.identity import Spec
from experiments.running.progress import Status

_LINE_PERIOD_S = 15.0


@dataclasses.dataclass(frozen=True)
class Board:
    """How all runs are doing.

    Attributes:
      total, finished, failed: numbers of runs.
      running: the runs being trained, with their latest signs of life.
      waiting: the runs not begun in this session.
    """

    total: int
    finished: int
    failed: int
    running: Sequence[tuple[Spec, Status]]
    waiting: Sequence[Spec]

    @property
    def agent_steps_per_s(self) -> float:
        return sum(status.agent_steps_per_s for _, status in self.running)

    @property
    def gradient_steps_per_s(self) -> float:
        return sum(status.gradient_steps_per_s for _, status in self.running)

    @property
    def seconds_left(self) -> float | None:
        """At the present speed; None while nothing is being learnt."""
        left = sum(spec.total_gradient_steps for spec in self.waiting)
        for spec, status in self.running:
            left += spec.total_gradient_steps - status.gradient_step
        speed = self.gradient_steps_per_s
        return left / speed if speed > 0 else None

    def summary(self) -> str:
        """The whole in one line."""
        failed = f", {self.failed} failed" if self.failed else ""
        return (
            f"{self.finished}/{self.total} runs done{failed} | "
            f"{self.gradient_steps_per_s:,.0f} gradient steps/s, "
            f"{self.agent_steps_per_s:,.0f} agent steps/s | {_duration(self.seconds_left)} left"
        )


class Display(Protocol):
    """Shows boards between entering and leaving its context."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, board: Board) -> None: ...


def choose_display() -> Display:
    """A live table on a terminal, lines in a file or a pipe."""
    return LiveDisplay() if sys.stdout.isatty() else LineDisplay()


class LineDisplay:
    """Prints a line now and then, and whenever a run has ended."""

    def __init__(self, period_s: float = _LINE_PERIOD_S):
        self._period_s = period_s
        self._started = time.monotonic()
        self._printed_at = float("-inf")
        self._ended = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, board: Board) -> None:
        now = time.monotonic()
        ended = board.finished + board.failed
        if ended == self._ended and now - self._printed_at < self._period_s:
            return
        self._ended, self._printed_at = ended, now
        parts = [f"[{_duration(now - self._started)}] {board.summary()}"]
        for spec, status in board.running:
            done, mean_return, dormant = _numbers(spec, status)
            parts.append(
                f"{spec.game} seed {spec.seed}: {done}, return {mean_return}, dormant {dormant}"
            )
        print(" | ".join(parts), flush=True)


class LiveDisplay:
    """Redraws a table in place."""

    def __init__(self) -> None:
        self._live = Live(console=Console(), refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, board: Board) -> None:
        table = Table("game", "seed", "done", "return", "dormant", box=None, pad_edge=False)
        for column in table.columns[1:]:
            column.justify = "right"
        for spec, status in board.running:
            table.add_row(spec.game, str(spec.seed), *_numbers(spec, status))
        self._live.update(Group(Text(board.summary()), table))


def _numbers(spec: Spec, status: Status) -> tuple[str, str, str]:
    """Share done, mean return and dormant share of one run, as text."""
    done = f"{status.agent_step / spec.total_agent_steps:.0%}"
    mean_return = "-" if status.mean_return is None else f"{status.mean_return:,.1f}"
    dormant = "-" if status.dormant_fraction is None else f"{status.dormant_fraction:.1%}"
    return done, mean_return, dormant


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "-:--"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
