"""Reading one table of a store: whole and checked, or the reason why not.

It imports nothing but pyarrow, so that what draws figures reads as what trains does.
"""

import base64
from collections.abc import Mapping
import errno
import hashlib
import json
from pathlib import Path
import stat
from typing import Any, Literal
import zlib

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.storing.schema import FACTS, FORMAT, OPTIONAL

# Key of the metadata under which the digest of everything else is.
DIGEST = "digest"
# Key of compressed metadata, beside which there is nothing but the format.
_COMPRESSED = "zlib_base85"
_FORBIDDEN = {errno.EACCES, errno.EPERM}
# What pyarrow raises for truncated, garbled or foreign content.
_GARBLED = (pa.ArrowException, OSError, ValueError, KeyError)

Reason = Literal["missing", "damaged", "unreachable", "foreign", "newer"]


class UnreadableError(Exception):
    """A table that cannot be used.

    Attributes:
      path: of the file.
      reason: "missing"; "damaged": its content is not what was written; "unreachable": its
        content is unknown, for want of permission or because of the disk; "foreign": somebody
        else wrote it; "newer": a later version of this project did.
      detail: what was found, as a part of a sentence.
    """

    def __init__(self, path: Path, reason: Reason, detail: str):
        super().__init__(f"{path} is {reason} ({detail})")
        self.path, self.reason, self.detail = path, reason, detail


def read_metadata(path: Path, key: str) -> dict[str, Any]:
    """What the table at `path` says about itself; its rows are not looked at.

    Args:
      path: of the file.
      key: RUN_KEY or EXPERIMENT_KEY, whose `FACTS` it must tell.

    Raises:
      UnreadableError: it cannot be used.
    """
    try:
        schema = pq.read_schema(_content(path))
    except _GARBLED as error:
        raise UnreadableError(path, "damaged", _first_line(error)) from error
    return _metadata(path, schema, key)


def read_table(path: Path, key: str, schema: pa.Schema) -> tuple[pa.Table, dict[str, Any]]:
    """A table with at least the columns of `schema`, and its metadata, both checked.

    Args:
      path: of the file.
      key: RUN_KEY or EXPERIMENT_KEY, whose `FACTS` it must tell.
      schema: columns that must be there. Others may be, as in tables of other experiments or
        versions; those of `OPTIONAL` must have their type.

    Raises:
      UnreadableError: it cannot be used.
    """
    try:
        # Not `pq.read_table`, whose threads let go of the content when they come to it: if the
        # interpreter ends at that moment, the process aborts (apache/arrow, issue 34314).
        file = pq.ParquetFile(_content(path), page_checksum_verification=True, pre_buffer=False)
        table = file.read(use_threads=False)
        metadata = _metadata(path, table.schema, key)
        return _checked(path, table, metadata, schema), metadata
    except _GARBLED as error:
        raise UnreadableError(path, "damaged", _first_line(error)) from error


def _checked(path: Path, table: pa.Table, metadata: dict[str, Any], schema: pa.Schema) -> pa.Table:
    """The table without its metadata, from which the digest is taken away."""
    table = table.replace_schema_metadata(None)
    names = table.schema.names
    for field in schema:
        if field.name not in names:
            raise UnreadableError(path, "damaged", f"it has no column {field.name!r}")
        if table.column(field.name).null_count:
            raise UnreadableError(path, "damaged", f"values of {field.name!r} are missing")
    for field in (*schema, *OPTIONAL):
        if field.name in names and table.schema.field(field.name).type != field.type:
            found = table.schema.field(field.name).type
            raise UnreadableError(path, "damaged", f"its column {field.name!r} holds {found}")
    stored = metadata.pop(DIGEST, None)
    # Tables of the first version have none.
    if (stored or metadata["format"] > 1) and stored != digest(table, metadata):
        raise UnreadableError(path, "damaged", "its content is not what was written")
    return table


def digest(table: pa.Table, metadata: Mapping[str, Any]) -> str:
    """A hash of all values of a table, in their order, and of its metadata."""
    found = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name, column in zip(table.column_names, table.columns, strict=True):
        found.update(f"{name} {column.type} {column.null_count}".encode())
        if pa.types.is_string(column.type):
            encoded = column.combine_chunks().dictionary_encode()
            found.update(json.dumps(encoded.dictionary.to_pylist()).encode())
            column = encoded.indices
        found.update(column.to_numpy(zero_copy_only=False).tobytes())
    return found.hexdigest()


def metadata_text(metadata: Mapping[str, Any], compressed: bool) -> str:
    """Metadata as the schema of a table holds them: JSON without spaces.

    Args:
      metadata: what JSON can hold; the format among it.
      compressed: whether they are to take little room. Parquet compresses columns and nothing
        else, and of a small table the metadata are a third.
    """
    text = json.dumps(metadata, separators=(",", ":"))
    if not compressed:
        return text
    small = base64.b85encode(zlib.compress(text.encode(), 9)).decode()
    # The format stays outside, so that a reader that is too old can say so.
    return metadata_text({"format": metadata["format"], _COMPRESSED: small}, compressed=False)


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
      UnreadableError: it is missing, no file, or cannot be reached.
    """
    try:
        # Reading from a pipe or a device might never end.
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableError(path, "foreign", "it is no file")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableError(path, "missing", "there is no such file") from error
    except (OSError, ValueError) as error:
        detail = getattr(error, "strerror", None) or str(error)
        raise UnreadableError(path, "unreachable", detail) from error


def _content(path: Path) -> pa.BufferReader:
    """The bytes of a file. Python opens it: a path may be one that pyarrow cannot spell."""
    return pa.BufferReader(read_bytes(path))


def _metadata(path: Path, schema: pa.Schema, key: str) -> dict[str, Any]:
    found = (schema.metadata or {}).get(key.encode())
    if found is None:
        raise UnreadableError(path, "foreign", f"its schema has no {key!r}")
    try:
        metadata = json.loads(found)
        version = metadata["format"]
        known = isinstance(version, int) and 1 <= version <= FORMAT
        if known and _COMPRESSED in metadata:
            small = base64.b85decode(metadata[_COMPRESSED])
            metadata = json.loads(zlib.decompress(small))
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise UnreadableError(path, "damaged", "its metadata are garbled") from error
    if not known:
        raise UnreadableError(
            path, "newer", f"it has format {version} and this version reads {FORMAT}"
        )
    for name, kind in FACTS.get(key, {}).items():
        if not isinstance(metadata.get(name), kind):
            raise UnreadableError(path, "damaged", f"its metadata hold no {name!r}")
    return metadata


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
