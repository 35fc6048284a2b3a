"""How long finished runs took, and how long that makes another one take."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import nnls

from agents.errors import UserError
from agents.identity import Spec
from agents.kinds import read_spec
from experiments.presets.paths import value_at
from experiments.storing.schema import METRICS, RUN_KEY, RUNS
from experiments.storing.tables import UnreadableError, read_metadata

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


def recorded(own: Path, shipped: Path) -> list[Measured]:
    """One's own finished runs, and the shipped ones whose like is not among them."""
    here = list(finished_runs([own]))
    # A set, for many runs are of one shape and length.
    known = {(_shape(run.spec), run.spec.total_gradient_steps) for run in here}

    def is_known(spec: Spec) -> bool:
        shape, length = _shape(spec), spec.total_gradient_steps
        return any(shape == other and _about_as_long(length, steps) for other, steps in known)

    return here + [run for run in finished_runs([shipped]) if not is_known(run.spec)]


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


def _about_as_long(one: int, other: int) -> bool:
    """Whether neither number of gradient steps is a trifle beside the other.

    Most of a run of seconds is its start and compilation.
    """
    return max(one, other) <= _MOST_TIMES_AS_LONG * min(one, other)


def _steps(spec: Spec) -> tuple[int, int]:
    """Agent steps and gradient steps."""
    return spec.total_agent_steps, spec.total_gradient_steps


def _shape(spec: Spec) -> tuple[Any, ...]:
    return (spec.kind, *(value_at(spec, path) for path in _DECISIVE))
