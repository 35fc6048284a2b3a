"""What it takes to run a plan somewhere: on this machine, or on many.

An engine is one small file that starts jobs; when, which and what follows from their ends is
the launcher's business.
"""

from collections.abc import Sequence
import dataclasses
from typing import Protocol

from agents.identity import Spec
from experiments.running.plan import Failure
from experiments.running.progress import Status


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Attributes:
      failures: the runs that it has not finished for a reason that trying again would not mend.
      retry: runs that are neither finished nor failed: another command had them, or a machine
        was taken away.
    """

    failures: tuple[Failure, ...] = ()
    retry: tuple[Spec, ...] = ()


class Job(Protocol):
    """Some runs that are being trained in step.

    Attributes:
      specs: they.
    """

    specs: Sequence[Spec]

    def statuses(self) -> list[tuple[Spec, Status]]:
        """Each run with its latest sign of life in this job."""
        ...

    def outcome(self) -> Outcome | None:
        """How it ended; None while it has not."""
        ...

    def stop(self) -> None:
        """Asks it to end at once; loses no more than what follows the latest checkpoints."""
        ...

    def wait(self) -> None:
        """Returns once it has ended."""
        ...


class Engine(Protocol):
    """Starts jobs.

    Attributes:
      jobs: how many at a time.
    """

    jobs: int

    def start(self, specs: Sequence[Spec]) -> Job:
        """Trains runs that are equal in `Spec.common_part`; each has its folder already.

        Raises:
          UserError: it cannot be started.
        """
        ...
