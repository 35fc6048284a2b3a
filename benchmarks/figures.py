"""Time and memory of drawing a figure, against the number of its runs.

    python -m benchmarks.figures [--tiny] [--results results/benchmarks]

The runs are made up, at the paper's size: 300 logs of 672 neurons. Figure 1 reads one metric of
every run, Figure 7 one metric and all neurons. `process_s` is what a user waits for, with the
start of Python and all imports; `rendering_s` is drawing and saving. The files were just written,
so the operating system has them in memory.
"""

from collections.abc import Iterator
import itertools
import json
from pathlib import Path
import subprocess
import sys
import tempfile
import time

from benchmarks import command_line
from benchmarks.made_up_results import write_results
from benchmarks.measurements import Measurement
from experiments import regularization, replay_ratio
from experiments.experiment import Experiment, Run
from experiments.presets.presets import PAPER
from experiments.storing.index import write_index
from experiments.storing.schema import Store

ROOT = Path(__file__).parents[1]
FIGURES = {"fig1": regularization.EXPERIMENT, "fig7": replay_ratio.EXPERIMENT}
# Figure 1 of the paper consists of 340 runs: 17 games, 5 seeds, 4 conditions.
RUNS, LOGS, REPEATS = (1, 10, 100, 340, 400), 300, 3
TINY_RUNS, TINY_LOGS, TINY_REPEATS = (1, 4), 5, 1
UNITS = {"process_s": "s", "rendering_s": "s", "peak_memory_bytes": "bytes"}


def measure(tiny: bool = False) -> list[Measurement]:
    """Every figure in turn."""
    sizes = (TINY_RUNS, TINY_LOGS, TINY_REPEATS) if tiny else (RUNS, LOGS, REPEATS)
    return [row for name in FIGURES for row in _measure_figure(name, *sizes)]


def _measure_figure(
    name: str, counts: tuple[int, ...], logs: int, repeats: int
) -> Iterator[Measurement]:
    """What drawing one figure takes.

    Args:
      name: of the figure, for instance "fig1".
      counts: of runs.
      logs: of each run.
      repeats: of everything.
    """
    experiment = FIGURES[name]
    runs = runs_of(experiment, max(counts))
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), PAPER.name)
        write_results(store, runs, logs)
        for repeat, count in itertools.product(range(repeats), counts):
            write_index(store, experiment, PAPER, runs[:count])
            for quantity, value in _draw(name, store).items():
                case = "1 run" if count == 1 else f"{count} runs"
                yield Measurement(case, name, quantity, UNITS[quantity], repeat, value)


def runs_of(experiment: Experiment, count: int) -> list[Run]:
    """The first runs of the paper's, game by game; then the same games with further seeds."""
    paper = PAPER.seed_count
    blocks = (
        experiment.runs(PAPER, [game], range(first, first + paper))
        for first in itertools.count(0, paper)
        for game in experiment.games
    )
    return list(itertools.islice(itertools.chain.from_iterable(blocks), count))


def _draw(name: str, store: Store) -> dict[str, float]:
    """Quantity -> value, of drawing the figure in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.rendering", name, store.root, store.root / "out"]
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return {"process_s": time.perf_counter() - begin} | json.loads(done.stdout)


if __name__ == "__main__":
    command_line.run("figures", measure)
