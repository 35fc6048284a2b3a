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

from benchmarks.processes import peak_memory_bytes
from figures.reading.data import Results


def main(name: str, results: str, output: str) -> None:
    """Draws the figure, saves it and prints the seconds (imports left out) and the memory."""
    figure = importlib.import_module(f"figures.{name}")
    begin = time.perf_counter()
    figure.render(Results(Path(results), "paper")).save(Path(output), name)
    took = {
        "rendering_s": time.perf_counter() - begin,
        "peak_memory_bytes": peak_memory_bytes(),
    }
    print(json.dumps(took))


if __name__ == "__main__":
    main(*sys.argv[1:])
