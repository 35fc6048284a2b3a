"""A program that prints how many runs the device's memory holds for each of some processes.

`python -m benchmarks.room SPEC PROCESSES`, with a run as `RunSpec.to_json` writes it. A program of
its own, because whoever asks a GPU takes it.
"""

import sys

from agents.fleet.plan import memory, plan_fleet
from agents.kinds import parse_spec

if __name__ == "__main__":
    spec, processes = parse_spec(sys.argv[1]), int(sys.argv[2])
    print(plan_fleet(spec, None, memory().shared(processes)).members)
