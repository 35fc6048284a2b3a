"""What is to be trained, what goes together, what waits for what: a plan, as a value.

Nothing here reads a file, starts a process or asks for the time, so that whoever runs the plan
(`running.local`, or another engine) needs to know none of it.
"""

from collections.abc import Callable, Iterable, Sequence
import dataclasses
from pathlib import Path

from agents.identity import Spec


@dataclasses.dataclass(frozen=True)
class Failure:
    """A run that did not reach its end.

    Attributes:
      spec: the run.
      sentence: why, for the user.
      log: the file with everything its worker said; None if it was never started.
    """

    spec: Spec
    sentence: str
    log: Path | None = None


@dataclasses.dataclass(frozen=True)
class Plan:
    """How far a set of runs is. Every method returns another plan.

    Attributes:
      waiting: not begun in this session, in order of urgency.
      running: being trained by us.
      elsewhere: being trained by another command.
      finished: number of runs that need nothing any more.
      failures: runs that failed, and those that need them.
    """

    waiting: tuple[Spec, ...] = ()
    running: tuple[Spec, ...] = ()
    elsewhere: tuple[Spec, ...] = ()
    finished: int = 0
    failures: tuple[Failure, ...] = ()

    @property
    def total(self) -> int:
        open_ones = len(self.waiting) + len(self.running) + len(self.elsewhere)
        return open_ones + self.finished + len(self.failures)

    @property
    def is_over(self) -> bool:
        return not (self.waiting or self.running or self.elsewhere)

    def ready(self, fleet: int | None) -> tuple[Spec, ...]:
        """The most urgent run that requires none of the unfinished ones, and those like it.

        Args:
          fleet: how many runs may be trained in step; None sets no limit.

        Returns:
          Runs that are equal in `Spec.common_part`; none if all wait for others.
        """
        unfinished = {spec.run_id for spec in (*self.waiting, *self.running, *self.elsewhere)}
        found: list[Spec] = []
        for spec in self.waiting:
            if len(found) == fleet:
                break
            # Names are compared, which specifications keep: there may be thousands of runs.
            if unfinished.isdisjoint(required.run_id for required in spec.requires) and (
                not found or spec.common_part.run_id == found[0].common_part.run_id
            ):
                found.append(spec)
        return tuple(found)

    def start(self, specs: Sequence[Spec]) -> "Plan":
        """Somebody of us trains these waiting runs now."""
        plan = self._without(specs)
        return dataclasses.replace(plan, running=(*plan.running, *specs))

    def meet(self, specs: Sequence[Spec]) -> "Plan":
        """Another command trains these runs now."""
        plan = self._without(specs)
        return dataclasses.replace(plan, elsewhere=(*plan.elsewhere, *specs))

    def put_back(self, specs: Sequence[Spec]) -> "Plan":
        """Nobody trains these runs any more, and they are not finished."""
        plan = self._without(specs)
        return dataclasses.replace(plan, waiting=(*specs, *plan.waiting))

    def finish(self, specs: Sequence[Spec]) -> "Plan":
        """These runs are finished."""
        plan = self._without(specs)
        return dataclasses.replace(plan, finished=plan.finished + len(specs))

    def fail(self, failure: Failure) -> "Plan":
        """A run failed, and with it all that require it, or require those."""
        plan = self._without([failure.spec])
        plan = dataclasses.replace(plan, failures=(*plan.failures, failure))
        for spec in plan.waiting:
            if failure.spec in spec.requires and spec in plan.waiting:
                sentence = (
                    f"It needs run {failure.spec.run_id}, which failed; run the same command again "
                    "once that is mended."
                )
                plan = plan.fail(Failure(spec, sentence, failure.log))
        return plan

    def _without(self, specs: Iterable[Spec]) -> "Plan":
        ids = {spec.run_id for spec in specs}
        kept = (
            tuple(spec for spec in part if spec.run_id not in ids)
            for part in (self.waiting, self.running, self.elsewhere)
        )
        waiting, running, elsewhere = kept
        return dataclasses.replace(self, waiting=waiting, running=running, elsewhere=elsewhere)


def with_required(
    specs: Iterable[Spec], is_open: Callable[[Spec], bool], unfinished: set[str]
) -> tuple[Spec, ...]:
    """These runs and all that the unfinished ones require, each once and after what it requires.

    Args:
      specs: the runs.
      is_open: whether a run is unfinished; asked once a run.
      unfinished: is given the ids of those that are.
    """
    found: dict[str, Spec] = {}

    def want(spec: Spec) -> None:
        if spec.run_id in found:
            return
        if is_open(spec):
            unfinished.add(spec.run_id)
            # Before the run itself: the order in which they are trained.
            for required in spec.requires:
                want(required)
        found[spec.run_id] = spec

    for spec in specs:
        want(spec)
    return tuple(found.values())
