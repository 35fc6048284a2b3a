"""Reading one table of a store, or one sentence about why it cannot be read."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from experiments.storing.schema import RUN_TABLES
import experiments.storing.tables as stored
from figures.errors import FigureError, ForeignError


def damaged(path: Path, how: str) -> FigureError:
    """The error for a file of ours that does not hold what it should."""
    what = "move its folder away" if path.name in RUN_TABLES else "move it away"
    return FigureError(
        f"{path} is damaged ({how}); {what} and run the same `make` command again, or "
        "restore it with git if it is one of the shipped results."
    )


def read_metadata(path: Path, key: str) -> dict[str, Any]:
    """What a table says about itself.

    Args:
      path: of the file.
      key: `RUN_KEY` or `EXPERIMENT_KEY` of `experiments.storing.schema`.

    Raises:
      FigureError: the file is missing, damaged, of another origin, or of a newer version.
    """
    try:
        return stored.read_metadata(path, key)
    except stored.UnreadableError as error:
        raise _explain(error) from error


def read_table(path: Path, key: str, schema: pa.Schema) -> pa.Table:
    """A table with at least the columns of `schema`, checked to the last byte.

    Args:
      path: of the file.
      key: `RUN_KEY` or `EXPERIMENT_KEY` of `experiments.storing.schema`.
      schema: columns that must be there.

    Raises:
      FigureError: the file is missing, damaged, of another origin, or of a newer version.
    """
    try:
        return stored.read_table(path, key, schema)[0]
    except stored.UnreadableError as error:
        raise _explain(error) from error


def _explain(error: stored.UnreadableError) -> FigureError:
    path, detail = error.path, error.detail
    if error.reason == "missing":
        return damaged(path, "it is missing")
    if error.reason == "unreachable":
        return FigureError(f"{path} cannot be read ({detail}); make it readable and draw again.")
    if error.reason == "foreign":
        return ForeignError(
            f"{path} was not written by this project ({detail}); move it away or name another "
            "store with --results."
        )
    if error.reason == "newer":
        return FigureError(
            f"{path} was written by a newer version ({detail}); draw it with the version of the "
            "project that wrote it."
        )
    return damaged(path, detail)
