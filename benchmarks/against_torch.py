"""Training speed against PyTorch: `python -m benchmarks.against_torch`.

The same network, padding, loss, optimizer, batch and replay ratio, the same emulator and the same
replay (`benchmarks.torch_agent`). PyTorch runs twice: as two single-threaded processes on a core
each, as ours do, and as one process with two threads. Updates are timed by themselves as well, on
one core, on a batch that is always there.

PyTorch is an extra of the benchmarks, `make setup EXTRAS=peers`; its build for the CPU
is enough.
"""

from collections.abc import Iterator, Mapping, Sequence
import contextlib

from agents.spec import AtariTask, DQNSpec, RunSpec
from benchmarks import command_line
from benchmarks.contenders import TINY, Size, in_turn, race, require
from benchmarks.measurements import Measurement
from benchmarks.processes import Process, ask_at_once, cores, warm

OURS, PROCESSES, THREADS = "ours, 2 processes", "PyTorch, 2 processes", "PyTorch, 2 threads"
UPDATE = "an update alone"
_OURS_ALONE, _PEER_ALONE = "ours, 1 core", "PyTorch, 1 core"

FULL = Size(window_s=6.0)


def measure(tiny: bool = False) -> list[Measurement]:
    """Updates alone, then whole loops; in each repeat another contender is first.

    Raises:
      UserError: PyTorch is not installed.
    """
    require("torch", "PyTorch")
    size = TINY if tiny else FULL
    measurements = list(_updates(size))
    for replay_ratio in size.replay_ratios:
        measurements += _loops(size, replay_ratio)
    return measurements


def _updates(size: Size) -> Iterator[Measurement]:
    (core,) = cores(1)
    spec = _spec(size, 1.0).to_dict()
    peer = {"spec": spec, "warm_up_agent_steps": 0, "threads": 1, "alone": True}
    ours = {"spec": spec, "members": 1, "convolution": "native", "fuse_updates": False}
    contenders = {
        _OURS_ALONE: Process("bare_fleet", ours, core=core),
        _PEER_ALONE: Process("torch_agent", peer, core=core),
    }
    with warm(*contenders.values()):
        for repeat in range(size.repeats):
            found = {}
            for name in in_turn(list(contenders), repeat):
                (answer,) = ask_at_once([contenders[name]], size.window_s)
                # Ours answers with updates a second.
                found[name] = 1e3 / answer if name == _OURS_ALONE else answer
            for name in contenders:
                yield Measurement(
                    UPDATE, name, "update_ms", "ms/gradient step", repeat, found[name]
                )
            times = found[_PEER_ALONE] / found[_OURS_ALONE]
            quantity = f"times the speed of {_PEER_ALONE}"
            yield Measurement(UPDATE, _OURS_ALONE, quantity, "times", repeat, times)


def _loops(size: Size, replay_ratio: float) -> Iterator[Measurement]:
    run = {
        "spec": _spec(size, replay_ratio).to_dict(),
        "warm_up_agent_steps": size.warm_up_agent_steps,
    }
    with contextlib.ExitStack() as stack:

        def started(
            program: str, arguments: Mapping, on: Sequence[int | None]
        ) -> Sequence[Process]:
            processes = [Process(program, arguments, core=core) for core in on]
            return stack.enter_context(warm(*processes))

        contenders = {
            OURS: started("our_agent", run, cores(2)),
            PROCESSES: started("torch_agent", run | {"threads": 1}, cores(2)),
            THREADS: started("torch_agent", run | {"threads": 2}, [None]),
        }
        yield from race(size, replay_ratio, contenders, OURS, (PROCESSES, THREADS))


def _spec(size: Size, replay_ratio: float) -> RunSpec:
    agent = DQNSpec(
        replay_ratio=replay_ratio,
        min_replay_agent_steps=size.min_replay_agent_steps,
        # As for nine tenths of a run: nearly every action is the network's. A random one costs the
        # peer nothing, and ours what every action does.
        epsilon_decay_agent_steps=0,
    )
    return RunSpec(task=AtariTask(game="DemonAttack"), agent=agent)


if __name__ == "__main__":
    command_line.run("against_torch", measure)
