"""Ways to execute the same updates on a CPU: `python -m benchmarks.executions`.

The first is the one that `agents.fleet.execution` chooses; each of the others
differs from it in what its name says. Results are equal up to rounding. One core, in turn.
"""

from collections.abc import Iterator
import dataclasses

from agents.spec import RunSpec
from benchmarks import command_line
from benchmarks.measurements import Measurement
from benchmarks.processes import Process, ask_at_once, cores, warm
from experiments.presets.preset import Preset
from experiments.presets.presets import LAPTOP, PAPER, SMOKE
from experiments.running.devices import KEPT_MEMORY, worker_environment

CHOSEN = "as chosen"
# Form of the convolutions, updates in a compiled loop, memory of large arrays kept.
WAYS = {
    CHOSEN: ("native", False, True),
    "memory given back": ("native", False, False),
    "updates in a loop": ("native", True, True),
    "convolutions by matmul": ("matmul", False, True),
    "convolutions by matmul, updates in a loop": ("matmul", True, True),
}


def measure(tiny: bool = False) -> list[Measurement]:
    """All ways in turn, for the laptop and the paper preset."""
    if tiny:
        return list(_measure_case("smoke", SMOKE.run("DemonAttack", 0), 1, 0.1))
    return [
        row
        for preset in (LAPTOP, PAPER)
        for row in _measure_case(preset.name, _four_at_a_time(preset), 5, 3.0)
    ]


def _four_at_a_time(preset: Preset) -> RunSpec:
    """The preset's run at replay ratio 1: groups of four updates."""
    run = preset.run("DemonAttack", 0)
    return dataclasses.replace(run, agent=dataclasses.replace(run.agent, replay_ratio=1.0))


def _environment(memory_kept: bool) -> dict[str, str]:
    """A worker's environment, as it is or without what keeps memory."""
    environment = worker_environment("cpu", 2)
    if memory_kept:
        return environment
    return {name: value for name, value in environment.items() if name not in KEPT_MEMORY}


def _measure_case(case: str, run: RunSpec, repeats: int, window_s: float) -> Iterator[Measurement]:
    (core,) = cores(1)
    processes = [
        Process(
            "bare_fleet",
            {
                "spec": run.to_dict(),
                "members": 1,
                "convolution": convolution,
                "fuse_updates": fuse_updates,
            },
            _environment(memory_kept),
            core=core,
        )
        for convolution, fuse_updates, memory_kept in WAYS.values()
    ]
    with warm(*processes):
        for repeat in range(repeats):
            rates = [ask_at_once([process], window_s)[0] for process in processes]
            for name, rate in zip(WAYS, rates, strict=True):
                yield Measurement(case, name, "update_ms", "ms/gradient step", repeat, 1e3 / rate)


if __name__ == "__main__":
    command_line.run("executions", measure)
