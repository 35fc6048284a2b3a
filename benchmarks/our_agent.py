"""Our program: a run as `experiments.running.worker` trains it, watched while it trains.

Nothing is left out: environment, replay, statistics of every update, the dormancy of every
neuron at its periods, the status file once a second, tables on disk. (A window ends long before
an iteration does, so evaluation and checkpoints are in no window, as in Dopamine's.)
"""

from collections.abc import Iterator
import json
from pathlib import Path
import sys
import tempfile
from typing import Any

from agents.events import Event, Progress, Snapshot
from agents.identity import Spec
from agents.kinds import train
from agents.spec import RunSpec
from benchmarks.processes import Window
from experiments.running.runner import run_one


def main(spec: dict[str, Any], warm_up_agent_steps: int) -> None:
    """Trains until the parent has measured enough.

    Args:
      spec: the run, as `RunSpec.to_dict` writes it.
      warm_up_agent_steps: agent steps before the first measurement.
    """
    window = Window(warm_up_agent_steps)

    def watched(spec: Spec, resume: Snapshot | None, runs: Path) -> Iterator[Event]:
        for event in train(spec, resume, runs):
            if isinstance(event, Progress):
                window.step(event.agent_step, event.gradient_step)
            yield event

    with tempfile.TemporaryDirectory() as folder:
        run_one(RunSpec.from_dict(spec), Path(folder) / "run", watched)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
