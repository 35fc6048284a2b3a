"""What all verdicts together say, in four lines."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from experiments.wording import count_of
from figures.claims.table import in_words
from figures.claims.verdict import CONTRADICTED, INCONCLUSIVE, NOT_JUDGED, REPRODUCED, Verdict
from figures.names import figure_name, figures, is_question
from figures.writing import replace_file

# Of the claims of one kind that a line names.
_NAMED = 3
_FOUND = (REPRODUCED, CONTRADICTED, INCONCLUSIVE)


def summary(verdicts: Sequence[Verdict]) -> list[str]:
    """How many claims came out how, what holds and what fails most surely, and what is there.

    Args:
      verdicts: of one table, corrected for their number; claims beyond the paper are left out of
        all lines but the last where there are others.

    Returns:
      Four sentences, or one if nothing was judged.
    """
    asked = [verdict for verdict in verdicts if not verdict.is_ours] or verdicts
    if all(verdict.verdict == NOT_JUDGED for verdict in asked):
        counted = count_of(len(asked), "claim")
        return [f"{counted}, none judged: these runs only prove that all works."]
    judged = [verdict for verdict in asked if verdict.runs and verdict.verdict != NOT_JUDGED]
    of_paper = "" if any(verdict.is_ours for verdict in judged) else " of the paper"
    without = sum(not verdict.runs for verdict in asked)
    rest = f"; {without} more {'has' if without == 1 else 'have'} no finished runs"
    presets = ", ".join(sorted({verdict.preset for verdict in asked}))
    alone, together = (
        [Counter(getattr(verdict, kind) for verdict in judged)[found] for found in _FOUND]
        for kind in ("verdict", "corrected")
    )
    return [
        f"Of {count_of(len(judged), 'claim')}{of_paper} judged at preset {presets}, {alone[0]} are "
        f"reproduced, {alone[1]} contradicted and {alone[2]} inconclusive; if all verdicts are to "
        f"hold together, {together[0]}, {together[1]} and {together[2]}{rest if without else ''}.",
        _surest(judged, REPRODUCED),
        _surest(judged, CONTRADICTED),
        _covered(verdicts, presets),
    ]


def write(verdicts: Sequence[Verdict], folder: Path) -> Path:
    """Writes `summary.md`, a list, into `folder`.

    Raises:
      FigureError: the folder cannot be written.
    """
    path = folder / "summary.md"
    text = "".join(f"- {line}\n" for line in summary(verdicts))
    replace_file(path, lambda temporary: temporary.write_text(text, "utf-8"))
    return path


def in_ranges(numbers: Iterable[int]) -> str:
    """ "1 to 3, 5 and 7" for 1, 2, 3, 5 and 7."""
    runs = []
    for _, run in groupby(enumerate(sorted(set(numbers))), lambda pair: pair[1] - pair[0]):
        first, *rest = [number for _, number in run]
        joined = f"{first} to {rest[-1]}" if len(rest) > 1 else None
        runs += [joined] if joined else map(str, [first, *rest])
    return " and ".join(filter(None, (", ".join(runs[:-1]), *runs[-1:])))


def _surest(verdicts: Sequence[Verdict], kind: str) -> str:
    """The claims of this verdict that chance explains worst."""
    found = [verdict for verdict in verdicts if verdict.corrected == kind]
    how = f"{kind.capitalize()} even then"
    if not found:
        found, how = [v for v in verdicts if v.verdict == kind], f"{kind.capitalize()} by itself"
    if not found:
        return f"No claim is {kind}."
    found = sorted(found, key=lambda verdict: verdict.p_value)
    named = [
        f"{figure_name(v.figure)}, “{in_words(v)}”" + (f" ({v.note})" if v.note else "")
        for v in found[:_NAMED]
    ]
    more = [f"{len(found) - _NAMED} more"] if len(found) > _NAMED else []
    return f"{how}: {'; '.join([*named, *more])}."


def _covered(verdicts: Sequence[Verdict], presets: str) -> str:
    """Which figures there are results for, of all that this repository draws."""
    there = {verdict.figure for verdict in verdicts}
    known = set(figures())
    parts = []
    for kind, one in (("fig", "Figure"), ("table", "Table")):
        numbers = [int(name.removeprefix(kind)) for name in there & known if name.startswith(kind)]
        plural = "s" * (len(numbers) > 1)
        parts += [f"{one}{plural} {in_ranges(numbers)}"] if numbers else []
    questions = {name for name in known if is_question(name)}
    parts.append(f"{len(there & questions)} of {len(questions)} questions of our own")
    missing = len(known - there)
    rest = f"; for {missing} more the code is there, but no runs of this preset" if missing else ""
    return f"There are results at preset {presets} for {', '.join(parts)}{rest}."
