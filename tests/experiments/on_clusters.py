"""A small experiment that the tests of engines run in several places, and what must be equal."""

from pathlib import Path
import subprocess
import sys
import time

from agents.run_folder import CHECKPOINT
from experiments.storing.recording import same_rows
from experiments.storing.schema import METRICS, RUN_KEY
from experiments.storing.store import read_metadata

PATIENCE_S = 480.0
RUNS = 2


def command(results: Path, *options: str) -> list[str]:
    """Two runs of the smallest size."""
    return [
        *(sys.executable, "-m", "experiments", "overlap", "--preset", "smoke"),
        *("--games", "Asterix", "--seeds", "0", "1", "--results", str(results), *options),
    ]


def trained_here(results: Path) -> Path:
    """The folder of the runs that `--on local` makes."""
    subprocess.run(command(results), check=True, capture_output=True)
    return results / "smoke" / "runs"


def until(condition, process: subprocess.Popen | None = None) -> None:
    """Waits for something, which the process must not end before."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert process is None or process.poll() is None, "it ended too early"
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.05)


def begun(results: Path) -> set[str]:
    """Ids of the runs that have a checkpoint."""
    found = results.glob(f"smoke/runs/*/{CHECKPOINT}/learner/[0-9]*/_CHECKPOINT_METADATA")
    return {path.parents[3].name for path in found}


def gone_on(folder: Path) -> bool:
    """Whether a run went on from a checkpoint."""
    return "going on from agent step" in (folder / "log.txt").read_text()


def check_equal(results: Path, here: Path) -> None:
    """All runs are finished, with the tables of `--on local`."""
    folders = sorted((results / "smoke" / "runs").iterdir())
    assert [folder.name for folder in folders] == sorted(f.name for f in here.iterdir())
    assert len(folders) == RUNS
    for folder in folders:
        assert read_metadata(folder / METRICS, RUN_KEY)["complete"]
        assert same_rows(folder, here / folder.name)
        assert not list(folder.rglob("*.partial"))
