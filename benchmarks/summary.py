"""Five rows that say how fast it is, computed from the measured tables below them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from benchmarks.measurements import read

_OURS = "ours, 2 processes"
_BY_CPU = "loop_rate_over_update_rate_by_cpu_time"
_RATIOS = ("replay ratio 1", "replay ratio 0.25")
_GAMES = ("DemonAttack", "Asterix", "Seaquest")
_CASES = {
    "full width, replay ratio 1": "paper, replay ratio 1",
    "full width, replay ratio 0.25": "paper, replay ratio 0.25",
    "laptop, replay ratio 1": "laptop, replay ratio 1",
    "laptop, replay ratio 0.5": "laptop, replay ratio 0.5",
}


class Place(NamedTuple):
    """Where a number stands: benchmark, and contender, quantity and case of its table."""

    benchmark: str
    contender: str
    quantity: str
    case: str


class Aim(NamedTuple):
    """What a number was to be, stated before it was measured.

    Attributes:
      what: it is, for a reader.
      place: where it stands.
      bound: at least this, or at most.
      least: whether it was to be at least the bound.
    """

    what: str
    place: Place
    bound: float
    least: bool


def _dopamine(peer: str, case: str) -> Place:
    return Place("against_dopamine", _OURS, f"times the speed of Dopamine, {peer}", case)


def _share(quantity: str, case: str) -> Place:
    return Place("shares", "ours", quantity, _CASES[case])


def _replay(contender: str, game: str) -> Place:
    return Place("memory", contender, "replay_memory_bytes", f"{game}, 1000000 transitions")


AIMS = (
    Aim("speed of Dopamine as shipped, ratio 1", _dopamine("as shipped", _RATIOS[0]), 1.5, True),
    Aim("speed of two Dopamines, ratio 1", _dopamine("2 processes", _RATIOS[0]), 1.05, True),
    Aim("speed of two Dopamines, ratio 0.25", _dopamine("2 processes", _RATIOS[1]), 1.3, True),
    Aim("loop, full width, ratio 1", _share(_BY_CPU, "full width, replay ratio 1"), 0.93, True),
    Aim("loop, laptop, ratio 0.5", _share(_BY_CPU, "laptop, replay ratio 0.5"), 0.75, True),
    Aim(
        "acting and sampling, full width, ratio 1",
        _share("acting_and_sampling_over_update", "full width, replay ratio 1"),
        0.03,
        False,
    ),
    Aim(
        "acting and sampling, laptop, ratio 0.5",
        _share("acting_and_sampling_over_update", "laptop, replay ratio 0.5"),
        0.1,
        False,
    ),
    Aim(
        "statistics and recycling, full width, ratio 1",
        _share("statistics_and_recycling_over_loop", "full width, replay ratio 1"),
        0.01,
        False,
    ),
    Aim(
        "statistics and recycling, laptop, ratio 0.5",
        _share("statistics_and_recycling_over_loop", "laptop, replay ratio 0.5"),
        0.01,
        False,
    ),
    Aim(
        "bytes of a replay of a million",
        _replay("ours", _GAMES[0]),
        7.2e9,
        False,
    ),
)


def as_markdown(results: Path) -> str:
    """The five rows, all numbers medians over repeats.

    Raises:
      UserError: a table is damaged or foreign.
    """
    rows = "".join(f"| {what} | {told} |\n" for what, told in _rows(results))
    return f"| What | Medians |\n|---|---|\n{rows}"


def median(results: Path, place: Place) -> float | None:
    """A number of a table; None where it was not measured."""
    path = results / f"{place.benchmark}.parquet"
    if not path.exists():
        return None
    frame, _ = read(path)
    wanted = pd.Series(True, index=frame.index)
    for column in ("contender", "quantity", "case"):
        wanted &= frame[column] == getattr(place, column)
    return float(frame.value[wanted].median()) if wanted.any() else None


def _rows(results: Path) -> Iterator[tuple[str, str]]:
    for benchmark, peers in (
        ("against_dopamine", ("Dopamine, as shipped", "Dopamine, 2 processes")),
        ("against_torch", ("PyTorch, 2 threads", "PyTorch, 2 processes")),
    ):
        told = [
            f"{_times(results, benchmark, peer)} times the speed of {peer}".replace(
                "2 processes", "two processes"
            ).replace("2 threads", "one process with two threads")
            for peer in peers
        ]
        yield f"Against {peers[0].split(',')[0]}, two runs of ours", "; ".join(told)
    shares = [f"{_text(median(results, _share(_BY_CPU, case)))} ({case})" for case in _CASES]
    yield "Loop against the bare update, rates by the processor's time", ", ".join(shares)
    ours, theirs = (
        _gigabytes([median(results, _replay(name, game)) for game in _GAMES])
        for name in ("ours", "Dopamine, compressed, extrapolated")
    )
    yield (
        "Memory of a replay of a million transitions, by the game",
        f"{ours}; Dopamine's, compressed: {theirs} (extrapolated)",
    )
    yield "Aims not reached", _missed(results)


def _times(results: Path, benchmark: str, peer: str) -> str:
    """Both replay ratios."""
    found = [
        median(results, Place(benchmark, _OURS, f"times the speed of {peer}", case))
        for case in _RATIOS
    ]
    return f"{_text(found[0])} (replay ratio 1) and {_text(found[1])} (0.25)"


def _missed(results: Path) -> str:
    told, measured = [], 0
    for aim in AIMS:
        value = median(results, aim.place)
        if value is None:
            continue
        measured += 1
        if (value < aim.bound) if aim.least else (value > aim.bound):
            sign = "at least" if aim.least else "at most"
            # A miss by less than three digits show is to be seen as well.
            told.append(f"{aim.what}: {value:.4g}, {sign} {aim.bound:g}")
    return f"{len(told)} of {measured}" + (f": {'; '.join(told)}" if told else "")


def _text(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3g}"


def _gigabytes(values: Sequence[float | None]) -> str:
    """The range of some numbers of bytes."""
    known = sorted(value for value in values if value is not None)
    found = [f"{value / 1e9:.2f}" for value in known]
    if not found:
        return "not measured"
    return f"{found[0]} GB" if found[0] == found[-1] else f"{found[0]} to {found[-1]} GB"
