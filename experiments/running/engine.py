"""What it takes to run a plan somewhere: on this machine, or on many.

An engine is one small file that starts jobs; when, which and what follows from their ends is
the launcher's business.
"""

from collections.abc import Sequence
import dataclasses
import json
from pathlib import Path
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

    def to_json(self) -> str:
        """For another machine; the logs stay where they are."""
        return json.dumps(
            {
                "failures": {failure.spec.run_id: failure.sentence for failure in self.failures},
                "retry": [spec.run_id for spec in self.retry],
            }
        )

    @classmethod
    def from_json(cls, text: str, specs: Sequence[Spec], log: Path | None = None) -> "Outcome":
        """Inverse of `to_json`.

        Args:
          text: what it wrote.
          specs: the runs of the job.
          log: where what their worker said can be read here.
        """
        told = json.loads(text)
        sentences = told["failures"]
        return cls(
            tuple(Failure(s, sentences[s.run_id], log) for s in specs if s.run_id in sentences),
            tuple(spec for spec in specs if spec.run_id in told["retry"]),
        )


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

    def start(self, groups: Sequence[Sequence[Spec]]) -> Sequence[Job]:
        """Starts a job for each group of runs, which are ready now.

        The runs of a group are equal in `Spec.common_part`; each has its folder already. A job
        that cannot be started is `Ended` at once.
        """
        ...


@dataclasses.dataclass(frozen=True)
class Ended:
    """A job that came to its end before it began."""

    specs: Sequence[Spec]
    how: Outcome

    def statuses(self) -> list[tuple[Spec, Status]]:
        return []

    def outcome(self) -> Outcome:
        return self.how

    def stop(self) -> None:
        pass

    def wait(self) -> None:
        pass
