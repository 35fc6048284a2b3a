"""Ctrl-C ends a program with a word instead of a traceback, also while it is still importing."""

import sys
from types import TracebackType


def end_with_a_word() -> None:
    """From now on a `KeyboardInterrupt` that nobody catches is told in a word.

    Called before anything else is imported, which takes a second or more. The process still ends
    by SIGINT, from which a shell knows that it was stopped.
    """
    sys.excepthook = _tell


def _tell(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        print("\nStopped.", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, traceback)
