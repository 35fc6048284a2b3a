"""What comes on top of training: `python -m benchmarks.overheads`.

How long imports take, `make report`, and a run of no length at all that is trained here, as a task
of Ray and as a job of SLURM. What is not installed, or does not answer, is told and left out.
"""

from collections.abc import Iterator, Mapping, Sequence
import dataclasses
import importlib.util
import os
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile
import time

from benchmarks import command_line
from benchmarks.measurements import Measurement
from benchmarks.report import ROOT

# Each in a Python of its own.
IMPORTS = (
    "dormancy",
    "agents.spec",
    "agents.dqn.training",
    "experiments.__main__",
    "figures.report",
)
_LOCAL = "here"
_ENGINES = {_LOCAL: (), "Ray": ("--on", "ray"), "SLURM": ("--on", "slurm", "--slurm", "time=30")}
# The shortest run that there is: two groups of updates.
_SHORTEST = (
    "schedule.iterations=1",
    "schedule.agent_steps_per_iteration=16",
    "agent.min_replay_agent_steps=8",
    "schedule.eval_episodes=1",
    "task.max_episode_agent_steps=4",
)


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
      imports: modules.
      repeats: of imports.
      engines: where runs are trained.
      reports: of `make report`.
    """

    imports: Sequence[str] = IMPORTS
    repeats: int = 5
    engines: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=lambda: _ENGINES)
    reports: int = 1


TINY = Size(("agents.spec",), 1, {_LOCAL: ()}, 0)


def measure(tiny: bool = False) -> list[Measurement]:
    """Imports, the report, and engines."""
    size = TINY if tiny else Size()
    return [*_imports(size), *_reports(size), *_engines(size)]


def _imports(size: Size) -> Iterator[Measurement]:
    for repeat in range(size.repeats):
        nothing = _seconds([sys.executable, "-c", "pass"])
        yield Measurement("import", "Python itself", "wall", "s", repeat, nothing)
        for module in size.imports:
            taken = _seconds([sys.executable, "-c", f"import {module}"])
            yield Measurement("import", module, "wall", "s", repeat, taken)


def _reports(size: Size) -> Iterator[Measurement]:
    for repeat in range(size.reports):
        with tempfile.TemporaryDirectory() as folder:
            # A copy: the report is written beside the results.
            shutil.copytree(ROOT / "results" / "laptop", Path(folder) / "laptop")
            command = [sys.executable, "-m", "figures", "report", "--results", folder]
            taken = _seconds(command)
        yield Measurement("make report", "laptop", "wall", "s", repeat, taken)


def _engines(size: Size) -> Iterator[Measurement]:
    """One run and three of them: what the first costs, and every further one."""
    for name, options in size.engines.items():
        reason = _missing(name)
        if reason:
            print(f"Left out: {name}, {reason}.", flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            # The first start compiles; what it compiled is kept.
            seconds = {
                count: _seconds(_train(Path(folder) / str(count), count, options))
                for count in (1, 1 + 2)
            }
        yield Measurement("a shortest run", name, "first_run", "s", 0, seconds[1])
        further = (seconds[3] - seconds[1]) / 2
        yield Measurement("a shortest run", name, "further_run", "s", 0, further)


def _train(results: Path, runs: int, options: Sequence[str]) -> list[str]:
    return [
        *(sys.executable, "-m", "experiments", "overlap", "--preset", "smoke"),
        *("--set", *_SHORTEST, "--name", "shortest", "--device", "cpu", "--jobs", "1"),
        *("--games", "DemonAttack", "--seeds", *map(str, range(runs)), "--results", str(results)),
        *options,
    ]


def _missing(engine: str) -> str | None:
    if engine == "Ray" and importlib.util.find_spec("ray") is None:
        return "which is not installed"
    if engine == "SLURM":
        if importlib.util.find_spec("submitit") is None or shutil.which("sinfo") is None:
            return "which is not installed"
        if subprocess.run(["sinfo"], capture_output=True).returncode:
            return "which does not answer"
    return None


def _seconds(command: Sequence[str]) -> float:
    started = time.perf_counter()
    environment = dict(os.environ) | {"JAX_PLATFORMS": "cpu"}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    taken = time.perf_counter() - started
    if ran.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{ran.stderr[-2000:]}")
    return taken


if __name__ == "__main__":
    command_line.run("overheads", measure)
