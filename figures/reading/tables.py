"""Reading one parquet file of a store, or one sentence about why it cannot be read."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from figures.errors import FigureError

FORMAT = 1
# What pyarrow raises for truncated, garbled or foreign files and for absent columns.
_UNREADABLE = (pa.ArrowException, OSError, ValueError, KeyError)


def damaged(path: Path, how: str) -> FigureError:
    """The error for a file of ours that does not hold what it should."""
    return FigureError(
        f"{path} is damaged ({how}); delete it and run the same `make` command again, or "
        "restore it with git if it is one of the shipped results."
    )


def read_metadata(path: Path, key: str) -> dict[str, Any]:
    """The JSON that this project keeps under `key` in the schema of each of its files.

    Raises:
      FigureError: the file is damaged, of another origin, or of another format version.
    """
    try:
        found = (pq.read_schema(path).metadata or {}).get(key.encode())
        about = None if found is None else json.loads(found)
    except _UNREADABLE as error:
        raise damaged(path, _first_line(error)) from error
    if not isinstance(about, dict):
        raise FigureError(
            f"{path} was not written by this project (its schema has no {key!r}); "
            "move it away or name another store with --results."
        )
    if about.get("format") != FORMAT:
        raise FigureError(
            f"{path} has format {about.get('format')} and this version reads format {FORMAT}; "
            "draw it with the version of the project that wrote it."
        )
    return about


def read_table(
    path: Path,
    columns: list[str] | None = None,
    filters: list[tuple] | None = None,
    categories: list[str] | None = None,
) -> pd.DataFrame:
    """Columns (all by default) of the rows that pass pyarrow `filters`.

    Args:
      path: of the file.
      columns, filters: what to read.
      categories: columns of few texts in many rows; read as numbers, which is faster.

    Raises:
      FigureError: the file is missing or damaged.
    """
    if not path.exists():
        raise damaged(path, "it is missing")
    try:
        # Without `partitioning=None`, a folder called "a=b" would become a column.
        table = pq.read_table(
            path,
            columns=columns,
            filters=filters,
            read_dictionary=categories,
            page_checksum_verification=True,
            partitioning=None,
        )
        return table.to_pandas()
    except _UNREADABLE as error:
        raise damaged(path, _first_line(error)) from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
