"""Memory of a replay of a million transitions: `python -m benchmarks.memory`.

Ours is filled to the last transition. Dopamine's, with the same transitions, grows by the
transition; a million takes long (and, without compression, more than this needs to be shown),
so it is measured twice on the way and the rest is extrapolated, which its contender's name says.
Dopamine compresses every stack by itself: how much it needs depends on the game. Ours does not.
"""

from collections.abc import Iterator, Sequence
import dataclasses

from benchmarks import command_line
from benchmarks.measurements import Measurement
from benchmarks.processes import Process, ask_at_once, warm
from benchmarks.replays import COMPRESSED, OURS, UNCOMPRESSED

QUANTITY = "replay_memory_bytes"


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
      games: what the replays hold.
      full: transitions of a full replay.
      partly: the two numbers of transitions that Dopamine's is measured at.
      distinct_agent_steps: transitions until they repeat.
    """

    games: Sequence[str] = ("DemonAttack", "Asterix", "Seaquest")
    full: int = 1_000_000
    partly: tuple[int, int] = (50_000, 100_000)
    distinct_agent_steps: int = 5_000


TINY = Size(("DemonAttack",), full=2_000, partly=(400, 800), distinct_agent_steps=200)


def measure(tiny: bool = False) -> list[Measurement]:
    """Every replay in a process of its own, one after the other."""
    size = TINY if tiny else Size()
    return [row for game in size.games for row in _measure_game(size, game)]


def _measure_game(size: Size, game: str) -> Iterator[Measurement]:
    def row(contender: str, transitions: int, memory_bytes: float) -> Measurement:
        case = f"{game}, {transitions} transitions"
        return Measurement(case, contender, QUANTITY, "bytes", 0, memory_bytes)

    (memory_bytes,) = _fill(size, game, OURS, (size.full,))
    yield row(OURS, size.full, memory_bytes)
    for contender in (COMPRESSED, UNCOMPRESSED):
        few, more = size.partly
        bytes_at_few, bytes_at_more = _fill(size, game, contender, size.partly)
        yield row(contender, few, bytes_at_few)
        yield row(contender, more, bytes_at_more)
        bytes_each = (bytes_at_more - bytes_at_few) / (more - few)
        extrapolated = bytes_at_more + bytes_each * (size.full - more)
        yield row(f"{contender}, extrapolated", size.full, extrapolated)


def _fill(size: Size, game: str, contender: str, transitions: Sequence[int]) -> list[int]:
    """The memory of one contender's replay at these sizes."""
    arguments = {
        "contender": contender,
        "game": game,
        "distinct_agent_steps": size.distinct_agent_steps,
    }
    with warm(Process("replays", arguments)) as (process,):
        return [ask_at_once([process], count)[0] for count in transitions]


if __name__ == "__main__":
    command_line.run("memory", measure)
