"""Training speed against Dopamine: `python -m benchmarks.against_dopamine`.

Both train DQN at full width on the same game with the same batch, optimizer and replay ratio.
Dopamine runs twice: as it ships, one process on all cores, and as we would run it, two
single-threaded processes on a core each, with our flags for XLA. Ours are two processes. What
the processes of a contender do in the same seconds is added up.
"""

from collections.abc import Iterator, Mapping, Sequence
import contextlib
import dataclasses
import os

from agents.spec import AtariTask, DQNSpec, RunSpec
from benchmarks import command_line
from benchmarks.measurements import Measurement
from benchmarks.processes import Process, ask_at_once, cores, warm

SHIPPED, PINNED, OURS = "Dopamine, as shipped", "Dopamine, 2 processes", "ours, 2 processes"
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


def measure(tiny: bool = False) -> list[Measurement]:
    """All contenders, one after the other in every repeat, at each replay ratio."""
    size = TINY if tiny else Size()
    measurements = []
    for replay_ratio in size.replay_ratios:
        with _contenders(size, replay_ratio) as contenders:
            for repeat in range(size.repeats):
                measurements += _measure_once(size, replay_ratio, contenders, repeat)
    return measurements


@contextlib.contextmanager
def _contenders(size: Size, replay_ratio: float) -> Iterator[dict[str, Sequence[Process]]]:
    """The warm processes of every contender; each contender warms up alone."""
    spec = RunSpec(
        task=AtariTask(game="DemonAttack"),
        agent=DQNSpec(
            replay_ratio=replay_ratio, min_replay_agent_steps=size.min_replay_agent_steps
        ),
    )
    arguments = {"spec": spec.to_dict(), "warm_up_agent_steps": size.warm_up_agent_steps}
    as_shipped = dict(os.environ) | {"JAX_PLATFORMS": "cpu"}
    with contextlib.ExitStack() as stack:

        def start(*processes: Process) -> Sequence[Process]:
            return stack.enter_context(warm(*processes))

        yield {
            SHIPPED: start(Process("dopamine_agent", arguments, as_shipped)),
            PINNED: start(*(Process("dopamine_agent", arguments, core=core) for core in cores(2))),
            OURS: start(*(Process("our_agent", arguments, core=core) for core in cores(2))),
        }


def _measure_once(
    size: Size, replay_ratio: float, contenders: dict[str, Sequence[Process]], repeat: int
) -> list[Measurement]:
    """One window of each contender, another one first in every repeat."""
    case = f"replay ratio {replay_ratio:g}"
    names = list(contenders)
    first = repeat % len(names)
    found = {}
    for name in names[first:] + names[:first]:
        answers = ask_at_once(contenders[name], size.window_s)
        found[name] = {quantity: sum(answer[quantity] for answer in answers) for quantity in SUMS}
    measurements = [
        Measurement(case, name, quantity, unit, repeat, found[name][quantity])
        for name in names
        for quantity, unit in SUMS.items()
    ]
    return [*measurements, *ratios(case, found, OURS, (SHIPPED, PINNED), repeat)]


def ratios(
    case: str,
    found: Mapping[str, Mapping[str, float]],
    ours: str,
    peers: Sequence[str],
    repeat: int,
) -> Iterator[Measurement]:
    """How many times as fast we are, by the clock and by the processor's time.

    On a machine that others use too, the second is the steadier one. (A contender that leaves a
    core idle gains by it.)

    Args:
      case, repeat: as of `Measurement`.
      found: contender -> quantity of `SUMS` -> value.
      ours: a contender.
      peers: others.
    """
    for peer in peers:
        times = found[ours][SPEED] / found[peer][SPEED]
        yield Measurement(case, ours, f"times the speed of {peer}", "times", repeat, times)
        times *= found[peer]["cpu_s_per_s"] / found[ours]["cpu_s_per_s"]
        yield Measurement(
            case, ours, f"times the work of {peer} in a CPU second", "times", repeat, times
        )


if __name__ == "__main__":
    command_line.run("against_dopamine", measure)
