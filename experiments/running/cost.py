"""What training will cost before it starts: runs, steps, memory, and hours by recorded times."""

from collections.abc import Iterable, Iterator, Sequence
import dataclasses
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import nnls

from agents.errors import UserError
from agents.identity import Spec
from agents.kinds import read_spec
from agents.spec import RunSpec
from experiments.presets.paths import value_at
from experiments.running.survey import Survey
from experiments.storing.schema import METRICS, RUN_KEY, RUNS
from experiments.storing.tables import UnreadableError, read_metadata
from experiments.wording import count_of

# Runs that agree in these take as long for a step; each kind of run has some of them.
_DECISIVE = (
    "network",
    "agent.batch_size",
    "task.frame_size_px",
    "data.task.frame_size_px",
    "student.network",
    "student.task.frame_size_px",
    "batch_size",
    "width",
)


# Of two runs one of which tells the time of the other, in gradient steps.
_MOST_TIMES_AS_LONG = 5
# Replay ratios that differ by less cannot tell the time of an agent step from that of a gradient
# step: machines differ by as much.
_LEAST_SPREAD_OF_RATIOS = 1.5


class Measured(NamedTuple):
    """A finished run: what it was, on which device, and the seconds that it took."""

    spec: Spec
    device: str
    wall_time_s: float


class Time(NamedTuple):
    """How long a run takes, and whether that is only known to be the most."""

    seconds: float
    at_most: bool


@dataclasses.dataclass(frozen=True)
class Cost:
    """Of the runs that are still to be trained, or to be finished.

    Attributes:
      wanted: number of runs, with those that others require.
      to_train: of these; of one that has begun, the whole is counted.
      again: of the latter; they are finished, but lack what others learn from.
      agent_steps, gradient_steps: of those to train.
      bytes_for_run: memory that the largest online run takes on its device; None without one.
      hours: by recorded times, of all jobs together; None if there are none for any run.
      longest_hours: of the longest of them, which no number of jobs makes shorter; 0 without any.
      unknown: number of runs whose like has never been finished here.
      at_most: of how many runs only the most that they can take is known.
    """

    wanted: int
    to_train: int
    again: int
    agent_steps: int
    gradient_steps: int
    bytes_for_run: int | None
    hours: float | None
    longest_hours: float
    unknown: int
    at_most: int


def cost(found: Survey, measured: Sequence[Measured], device: str) -> Cost:
    """What some runs will cost.

    Args:
      found: what a store has of them.
      measured: finished runs of any store.
      device: "cpu", "gpu" or "tpu"; only runs that were trained on one are compared with.
    """
    left = found.to_train
    online = [spec for spec in left if isinstance(spec, RunSpec)]
    known = _known_times(left, measured, device)
    hours = [time.seconds / 3600 for time in known]
    return Cost(
        wanted=len(found.wanted),
        to_train=len(left),
        again=len(found.again),
        agent_steps=sum(spec.total_agent_steps for spec in left),
        gradient_steps=sum(spec.total_gradient_steps for spec in left),
        bytes_for_run=_largest(online),
        hours=None if left and not known else sum(hours),
        longest_hours=max(hours, default=0.0),
        unknown=len(left) - len(known),
        at_most=sum(time.at_most for time in known),
    )


def time_for(spec: Spec, measured: Sequence[Measured], device: str) -> Time | None:
    """How long a run takes, from how long its like took an agent step and a gradient step.

    Of its like, those of about its length tell it, if there are any. Of runs with the same steps
    the median counts, for some of them shared their cores with other work. If all of its like have
    one replay ratio, nobody knows which kind of step took the time; then the longer time is told.

    Returns:
      None if nothing like it was ever finished on such a device.
    """
    shape, length = _shape(spec), spec.total_gradient_steps
    like = [o for o in measured if o.device.startswith(device) and _shape(o.spec) == shape]
    as_long = [o for o in like if _about_as_long(o.spec.total_gradient_steps, length)]
    like = as_long or like
    if not like:
        return None
    of_equal_steps: dict[tuple[int, int], list[float]] = {}
    for other in like:
        of_equal_steps.setdefault(_steps(other.spec), []).append(other.wall_time_s)
    steps = np.maximum([_steps(other.spec) for other in like], 1)
    seconds = np.array([np.median(of_equal_steps[_steps(other.spec)]) for other in like])
    ratios, wanted = steps[:, 1] / steps[:, 0], np.array(_steps(spec))
    if ratios.max() >= _LEAST_SPREAD_OF_RATIOS * ratios.min():
        # A machine that is slow is so by a factor: deviations count in parts of a run's time.
        per_step, _ = nnls(steps / seconds[:, None], np.ones(len(like)))
        return Time(float(per_step @ wanted), at_most=False)
    by_either = np.median(seconds[:, None] / steps, axis=0) * wanted
    of_their_ratio = by_either.max() < _LEAST_SPREAD_OF_RATIOS * by_either.min()
    # Of a run of another length, start and compilation take another part.
    return Time(float(by_either.max()), at_most=bool(as_long) and not of_their_ratio)


def finished_runs(roots: Iterable[Path]) -> Iterator[Measured]:
    """All finished runs of all presets below some folders; what cannot be read is passed over."""
    for root in roots:
        for path in sorted(root.glob(f"*/{RUNS}/*/{METRICS}")):
            try:
                about = read_metadata(path, RUN_KEY)
                if about["complete"] and about.get("wall_time_s", 0) > 0:
                    spec = read_spec(about["spec"])
                    device = str(about.get("device", ""))
                    yield Measured(spec, device, float(about["wall_time_s"]))
            except (UnreadableError, UserError, ValueError, TypeError):
                continue


def recorded(own: Path, shipped: Path) -> list[Measured]:
    """One's own finished runs, and the shipped ones whose like is not among them."""
    here = list(finished_runs([own]))
    # A set, for many runs are of one shape and length.
    known = {(_shape(run.spec), run.spec.total_gradient_steps) for run in here}

    def is_known(spec: Spec) -> bool:
        shape, length = _shape(spec), spec.total_gradient_steps
        return any(shape == other and _about_as_long(length, steps) for other, steps in known)

    return here + [run for run in finished_runs([shipped]) if not is_known(run.spec)]


def _about_as_long(one: int, other: int) -> bool:
    """Whether neither number of gradient steps is a trifle beside the other.

    Most of a run of seconds is its start and compilation.
    """
    return max(one, other) <= _MOST_TIMES_AS_LONG * min(one, other)


def describe(costs: Cost, jobs: int, device: str) -> str:
    """The cost as lines for people."""
    lines = [
        f"{_what_is_to_be_trained(costs.wanted, costs.to_train, costs.again)}:",
        f"  {costs.gradient_steps:,} gradient steps, {costs.agent_steps:,} agent steps",
    ]
    if costs.bytes_for_run is not None:
        lines.append(
            f"  {costs.bytes_for_run / 1e9:.2f} GB of memory for the largest online run, besides "
            "half a GB of the host's or more for its process"
        )
    if costs.hours is None:
        lines.append(f"  no run like these was finished on a {device.upper()} yet: no time to tell")
    elif costs.to_train:
        jobs = min(jobs, costs.to_train)
        shared = max(costs.hours / jobs, costs.longest_hours)
        lines.append(
            f"  {_length(costs.hours)} of one process, {_length(shared)} with {jobs} "
            "at a time, by recorded times of finished runs like them"
        )
        if costs.unknown:
            lines.append(
                f"  without {count_of(costs.unknown, 'run')} whose like was never finished here"
            )
        if costs.at_most:
            lines.append(
                f"  at most, for {count_of(costs.at_most, 'run')} whose like was finished at other "
                "replay ratios only"
            )
    return "\n".join(lines)


def announcement(found: Survey, measured: Sequence[Measured], device: str, jobs: int) -> str:
    """What is missing and how long it will take, in one line; "" if nothing is missing.

    Args:
      found, measured, device: see `cost`.
      jobs: processes at a time.
    """
    left = found.to_train
    if not left:
        return ""
    known = _known_times(left, measured, device)
    told = _what_is_to_be_trained(len(found.wanted), len(left), len(found.again))
    if not known:
        return f"{told}; nothing like them was finished here yet that would tell how long it takes."
    seconds = [time.seconds for time in known]
    length = _length(max(sum(seconds) / jobs, max(seconds)) / 3600)
    word, why = "about", ""
    if len(known) < len(left):
        word = "more than"
    elif any(time.at_most for time in known):
        word, why = "at most about", ", some at other replay ratios"
    return f"{told}: {word} {length} by recorded times of runs like them{why}. Ctrl-C loses little."


def _known_times(specs: Sequence[Spec], measured: Sequence[Measured], device: str) -> list[Time]:
    times = [time_for(spec, measured, device) for spec in specs]
    return [time for time in times if time is not None]


def _what_is_to_be_trained(wanted: int, left: int, again: int) -> str:
    told = f"{left} of {count_of(wanted, 'run')} {'is' if left == 1 else 'are'} to be trained"
    return told + (f" ({again} once more, for what others learn from)" if again else "")


def _length(hours: float) -> str:
    """A time for people to read: minutes below two hours."""
    if hours >= 2:
        return f"{hours:,.1f} hours"
    return count_of(max(round(60 * hours), 1), "minute")


def _steps(spec: Spec) -> tuple[int, int]:
    """Agent steps and gradient steps."""
    return spec.total_agent_steps, spec.total_gradient_steps


def _shape(spec: Spec) -> tuple[Any, ...]:
    return (spec.kind, *(value_at(spec, path) for path in _DECISIVE))


def _largest(online: Sequence[RunSpec]) -> int | None:
    if not online:
        return None
    # Imports JAX, which a plan without online runs need not wait for.
    from agents.fleet.plan import bytes_for_run

    shapes = {spec.common_part: spec for spec in online}
    return max(bytes_for_run(spec) for spec in shapes.values())
