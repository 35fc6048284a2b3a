"""Pieces of sentences that people read, wherever they are written."""

from collections.abc import Sequence
import difflib
from pathlib import Path
import shlex


def count_of(count: int, noun: str) -> str:
    """ "1 seed", "3 seeds"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def did_you_mean(word: str, names: Sequence[str]) -> str:
    """ "; did you mean fig2?" if something like a word is among some names, else "."."""
    near = difflib.get_close_matches(word, names, 1)
    return f"; did you mean {near[0]}?" if near else "."


def ordinal(number: int) -> str:
    """ "1st", "12th"."""
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 10 < number % 100 < 14 else suffix}"


def typed(path: Path) -> str:
    """A path as a shell takes it, in commands that are recommended: 'my results'."""
    return shlex.quote(str(path))
