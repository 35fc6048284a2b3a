"""Training speed against Dopamine: `python -m benchmarks.against_dopamine`.

Both train DQN at full width on the same game with the same batch, optimizer and replay ratio.
Dopamine runs twice: as it ships, one process on all cores, and as we would run it, two
single-threaded processes on a core each, with our flags for XLA. Ours are two processes. What
the processes of a contender do in the same seconds is added up.
"""

from collections.abc import Iterator, Sequence
import contextlib
import os

from agents.spec import AtariTask, DQNSpec, RunSpec
from benchmarks import command_line
from benchmarks.contenders import TINY, Size, race
from benchmarks.measurements import Measurement
from benchmarks.processes import Process, cores, warm

SHIPPED, PINNED, OURS = "Dopamine, as shipped", "Dopamine, 2 processes", "ours, 2 processes"


def measure(tiny: bool = False) -> list[Measurement]:
    """All contenders, one after the other in every repeat, at each replay ratio."""
    size = TINY if tiny else Size()
    measurements = []
    for replay_ratio in size.replay_ratios:
        with _contenders(size, replay_ratio) as contenders:
            measurements += race(size, replay_ratio, contenders, OURS, (SHIPPED, PINNED))
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


if __name__ == "__main__":
    command_line.run("against_dopamine", measure)
