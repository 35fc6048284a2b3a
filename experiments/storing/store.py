"""The folders of runs, and writing tables that carry their own provenance.

    <root>/<preset>/<experiment>.parquet             which runs an experiment consists of
    <root>/<preset>/runs/<run_id>/metrics.parquet    one row a number
    <root>/<preset>/runs/<run_id>/neurons.parquet    one row a neuron and log
    <root>/<preset>/runs/<run_id>/{spec.json, log.txt, progress.json, checkpoint/}
    <root>/<preset>/runs/<run_id>/transitions/       where another run learns from them

A run belongs to no experiment: two experiments that ask for the same run share it.
"""

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from agents.errors import UserError
from agents.files import sync_folder
from agents.identity import Spec
from agents.kinds import read_spec
from experiments.storing import tables
from experiments.storing.files import explain, replacing
from experiments.storing.schema import FORMAT, NEURONS, RUN_KEY, RUN_TABLES
from experiments.storing.tables import DIGEST, UnreadableError, digest, metadata_text
from experiments.wording import typed

SPEC = "spec.json"


def write_table(
    path: Path,
    table: pa.Table,
    key: str,
    metadata: Mapping[str, Any],
    compact: bool = False,
) -> None:
    """Writes a table atomically, with `metadata` as JSON under `key` of its schema.

    Args:
      path: of the file.
      table: its own metadata are dropped.
      key: RUN_KEY or EXPERIMENT_KEY.
      metadata: what JSON can hold.
      compact: as small as possible, for values that repeat in rows that are ordered; what is
        written again and again has no time for that.

    Raises:
      UserError: the disk is full or the folder cannot be written; the old file is intact.
    """
    table = table.replace_schema_metadata(None)
    # As it will be read back: JSON has no tuples.
    metadata = json.loads(json.dumps({"format": FORMAT, **metadata}))
    text = metadata_text(metadata | {DIGEST: digest(table, metadata)}, compressed=compact)
    # As measured, neighbouring neurons have nothing in common but the exponents of their values.
    values = [field.name for field in table.schema if field.type == pa.float32()]
    # Rounded, the last bytes of doubles are all zero.
    doubles = [field.name for field in table.schema if field.type == pa.float64()]
    others = [field.name for field in table.schema if not pa.types.is_floating(field.type)]
    # Of ordered rows the steps and neurons go up evenly, again and again.
    counts = [name for name in others if pa.types.is_integer(table.schema.field(name).type)]
    texts = [name for name in others if name not in counts]
    with (
        replacing(path) as stream,
        pq.ParquetWriter(
            stream,
            table.schema,
            compression="zstd",
            compression_level=19 if compact else 9,
            use_dictionary=[*texts, *values] if compact else others,
            use_byte_stream_split=doubles if compact else values,
            column_encoding=dict.fromkeys(counts, "DELTA_BINARY_PACKED") if compact else None,
            write_page_checksum=True,
            # All files are read whole; and the schema would be there twice, with the metadata.
            write_statistics=False,
            store_schema=False,
        ) as writer,
    ):
        writer.write_table(table)
        writer.add_key_value_metadata({key: text})


def read_metadata(path: Path, key: str) -> dict[str, Any]:
    """As `tables.read_metadata`.

    Raises:
      UserError: the table is missing, damaged, foreign or newer, or cannot be reached.
    """
    try:
        return tables.read_metadata(path, key)
    except UnreadableError as error:
        raise explain_unreadable(error) from error


def read_table(path: Path, key: str, schema: pa.Schema) -> tuple[pa.Table, dict[str, Any]]:
    """As `tables.read_table`.

    Raises:
      UserError: the table is missing, damaged, foreign or newer, or cannot be reached.
    """
    try:
        return tables.read_table(path, key, schema)
    except UnreadableError as error:
        raise explain_unreadable(error) from error


def explain_unreadable(error: UnreadableError) -> UserError:
    """What to do about a table that cannot be used. Nothing is ever to be deleted unseen."""
    path, detail = error.path, error.detail
    if error.reason == "unreachable":
        return UserError(
            f"{path} cannot be read ({detail}); whether it is whole is not known, so make it "
            "readable and run the same command again."
        )
    if error.reason == "foreign":
        return UserError(
            f"{path} was not written by this project ({detail}); move it out of the results folder."
        )
    if error.reason == "newer":
        return UserError(
            f"{path} was written by a newer version ({detail}); update this project or choose "
            "another results folder."
        )
    if error.reason == "missing":
        return UserError(f"{path} is missing; restore it from a copy.")
    if path.name in RUN_TABLES:
        return UserError(
            f"{path} is damaged ({detail}); restore it from a copy, or move its folder away and "
            "run the same command again to train the run anew."
        )
    results = typed(path.parent.parent)
    again = f"--experiments {path.stem} --preset {path.parent.name} --results {results}"
    return UserError(
        f"{path} is damaged ({detail}), or nothing of this project: restore it from a copy, or "
        f"move it away and write it anew with `python -m experiments index {again}`."
    )


def check_spec(path: Path, values: Any, spec: Spec) -> None:
    """Proves that `values`, the specification stored in `path`, is `spec`.

    Raises:
      UserError: it is another one or unreadable.
    """
    try:
        stored = read_spec(values)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    _check_id(path, stored.run_id, spec)
    if stored != spec:
        raise UserError(
            f"{path} is of another run although its id {spec.run_id} is the same; choose "
            "another results folder or move that run's folder away."
        )


def _check_id(path: Path, stored: str, spec: Spec) -> None:
    if stored != spec.run_id:
        raise UserError(
            f"{path} is of another run, {stored} instead of {spec.run_id}; move it back to where "
            "it came from."
        )


def claim_folder(folder: Path, spec: Spec) -> None:
    """Makes `folder` the folder of `spec`, or proves that it is already.

    Raises:
      UserError: the folder belongs to another run or cannot be written.
    """
    path = folder / SPEC
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)
    except OSError as error:
        raise explain(error, folder) from error
    if is_there(path):
        check_spec(path, _json(path), spec)
        return
    with replacing(path) as stream:
        stream.write(spec.to_json().encode())


def is_complete(folder: Path, spec: Spec) -> bool:
    """Whether both tables of a run are there, whole to the last byte, and final.

    Raises:
      UserError: a table is damaged, foreign or of another run, or one of a finished run is
        missing.
    """
    complete = {
        name: about["complete"] for name, (_, about) in read_run_tables(folder, spec).items()
    }
    return len(complete) == len(RUN_TABLES) and all(complete.values())


def read_run_tables(folder: Path, spec: Spec) -> dict[str, tuple[pa.Table, dict[str, Any]]]:
    """The tables of a run that are there, by their names, each with its metadata.

    Raises:
      UserError: a table is damaged, foreign or of another run, or one of a finished run is
        missing.
    """
    found = {}
    for name, schema in RUN_TABLES.items():
        path = folder / name
        if is_there(path):
            found[name] = read_table(path, RUN_KEY, schema)
            about = found[name][1]
            if name == NEURONS and not about["spec"]:  # it is compact
                _check_id(path, about["run_id"], spec)
            else:
                check_spec(path, about["spec"], spec)
    missing = RUN_TABLES.keys() - found.keys()
    if len(missing) == 1 and all(about["complete"] for _, about in found.values()):
        [kept], [lost] = found, missing
        raise UserError(
            f"{folder} holds {kept} of a finished run but lacks {lost}, which cannot be made "
            "from it; restore it from a copy, or move that folder away to train the run anew."
        )
    return found


def is_there(path: Path) -> bool:
    """Whether something lies at `path`, be it a link that leads nowhere.

    Raises:
      UserError: nobody may look.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise explain_unreadable(
            UnreadableError(path, "unreachable", error.strerror or str(error))
        ) from error
    return True


def _json(path: Path) -> Any:
    """What a file holds; None if that is not JSON."""
    try:
        return json.loads(tables.read_bytes(path))
    except UnreadableError as error:
        raise explain_unreadable(error) from error
    except ValueError:  # not JSON, or not UTF-8
        return None
