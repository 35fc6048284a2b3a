"""What training will cost before it starts: runs, steps, memory, and hours, for people to read."""

from collections.abc import Sequence
import dataclasses

from agents.identity import Spec
from agents.spec import RunSpec
from experiments.running.durations import Measured, Time, time_for
from experiments.running.survey import Survey
from experiments.wording import count_of


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
    together, longest = _hours(known)
    return Cost(
        wanted=len(found.wanted),
        to_train=len(left),
        again=len(found.again),
        agent_steps=sum(spec.total_agent_steps for spec in left),
        gradient_steps=sum(spec.total_gradient_steps for spec in left),
        bytes_for_run=_largest(online),
        hours=None if left and not known else together,
        longest_hours=longest,
        unknown=len(left) - len(known),
        at_most=sum(time.at_most for time in known),
    )


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
        shared = _hours_with(jobs, costs.hours, costs.longest_hours)
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
    length = _length(_hours_with(jobs, *_hours(known)))
    word, why = "about", ""
    if len(known) < len(left):
        word = "more than"
    elif any(time.at_most for time in known):
        word, why = "at most about", ", some at other replay ratios"
    return f"{told}: {word} {length} by recorded times of runs like them{why}. Ctrl-C loses little."


def _known_times(specs: Sequence[Spec], measured: Sequence[Measured], device: str) -> list[Time]:
    times = [time_for(spec, measured, device) for spec in specs]
    return [time for time in times if time is not None]


def _hours(times: Sequence[Time]) -> tuple[float, float]:
    """Of all runs together, and of the longest; 0 without any."""
    hours = [time.seconds / 3600 for time in times]
    return sum(hours), max(hours, default=0.0)


def _hours_with(jobs: int, together: float, longest: float) -> float:
    """How long runs take with so many at a time."""
    return max(together / jobs, longest)


def _what_is_to_be_trained(wanted: int, left: int, again: int) -> str:
    told = f"{left} of {count_of(wanted, 'run')} {'is' if left == 1 else 'are'} to be trained"
    return told + (f" ({again} once more, for what others learn from)" if again else "")


def _length(hours: float) -> str:
    """A time for people to read: minutes below two hours."""
    if hours >= 2:
        return f"{hours:,.1f} hours"
    return count_of(max(round(60 * hours), 1), "minute")


def _largest(online: Sequence[RunSpec]) -> int | None:
    if not online:
        return None
    # Imports JAX, which a plan without online runs need not wait for.
    from agents.fleet.plan import bytes_for_run

    shapes = {spec.common_part: spec for spec in online}
    return max(bytes_for_run(spec) for spec in shapes.values())
