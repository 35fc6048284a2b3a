"""Draws one figure of the paper preset and prints, as JSON, what that took (Linux only).

    python -m benchmarks.rendering fig1 <root of the results> <folder for the picture>

It is a process of its own because a peak of memory stays with its process, and it imports
nothing that the figure itself does not need.
"""

import importlib
import json
from pathlib import Path
import sys
import time

from figures.data import Store


def main(name: str, results: str, output: str) -> None:
    """Draws the figure, saves it and prints the seconds (imports left out) and the memory."""
    figure = importlib.import_module(f"figures.{name}")
    begin = time.perf_counter()
    figure.render(Store(Path(results), "paper")).save(Path(output), name)
    took = {
        "rendering_s": time.perf_counter() - begin,
        "peak_memory_mib": _peak_memory_kib() / 1024,
    }
    print(json.dumps(took))


def _peak_memory_kib() -> int:
    """Of the whole process; unlike getrusage's it does not begin with that of its parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (value,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(value)


if __name__ == "__main__":
    main(*sys.argv[1:])
