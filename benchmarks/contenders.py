"""Contenders that train by turns: what they are asked, who is first, and how they compare."""

from collections.abc import Iterator, Mapping, Sequence
import dataclasses
import importlib.util

from agents.errors import UserError
from benchmarks.measurements import Measurement
from benchmarks.processes import Process, ask_at_once

# Quantity -> unit; all are summed over a contender's processes.
SUMS = {
    "agent_steps_per_s": "agent steps/s",
    "gradient_steps_per_s": "gradient steps/s",
    # Single-threaded processes that nobody disturbed have used their cores up: 2 of them, 2.
    "cpu_s_per_s": "CPU s/s",
    "peak_memory_bytes": "bytes",
}
SPEED = "agent_steps_per_s"


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
      replay_ratios: gradient steps per agent step.
      repeats: windows of every contender.
      window_s: seconds of one.
      min_replay_agent_steps: before the first update.
      warm_up_agent_steps: before the first window; some updates must be among them.
    """

    replay_ratios: Sequence[float] = (1.0, 0.25)
    repeats: int = 5
    window_s: float = 15.0
    min_replay_agent_steps: int = 200
    warm_up_agent_steps: int = 300


TINY = Size((0.25,), repeats=1, window_s=1.0, min_replay_agent_steps=40, warm_up_agent_steps=60)


def require(module: str, peer: str) -> None:
    """Proves that a peer is installed.

    Raises:
      UserError: it is not.
    """
    if importlib.util.find_spec(module) is None:
        raise UserError(
            f"{peer}, which this compares with, is not installed; `make setup EXTRAS=peers` "
            "installs it."
        )


def in_turn(names: Sequence[str], repeat: int) -> list[str]:
    """All names; in each repeat another one is first."""
    first = repeat % len(names)
    return [*names[first:], *names[:first]]


def race(
    size: Size,
    replay_ratio: float,
    contenders: Mapping[str, Sequence[Process]],
    ours: str,
    peers: Sequence[str],
) -> Iterator[Measurement]:
    """Windows of all contenders by turns, and what follows for ours in each repeat.

    Args:
      size: how many windows, and how long.
      replay_ratio: of the contenders' runs.
      contenders: name -> its warm processes, whose answers are added up.
      ours, peers: the names that are compared.
    """
    case = f"replay ratio {replay_ratio:g}"
    for repeat in range(size.repeats):
        found = {}
        for name in in_turn(list(contenders), repeat):
            answers = ask_at_once(contenders[name], size.window_s)
            found[name] = {
                quantity: sum(answer[quantity] for answer in answers) for quantity in SUMS
            }
        for name in contenders:
            for quantity, unit in SUMS.items():
                yield Measurement(case, name, quantity, unit, repeat, found[name][quantity])
        yield from _ratios(case, found, ours, peers, repeat)


def _ratios(
    case: str,
    found: Mapping[str, Mapping[str, float]],
    ours: str,
    peers: Sequence[str],
    repeat: int,
) -> Iterator[Measurement]:
    """How many times as fast we are, by the clock and by the processor's time.

    On a machine that others use too, the second is the steadier one. (A contender that leaves a
    core idle gains by it.)
    """
    for peer in peers:
        times = found[ours][SPEED] / found[peer][SPEED]
        yield Measurement(case, ours, f"times the speed of {peer}", "times", repeat, times)
        times *= found[peer]["cpu_s_per_s"] / found[ours]["cpu_s_per_s"]
        yield Measurement(
            case, ours, f"times the work of {peer} in a CPU second", "times", repeat, times
        )
