"""Our program: a whole fleet that plays and learns in step, watched while it trains.

Environments, replay and the dormancy of every neuron at its periods are there; tables are not
written, which happens once an iteration.
"""

import dataclasses
import json
import sys
from typing import Any

from agents.events import Progress
from agents.kinds import train_fleet
from agents.spec import RunSpec
from benchmarks.processes import Window


def main(spec: dict[str, Any], members: int, warm_up_agent_steps: int) -> None:
    """Trains until the parent has measured enough.

    Args:
      spec: a run, as `RunSpec.to_dict` writes it; the members differ in their seeds.
      members: of the fleet.
      warm_up_agent_steps: agent steps of each before the first measurement.
    """
    run = RunSpec.from_dict(spec)
    specs = [dataclasses.replace(run, seed=seed) for seed in range(members)]
    window = Window(warm_up_agent_steps)
    for member, event in train_fleet(specs, [None] * members):
        if member == 0 and isinstance(event, Progress):
            window.step(event.agent_step, event.gradient_step)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
