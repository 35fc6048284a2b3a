"""What all verdicts together say, in three lines."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from figures.claims.table import in_words, interval_of
from figures.claims.verdict import CONTRADICTED, INCONCLUSIVE, NOT_JUDGED, REPRODUCED, Verdict
from figures.names import figure_name, is_question
from figures.writing import count_of, replace_file


def summary(verdicts: Sequence[Verdict]) -> list[str]:
    """How many claims came out how, and the strongest evidence in both directions.

    Args:
      verdicts: of one table, corrected for their number; those of questions beyond the paper
        are left out where there are others.

    Returns:
      Three sentences, or one if nothing was judged.
    """
    verdicts = [verdict for verdict in verdicts if not is_question(verdict.figure)] or verdicts
    judged = [verdict for verdict in verdicts if verdict.verdict != NOT_JUDGED]
    if not judged:
        counted = count_of(len(verdicts), "claim")
        return [f"{counted}, none judged: these runs only prove that all works."]
    presets = ", ".join(sorted({verdict.preset for verdict in judged}))
    alone = Counter(verdict.verdict for verdict in judged)
    together = Counter(verdict.corrected for verdict in judged)
    return [
        f"Of {len(judged)} claims judged at preset {presets}, {alone[REPRODUCED]} are reproduced, "
        f"{alone[CONTRADICTED]} contradicted and {alone[INCONCLUSIVE]} undecided; where all have "
        f"to hold together, {together[REPRODUCED]}, {together[CONTRADICTED]} and "
        f"{together[INCONCLUSIVE]}.",
        _strongest(judged, REPRODUCED),
        _strongest(judged, CONTRADICTED),
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


def _strongest(verdicts: Sequence[Verdict], kind: str) -> str:
    """The claim of this verdict that chance explains worst."""
    found = [verdict for verdict in verdicts if verdict.verdict == kind]
    if not found:
        return f"No claim is {kind}."
    best = min(found, key=lambda verdict: verdict.p_value)
    return (
        f"Most clearly {kind}: {in_words(best)} ({figure_name(best.figure)}; {interval_of(best)}, "
        f"p = {best.p_value:.2g})"
    )
