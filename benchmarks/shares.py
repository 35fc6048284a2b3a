"""Where the time of training goes: `python -m benchmarks.shares`.

The floor is the bare update: a compiled gradient step on a batch that is always there. The loop
is a run as a worker trains it. Both, and every part of the loop by itself, are timed on the
same core in turn. Beneath the floor lies the arithmetic: the operations of an update at the
speed of a large product of matrices. Windows hold training only; evaluation and checkpoints
come once an iteration.
"""

from collections.abc import Iterator, Mapping
import dataclasses

from agents.spec import InterventionSpec, RunSpec, ScheduleSpec
from benchmarks import command_line
from benchmarks.measurements import Measurement
from benchmarks.parts import CPU, FLOP, MATMUL_SIZE
from benchmarks.processes import Process, ask_at_once, cores, warm
from experiments.presets.preset import Preset
from experiments.presets.presets import LAPTOP, PAPER, SMOKE

PARTS = ("update", "act", "sample", "step", "add", "measure", "intervene", "matmul")
CONTENDER = "ours"
_FIRST_RECYCLING_GRADIENT_STEP = 16


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
      runs: case -> the run that is taken apart.
      repeats: of every number.
      loop_s: seconds of the loop at a time.
      update_s: seconds of bare updates before them.
      part_s: seconds of every other part.
      stored_transitions: in the replay, where parts are timed by themselves.
      warm_up_agent_steps: of the loop.
    """

    runs: Mapping[str, RunSpec]
    repeats: int = 5
    loop_s: float = 8.0
    update_s: float = 3.0
    part_s: float = 0.5
    stored_transitions: int = 20_000
    warm_up_agent_steps: int = 300


def run_of(preset: Preset, replay_ratio: float) -> RunSpec:
    """The preset's run with ReDo at the preset's period.

    Learning starts soon, the first recycling falls into the warm-up, where it is compiled, and
    the iteration outlasts the benchmark.
    """
    period = preset.redo_period_gradient_steps
    run = preset.run("DemonAttack", seed=0)
    return dataclasses.replace(
        run,
        agent=dataclasses.replace(run.agent, replay_ratio=replay_ratio, min_replay_agent_steps=200),
        intervention=InterventionSpec(
            kind="redo",
            period_gradient_steps=period,
            clock_offset_gradient_steps=period - _FIRST_RECYCLING_GRADIENT_STEP,
        ),
        schedule=dataclasses.replace(run.schedule, agent_steps_per_iteration=1_000_000),
    )


def _runs(*presets: Preset) -> dict[str, RunSpec]:
    """Every preset at its own replay ratio and at 1."""
    return {
        f"{preset.name}, replay ratio {ratio:g}": run_of(preset, ratio)
        for preset in presets
        for ratio in (preset.atari.agent.replay_ratio, 1.0)
    }


def measure(tiny: bool = False) -> list[Measurement]:
    """The parts, the loop and their shares, for the laptop and the paper preset."""
    if tiny:
        size = Size(
            {"smoke, replay ratio 2": run_of(SMOKE, 2.0)},
            repeats=1,
            loop_s=0.5,
            update_s=0.1,
            part_s=0.02,
            stored_transitions=500,
            warm_up_agent_steps=240,
        )
    else:
        size = Size(_runs(LAPTOP, PAPER))
    return [row for case, run in size.runs.items() for row in _measure_case(size, case, run)]


def _measure_case(size: Size, case: str, run: RunSpec) -> Iterator[Measurement]:
    (core,) = cores(1)
    loop = Process(
        "our_agent",
        {"spec": run.to_dict(), "warm_up_agent_steps": size.warm_up_agent_steps},
        core=core,
    )
    parts = Process(
        "parts",
        {"spec": run.to_dict(), "stored": size.stored_transitions, "parts": PARTS},
        core=core,
    )
    with warm(loop, parts):
        (flop,) = ask_at_once([parts], {"part": FLOP})
        for repeat in range(size.repeats):
            times_ms = {}
            for part in PARTS:
                seconds = size.update_s if part == "update" else size.part_s
                (times_ms[part],) = ask_at_once([parts], {"part": part, "seconds": seconds})
                if part == "update":
                    # Right after each other, for these two are compared most closely.
                    (window,) = ask_at_once([loop], size.loop_s)
                    request = {"part": part, "seconds": seconds, "clock": CPU}
                    (times_ms["update_cpu"],) = ask_at_once([parts], request)
            times_ms["loop"] = 1e3 / window["gradient_steps_per_s"]
            times_ms["loop_cpu"] = times_ms["loop"] * window["cpu_s_per_s"]
            for quantity, (unit, value) in _table(run, times_ms, flop).items():
                yield Measurement(case, CONTENDER, quantity, unit, repeat, value)


def _table(
    run: RunSpec, times_ms: Mapping[str, float], flop: float
) -> dict[str, tuple[str, float]]:
    """All that follows from the times of one repeat: quantity -> unit, value."""
    spent_ms = _spent_ms(run, times_ms)
    rarely_ms = spent_ms["measure"] + spent_ms["intervene"]
    as_published = _spent_ms(
        dataclasses.replace(run, schedule=ScheduleSpec(), intervention=InterventionSpec()),
        times_ms,
    )
    published_rarely_ms = as_published["measure"] + as_published["intervene"]
    update_ms, loop_ms = times_ms["update"], times_ms["loop"]
    flop_per_ms = 2 * MATMUL_SIZE**3 / times_ms["matmul"]
    calls = {f"{part}_ms": ("ms/call", times_ms[part]) for part in PARTS}
    spent = {f"{part}_spent_ms": ("ms/gradient step", value) for part, value in spent_ms.items()}
    shares = {
        "acting_and_sampling_over_update": (spent_ms["act"] + spent_ms["sample"]) / update_ms,
        "statistics_and_recycling_over_loop": rarely_ms / loop_ms,
        "statistics_and_recycling_over_loop_at_published_periods": published_rarely_ms / loop_ms,
        "loop_rate_over_update_rate": update_ms / loop_ms,
        # Whoever else is on the machine does not count.
        "loop_rate_over_update_rate_by_cpu_time": times_ms["update_cpu"] / times_ms["loop_cpu"],
        # Neither learns nor acts nor measures: an accelerator would have nothing to do.
        "idle_share_of_loop": 1 - (update_ms + spent_ms["act"] + rarely_ms) / loop_ms,
        "arithmetic_over_update": flop / flop_per_ms / update_ms,
    }
    return (
        calls
        | spent
        | {
            "loop_ms": ("ms/gradient step", loop_ms),
            "loop_cpu_ms": ("CPU ms/gradient step", times_ms["loop_cpu"]),
            "update_cpu_ms": ("CPU ms/gradient step", times_ms["update_cpu"]),
            "arithmetic_floor_ms": ("ms/gradient step", flop / flop_per_ms),
            "update_gflop": ("GFLOP", flop / 1e9),
            "matmul_gflop_per_s": ("GFLOP/s", flop_per_ms / 1e6),
        }
        | {name: ("share", value) for name, value in shares.items()}
    )


def _spent_ms(run: RunSpec, times_ms: Mapping[str, float]) -> dict[str, float]:
    """What each part of the loop takes for one gradient step."""
    agent = run.agent
    calls = {
        "update": 1,
        "act": 1 / agent.replay_ratio,
        "step": 1 / agent.replay_ratio,
        "add": 1 / agent.replay_ratio,
        "sample": 1 / agent.updates_per_period,
        "measure": 1 / run.schedule.log_period_gradient_steps,
        "intervene": 1 / run.intervention.period_gradient_steps,
    }
    return {part: times_ms[part] * count for part, count in calls.items()}


if __name__ == "__main__":
    command_line.run("shares", measure)
