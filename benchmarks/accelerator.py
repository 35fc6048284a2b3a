"""All that is wanted of an accelerator, in one command: `python -m benchmarks.accelerator`.

First `benchmarks.fleet`, then, for as long as there is time, training at the published settings:
DQN and DQN + ReDo at replay ratio 1 on DemonAttack and Asterix, with as many seeds as fit; both
methods at the same time, a process each. These runs are points of the published Figures 12 and 13,
which end after 2.5 million gradient steps.

Tables go to `out` once a minute, in the layout of `results/`, so that a machine that is taken away
leaves all but the last minutes: what is unfinished is marked so by the tables themselves. The
runs' checkpoints stay in `work`; started again with the same `work`, training goes on from them.
Where there is no network:

    PROGRAM=benchmarks.accelerator bash benchmarks/without_network.sh wheels --out tables
"""

from collections.abc import Mapping, Sequence
import dataclasses
import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys
import time

import tyro

from agents.files import replacing
from experiments.presets.preset import Preset
from experiments.presets.presets import PAPER, SMOKE
from experiments.storing.schema import Store
from experiments.width_scaling import EXPERIMENT, PLAIN, RECYCLED

GAMES = ("DemonAttack", "Asterix")
# Both at width 1.
CONDITIONS = (PLAIN[0].name, RECYCLED[0].name)
# A snapshot inside an iteration, with which the tables are renewed.
_CHECKPOINT_MINUTES = 3.0
# Saving takes as long at most, once the time is up.
_GRACE_S = 90.0


@dataclasses.dataclass(frozen=True)
class Size:
    """What is done.

    Attributes:
      preset: of the runs.
      fleet: options of `benchmarks.fleet`.
      checkpoint_minutes: between two snapshots.
      copy_period_s: seconds between two copies of the tables.
    """

    preset: Preset
    fleet: Sequence[str]
    checkpoint_minutes: float = _CHECKPOINT_MINUTES
    copy_period_s: float = 60.0


FULL = Size(PAPER, ())
TINY = Size(SMOKE, ("--tiny",), checkpoint_minutes=0.02, copy_period_s=1.0)


def main(
    out: Path,
    work: Path = Path("local_results/accelerator"),
    minutes: float = 28.0,
    fleet_minutes: float = 8.0,
    seeds: int | None = None,
    tiny: bool = False,
) -> None:
    """Measure fleets, then train at the published settings.

    Args:
        out: folder for all tables.
        work: folder for runs and their checkpoints.
        minutes: for everything; half of the last one is for saving.
        fleet_minutes: of these, for the benchmark; 0 leaves it out.
        seeds: of each game and method; by default as many as fit, up to those of the preset.
        tiny: the smallest sizes, and on the CPU; shows that it works.
    """
    end = time.monotonic() + 60 * minutes
    size = TINY if tiny else FULL
    environment = dict(os.environ)
    if tiny:
        environment["JAX_PLATFORMS"] = "cpu"
    # Several processes, none of which is to take the device's memory at once, share all of it.
    environment |= {
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        "XLA_PYTHON_CLIENT_MEM_FRACTION": "0.95",
    }
    if fleet_minutes:
        told = [*size.fleet, "--minutes", str(fleet_minutes), "--results", str(out / "benchmarks")]
        # What it has measured is written, even if it fails.
        subprocess.run([sys.executable, "-m", "benchmarks.fleet", *told], env=environment)
    seeds = seeds or _seeds_that_fit(size.preset, environment)
    print(f"{seeds} seeds of {', '.join(GAMES)} with {' and '.join(CONDITIONS)}", flush=True)
    _train(size, range(seeds), Store(work, size.preset.name), out, end, environment)


def _seeds_that_fit(preset: Preset, environment: Mapping[str, str]) -> int:
    run = preset.high_replay_run(GAMES[0], 0).to_json()
    asked = [sys.executable, "-m", "benchmarks.room", run, str(len(CONDITIONS))]
    answer = subprocess.run(asked, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    runs = int(answer.stdout.split()[-1])
    return max(1, min(preset.seed_count, runs // len(GAMES)))


def _train(
    size: Size,
    seeds: Sequence[int],
    store: Store,
    out: Path,
    end: float,
    environment: Mapping[str, str],
) -> None:
    """Trains until the runs or the time are at their end, and copies tables meanwhile."""
    command = [
        *(sys.executable, "-m", "experiments", EXPERIMENT.name, "--preset", size.preset.name),
        *("--games", *GAMES, "--seeds", *map(str, seeds), "--conditions", *CONDITIONS),
        *("--jobs", str(len(CONDITIONS)), "--fleet", str(len(seeds) * len(GAMES))),
        *(
            "--checkpoint-minutes",
            str(size.checkpoint_minutes),
            "--results",
            str(store.folder.parent),
        ),
    ]
    training = subprocess.Popen(command, env=environment)
    grace_s = min(_GRACE_S, 0.1 * max(end - time.monotonic(), 0))
    try:
        while training.poll() is None and time.monotonic() < end - grace_s:
            time.sleep(size.copy_period_s)
            copy_tables(store.folder, out / size.preset.name)
    finally:
        # Its workers save everything before they end.
        training.send_signal(signal.SIGTERM)
        training.wait()
        copy_tables(store.folder, out / size.preset.name)


def copy_tables(store: Path, to: Path) -> None:
    """Copies the tables of a store, each whole: indexes, and what runs have recorded so far."""
    for path in [*store.glob("*.parquet"), *store.glob("runs/*/*.parquet")]:
        target = to / path.relative_to(store)
        target.parent.mkdir(parents=True, exist_ok=True)
        # Whoever writes a table replaces it as a whole.
        with open(path, "rb") as source, replacing(target) as copied:
            shutil.copyfileobj(source, copied)


if __name__ == "__main__":
    tyro.cli(main, prog="python -m benchmarks.accelerator")
