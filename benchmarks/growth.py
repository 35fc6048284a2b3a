"""How times grow with the size of things: `python -m benchmarks.growth`.

A gradient step with the width of the network and with the batch; the drawing of a batch with the
transitions in the replay.
"""

from collections.abc import Iterator, Sequence
import dataclasses

from agents.spec import NetworkSpec, RunSpec
from benchmarks import command_line
from benchmarks.measurements import Measurement
from benchmarks.processes import Process, ask_at_once, cores, warm
from experiments.presets.presets import LAPTOP, PAPER, SMOKE

REPEATS, PART_S = 5, 2.0
# Updates do not look into the replay: it holds enough to draw a batch.
_FEW_TRANSITIONS = 500


@dataclasses.dataclass(frozen=True)
class Point:
    """One size of one thing.

    Attributes:
      case: what has which size.
      contender: the preset whose run this is, but for that size.
      part: what is timed.
      run: with that size.
      stored: transitions in its replay.
    """

    case: str
    contender: str
    part: str
    run: RunSpec
    stored: int = _FEW_TRANSITIONS


def _with(run: RunSpec, **numbers: float) -> RunSpec:
    """The run with other hyper-parameters of its agent."""
    return dataclasses.replace(run, agent=dataclasses.replace(run.agent, **numbers))


def widths(name: str, run: RunSpec, values: Sequence[float]) -> list[Point]:
    """One update of networks of these widths."""
    return [
        Point(
            f"width {value:g}",
            name,
            "update",
            dataclasses.replace(run, network=NetworkSpec(width=value)),
        )
        for value in values
    ]


def batch_sizes(name: str, run: RunSpec, values: Sequence[int]) -> list[Point]:
    """One update on batches of these sizes."""
    return [
        Point(f"batch of {value}", name, "update", _with(run, batch_size=value)) for value in values
    ]


def replays(name: str, run: RunSpec, values: Sequence[int]) -> list[Point]:
    """One batch from full replays of these sizes."""
    return [
        Point(
            f"{value} transitions",
            name,
            "sample",
            # One batch at a time.
            _with(run, replay_capacity_transitions=value, replay_ratio=0.25),
            stored=value,
        )
        for value in values
    ]


def measure(tiny: bool = False) -> list[Measurement]:
    """The points of a curve are timed in turn; a curve is one thing of one preset."""
    if tiny:
        smoke = SMOKE.run("DemonAttack", seed=0)
        curves = [
            widths("smoke", smoke, (0.125, 0.25)),
            batch_sizes("smoke", smoke, (8, 16)),
            replays("smoke", smoke, (100, 200)),
        ]
        return [row for curve in curves for row in _measure_curve(curve, 1, 0.02)]
    paper, laptop = (preset.run("DemonAttack", seed=0) for preset in (PAPER, LAPTOP))
    curves = [
        widths("paper", paper, (1, 2, 4)),
        widths("laptop", laptop, (0.25, 0.5, 1)),
        batch_sizes("paper", paper, (32, 64, 128, 256)),
        batch_sizes("laptop", laptop, (32, 64, 128, 256)),
        replays("paper", paper, (10_000, 100_000, 1_000_000)),
    ]
    return [row for curve in curves for row in _measure_curve(curve, REPEATS, PART_S)]


def _measure_curve(points: Sequence[Point], repeats: int, part_s: float) -> Iterator[Measurement]:
    (core,) = cores(1)
    processes = [
        Process(
            "parts",
            {"spec": point.run.to_dict(), "stored": point.stored, "parts": [point.part]},
            core=core,
        )
        for point in points
    ]
    with warm(*processes):
        for repeat in range(repeats):
            for point, process in zip(points, processes, strict=True):
                request = {"part": point.part, "seconds": part_s}
                (time_ms,) = ask_at_once([process], request)
                quantity = f"{point.part}_ms"
                yield Measurement(
                    point.case, point.contender, quantity, "ms/gradient step", repeat, time_ms
                )


if __name__ == "__main__":
    command_line.run("growth", measure)
