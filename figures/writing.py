"""Writing a file whole or not at all."""

from collections.abc import Callable
from pathlib import Path

from agents.files import replacing_by_name
from figures.errors import FigureError


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Lets `write` fill a temporary file beside `path`, then puts it in the place of `path`.

    Raises:
      FigureError: the folder cannot be written; an older file is then left as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing_by_name(path) as temporary:
            write(temporary)
    except OSError as error:
        raise FigureError(
            f"{path} cannot be written ({error.strerror or error}); choose another folder "
            "with --output."
        ) from error
