"""Our program: a SAC run as `agents.kinds.train` trains it, an iteration for every request."""

from collections.abc import Iterator
import json
import sys
import time
from typing import Any

from agents.events import Log
from agents.kinds import train
from agents.sac.spec import ContinuousSpec
from benchmarks.processes import respond


def evaluations(spec: ContinuousSpec) -> Iterator[float]:
    """The mean return of every evaluation phase, while the run is trained."""
    for event in train(spec):
        if isinstance(event, Log) and "eval_return_mean" in event.metrics:
            yield event.metrics["eval_return_mean"]


def main(spec: dict[str, Any]) -> None:
    """Trains until the parent has asked for every iteration.

    Args:
      spec: the run, as `ContinuousSpec.to_dict` writes it.
    """
    run = ContinuousSpec.from_dict(spec)
    answer_requests(evaluations(run), run.schedule.environment_steps_per_iteration)


def answer_requests(found: Iterator[float], steps: int) -> None:
    """Takes an evaluation for every request, and tells the time that it took.

    Args:
      found: mean returns; each is preceded by an iteration of training.
      steps: environment steps of an iteration.
    """
    respond(None)
    began = time.perf_counter()
    for mean in found:
        took = time.perf_counter() - began
        respond({"evaluation_return": mean, "environment_steps_per_s": steps / took})
        began = time.perf_counter()


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
