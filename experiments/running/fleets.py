"""Trains the runs of one process: in step where they can be, as many as the memory holds."""

from collections.abc import Iterable, Iterator, Sequence
import dataclasses
import logging
from pathlib import Path

from agents.events import Snapshot
from agents.fleet.execution import plan_execution
from agents.fleet.plan import memory, plan_fleet, why_frames_are_on_host
from agents.identity import Spec
from agents.kinds import train_fleet
from agents.loop import FleetEvent
from agents.run_folder import CHECKPOINT
from agents.saved_steps import kept_steps
from agents.spec import RunSpec
from experiments.running.preemption import Moments
from experiments.running.runner import FleetTrainer, RunError, run_together

_logger = logging.getLogger(__name__)

_Waiting = list[tuple[Spec, Path]]


def run_all(
    specs: Sequence[Spec],
    folders: Sequence[Path],
    fleet: int | None,
    jobs: int,
    moments: Moments | None = None,
) -> None:
    """Trains runs to their ends.

    Args:
      specs: the runs. If there are several, they are equal in `Spec.common_part`.
      folders: of each in a store.
      fleet: runs trained in step at most; None takes as many as the memory holds.
      jobs: processes like this one that share the device's memory.
      moments: when to save besides at the ends of iterations; None for never.

    Raises:
      UserError: the memory does not hold that many, or as in `runner.run_one`. A run that cannot
        go on by itself does not stop the others: it is told when they are done.
    """
    size, train = _fleets_of(specs, fleet, jobs)
    waiting = list(zip(specs, folders, strict=True))
    problems: list[RunError] = []
    while waiting:
        members, step = _next_fleet(waiting, size)
        _logger.info("%d runs in step, from agent step %d on", len(members), step)
        try:
            run_together(*zip(*members, strict=True), train, until=step, moments=moments)
        except RunError as problem:
            _logger.warning("run %s: %s", problem.spec.run_id, problem)
            problems.append(problem)
            waiting[:0] = [member for member in members if member[0] != problem.spec]
    if problems:
        raise problems[0]


def _fleets_of(specs: Sequence[Spec], fleet: int | None, jobs: int) -> tuple[int, FleetTrainer]:
    """How many runs are trained in step, and by what."""
    wanted = fleet and min(fleet, len(specs))
    if not isinstance(specs[0], RunSpec):
        # Nothing that is large beside the memory of a host: frames are what has to be planned for.
        return wanted or len(specs), train_fleet
    available = memory().shared(jobs)
    plan = plan_fleet(specs[0], wanted, available)
    if not plan.frames_on_host:
        return plan.members, train_fleet
    _logger.warning("%s", why_frames_are_on_host(specs[0], wanted or 1, available))
    return plan.members, train_with_host_frames


def train_with_host_frames(
    specs: Sequence[Spec], resume: Iterable[Snapshot | None], runs: Path | None = None
) -> Iterator[FleetEvent]:
    """Trains on a device whose memory does not hold the replays; see `kinds.train_fleet`."""
    execution = dataclasses.replace(plan_execution(len(specs)), replay_on_device=False)
    return train_fleet(specs, resume, runs, execution)


def _next_fleet(waiting: _Waiting, size: int) -> tuple[_Waiting, int]:
    """Takes runs that can go on from the same agent step, which comes with them.

    After a command was killed while it saved the members' checkpoints one by one, some are an
    iteration ahead. They go back to the checkpoint before, or to the beginning, and join the
    others there, as far as these leave room: whoever need not go back comes first.
    """
    starts = {folder: _possible_starts(folder) for _, folder in waiting}
    step = min(max(possible) for possible in starts.values())
    able = [(spec, folder) for spec, folder in waiting if step in starts[folder]]
    members = sorted(able, key=lambda member: max(starts[member[1]]) > step)[:size]
    for member in members:
        waiting.remove(member)
    return members, step


def _possible_starts(folder: Path) -> list[int]:
    """Agent steps that a run can go on from."""
    kept = kept_steps(folder / CHECKPOINT)
    return kept if len(kept) > 1 else [*kept, 0]
