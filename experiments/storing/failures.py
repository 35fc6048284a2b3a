"""Why a run stopped, kept in its folder until it is trained again."""

import contextlib
from pathlib import Path

from agents.errors import UserError
from experiments.storing.files import replacing

FAILURE = "failure.txt"


def note(run_folder: Path, sentence: str) -> None:
    """Keeps the reason, if the folder can be written at all."""
    with contextlib.suppress(UserError), replacing(run_folder / FAILURE, durable=False) as stream:
        stream.write(f"{sentence}\n".encode())


def forget(run_folder: Path) -> None:
    """The run is trained again."""
    with contextlib.suppress(OSError):
        (run_folder / FAILURE).unlink()


def read(run_folder: Path) -> str:
    """The reason; "" if none is known."""
    try:
        return (run_folder / FAILURE).read_text(errors="replace").strip()
    except OSError:
        return ""
