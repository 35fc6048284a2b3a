"""Training on an accelerator, by fleets of 1 to 32 runs: `python -m benchmarks.fleet`.

Measured are the device's ceilings, the updates of a fleet by themselves with both forms of
convolution, a whole fleet that plays and learns, Dopamine's agent on the same device before and
after, and what cheaper arithmetic does to learning. Every contender is a process of its own and
has the device to itself. The most telling numbers come first and the table is written after
each, so that a command that is cut off leaves what it has measured; `--minutes` stops in time.
A contender that fails is told and left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
import dataclasses
from functools import partial
import os
from pathlib import Path
import time
from typing import Any

import tyro

from agents.spec import AtariTask, DQNSpec, NetworkSpec, RunSpec, ScheduleSpec
from benchmarks.command_line import summary
from benchmarks.measurements import Measurement, write
from benchmarks.processes import Process, ask_at_once, warm

DOPAMINE = "Dopamine"
SPEED = "updates_per_s"


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
      spec: the run whose copies are trained.
      members: sizes of fleets.
      window_s: seconds of one window.
      repeats: windows of every contender.
      warm_up_agent_steps: of a playing agent, before its first window.
      ceilings: arguments of `benchmarks.ceilings`.
      deviating_updates: gradient steps after which arithmetics are compared.
    """

    spec: RunSpec
    members: Sequence[int]
    window_s: float
    repeats: int
    warm_up_agent_steps: int
    ceilings: Mapping[str, int]
    deviating_updates: int


def _spec(replay_capacity_transitions: int, **changes: Any) -> RunSpec:
    agent = DQNSpec(
        replay_ratio=1.0,
        min_replay_agent_steps=200,
        replay_capacity_transitions=replay_capacity_transitions,
    )
    return RunSpec(agent=agent, **changes)


# Fleets of 32 with the published replay of a million would need 235 GB; their speed does not
# depend on it.
FULL = Size(
    _spec(100_000),
    members=(1, 16, 8, 4, 2, 32),
    window_s=4.0,
    repeats=2,
    warm_up_agent_steps=300,
    ceilings={"matmul_size": 8_192, "copied_elements": 2**30},
    deviating_updates=200,
)
TINY = Size(
    _spec(
        1_000,
        task=AtariTask(frame_size_px=20),
        network=NetworkSpec(width=0.125),
        schedule=ScheduleSpec(iterations=1, agent_steps_per_iteration=100_000),
    ),
    members=(1, 2),
    window_s=0.3,
    repeats=1,
    warm_up_agent_steps=220,
    ceilings={"matmul_size": 128, "copied_elements": 2**12},
    deviating_updates=8,
)


def main(
    tiny: bool = False, minutes: float = 8.0, results: Path = Path("results/benchmarks")
) -> None:
    """Measure and write a table.

    Args:
        tiny: seconds instead of minutes; shows that it works, the numbers mean nothing.
        minutes: nothing new is begun after this time.
        results: folder of the tables.
    """
    # Here too, where the table's description asks for the device's name, and in all contenders,
    # ours and Dopamine's alike: by default each would take most of the device's memory.
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    end = time.monotonic() + 60 * minutes
    typed = f"python -m benchmarks.fleet{' --tiny' if tiny else ''}"
    measured: list[Measurement] = []
    for step in _steps(TINY if tiny else FULL):
        try:
            numbers = step()
        except RuntimeError as error:
            print(f"Left out: {error}", flush=True)
            continue
        measured += numbers
        write(results, "fleet", measured, typed)
        print(summary(numbers), flush=True)
        if time.monotonic() > end:
            print("The time is up; what is missing was not measured.")
            break


def _steps(size: Size) -> Iterator[Callable[[], list[Measurement]]]:
    """One contender after the other."""
    yield partial(_ceilings, size)
    yield partial(_dopamine, size, "before")
    for members in size.members:
        yield partial(_playing, size, members)
        yield partial(_updating, size, members, "matmul", "default")
    yield partial(_updating, size, max(size.members), "native", "default")
    yield partial(_deviations, size)
    for members in sorted(size.members)[:-1]:
        yield partial(_updating, size, members, "native", "default")
    for members in size.members:
        yield partial(_updating, size, members, "matmul", "highest")
    yield partial(_dopamine, size, "after")


def _ask(size: Size, program: str, arguments: Mapping[str, Any], repeats: int) -> list[Any]:
    """Answers of a process that has the device to itself."""
    with warm(Process(program, arguments, environment=os.environ)) as processes:
        return [ask_at_once(processes, size.window_s)[0] for _ in range(repeats)]


def _ceilings(size: Size) -> list[Measurement]:
    [found] = _ask(size, "ceilings", size.ceilings, 1)
    units = {"copy_gbyte_per_s": "GB/s"}
    return [
        Measurement("ceilings", "device", name, units.get(name, "TFLOP/s"), 0, value)
        for name, value in found.items()
    ]


def _dopamine(size: Size, when: str) -> list[Measurement]:
    arguments = {
        "spec": size.spec.to_dict(),
        "warm_up_agent_steps": size.warm_up_agent_steps,
    }
    answers = _ask(size, "dopamine_agent", arguments, size.repeats)
    return _speeds(f"playing, {when}", DOPAMINE, [a["gradient_steps_per_s"] for a in answers])


def _playing(size: Size, members: int) -> list[Measurement]:
    arguments = {
        "spec": size.spec.to_dict(),
        "members": members,
        "warm_up_agent_steps": size.warm_up_agent_steps,
    }
    answers = _ask(size, "fleet_agent", arguments, size.repeats)
    rates = [members * answer["gradient_steps_per_s"] for answer in answers]
    return _speeds("playing", _fleet(members), rates)


def _updating(size: Size, members: int, form: str, precision: str) -> list[Measurement]:
    arguments = {
        "spec": size.spec.to_dict(),
        "members": members,
        "convolution": form,
        "precision": precision,
    }
    rates = _ask(size, "bare_fleet", arguments, size.repeats)
    case = f"updates alone, convolutions {form}, {precision} precision"
    return _speeds(case, _fleet(members), rates)


def _deviations(size: Size) -> list[Measurement]:
    arguments = {"spec": size.spec.to_dict(), "updates": size.deviating_updates}
    [found] = _ask(size, "precision", arguments, 1)
    case = f"after {size.deviating_updates} updates"
    return [Measurement(case, name, "deviation", "share", 0, v) for name, v in found.items()]


def _fleet(members: int) -> str:
    return f"fleet of {members}"


def _speeds(case: str, contender: str, rates: Sequence[float]) -> list[Measurement]:
    """Updates per second, those of all members counted."""
    return [
        Measurement(case, contender, SPEED, "updates/s", repeat, rate)
        for repeat, rate in enumerate(rates)
    ]


if __name__ == "__main__":
    tyro.cli(main, prog="python -m benchmarks.fleet")
