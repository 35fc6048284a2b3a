"""What a snapshot costs: `python -m benchmarks.snapshots`.

The transitions of an iteration are written as checkpoints do it now (parquet with zstd) and as
they did before (`npz` with zlib), and in Dopamine's format (gzip), in which kept transitions
were written a second time. All are timed in the processor's seconds of the writing thread and
its helpers; "training waits" is what the thread that trains loses to a snapshot of ours.
"""

from collections.abc import Iterator
import dataclasses
from pathlib import Path
import tempfile
import time

import numpy as np

from agents import checkpoints
from agents.events import Snapshot
from agents.files import replacing
from agents.replay import archive, dopamine_format
from agents.replay.fleet import build_replay
from agents.snapshot_writer import Writer
from agents.spec import AtariTask, DQNSpec, RunSpec
from benchmarks import command_line
from benchmarks.measurements import Measurement
from benchmarks.played import endless


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
      games: what was played.
      transitions: of a snapshot.
      distinct_agent_steps: transitions until they repeat.
      repeats: of everything.
    """

    games: tuple[str, ...] = ("DemonAttack", "Asterix")
    transitions: int = 20_000
    distinct_agent_steps: int = 20_000
    repeats: int = 3


TINY = Size(("DemonAttack",), transitions=300, distinct_agent_steps=300, repeats=1)
NOW, BEFORE, AGAIN = "parquet, zstd (now)", "npz, zlib (before)", "Dopamine's, gzip (kept, before)"


def measure(tiny: bool = False) -> list[Measurement]:
    """All forms, one after the other, game by game."""
    size = TINY if tiny else Size()
    return [row for game in size.games for row in _measure_game(size, game)]


def _measure_game(size: Size, game: str) -> Iterator[Measurement]:
    case = f"{game}, {size.transitions} transitions"
    transitions = _played(size, game)
    forms = {
        NOW: lambda folder: archive.write_part(folder, transitions),
        BEFORE: lambda folder: _write_npz(folder, transitions),
        AGAIN: lambda folder: dopamine_format.write_buffer(folder, 0, transitions),
    }
    for repeat in range(size.repeats):
        for contender, write in forms.items():
            with tempfile.TemporaryDirectory() as made:
                folder = Path(made)
                begin = time.process_time()
                write(folder)
                yield Measurement(
                    case, contender, "write", "CPU s", repeat, time.process_time() - begin
                )
                written = sum(path.stat().st_size for path in folder.iterdir())
                yield Measurement(case, contender, "size", "bytes", repeat, written)
        yield Measurement(case, NOW, "training waits", "s", repeat, _wait(transitions))


def _wait(transitions: dict[str, np.ndarray]) -> float:
    """Seconds until training goes on after handing a snapshot over."""
    step = int(transitions["first_step"]) + len(transitions["action"])
    snapshot = Snapshot(step, step, {"learner": np.zeros(1)}, transitions)
    with tempfile.TemporaryDirectory() as folder, Writer() as writer:

        def save(snapshot: Snapshot) -> None:
            checkpoints.save(Path(folder), "benchmark", snapshot, len(transitions["action"]))

        begin = time.perf_counter()
        writer.submit(save, snapshot)
        waited = time.perf_counter() - begin
        writer.wait()
    return waited


def _write_npz(folder: Path, transitions: dict[str, np.ndarray]) -> None:
    with replacing(folder / "transitions.npz") as file:
        np.savez_compressed(file, **transitions)


def _played(size: Size, game: str) -> dict[str, np.ndarray]:
    """What a replay reports of an iteration of random play."""
    task = AtariTask(game=game)
    agent = DQNSpec(replay_capacity_transitions=size.transitions)
    replay = build_replay(RunSpec(task=task, agent=agent), 1, on_device=False)
    transitions = endless(task, size.distinct_agent_steps)
    for _ in range(size.transitions):
        replay.add(*next(transitions))
    replay.cut_episodes()
    return replay.since(0, 0)


if __name__ == "__main__":
    command_line.run("snapshots", measure)
