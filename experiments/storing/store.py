"""Where results lie on disk, and parquet tables that carry their own provenance.

    <root>/<preset>/<experiment>.parquet             which runs an experiment consists of
    <root>/<preset>/runs/<run_id>/metrics.parquet    one row a number
    <root>/<preset>/runs/<run_id>/neurons.parquet    one row a neuron and log
    <root>/<preset>/runs/<run_id>/{spec.json, log.txt, progress.json, checkpoint/}

A run belongs to no experiment: two experiments that ask for the same run share it.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from agents.errors import UserError
from agents.identity import Spec
from agents.kinds import read_spec
from experiments.storing.files import replacing

FORMAT = 1
RUN_KEY = "dormant_run"
EXPERIMENT_KEY = "dormant_experiment"

METRICS = "metrics.parquet"
NEURONS = "neurons.parquet"
SPEC = "spec.json"

# `layer` is empty for a metric of the whole network.
METRICS_SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("gradient_step", pa.int64()),
        ("agent_step", pa.int64()),
        ("metric", pa.string()),
        ("layer", pa.string()),
        ("value", pa.float64()),
    ]
)
NEURONS_SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("gradient_step", pa.int64()),
        ("agent_step", pa.int64()),
        ("layer", pa.string()),
        ("neuron", pa.int32()),
        ("mean_abs_activation", pa.float32()),
    ]
)


@dataclasses.dataclass(frozen=True)
class Store:
    """The results of one preset under one root folder."""

    root: Path
    preset: str

    @property
    def folder(self) -> Path:
        return self.root / self.preset

    def run_folder(self, spec: Spec) -> Path:
        """Where everything about one run lies."""
        return self.folder / "runs" / spec.run_id

    def index(self, experiment: str) -> Path:
        """The table of an experiment's runs."""
        return self.folder / f"{experiment}.parquet"


def write_table(path: Path, table: pa.Table, key: str, metadata: dict[str, Any]) -> None:
    """Writes a table atomically, with `metadata` as JSON under `key` of its schema.

    Raises:
      UserError: the disk is full or the folder cannot be written; the old file is intact.
    """
    text = json.dumps({"format": FORMAT} | metadata)
    strings = [field.name for field in table.schema if pa.types.is_string(field.type)]
    with replacing(path) as stream:
        pq.write_table(
            table.replace_schema_metadata({key: text}),
            stream,
            compression="zstd",
            use_dictionary=strings,
            write_page_checksum=True,
        )


def read_metadata(path: Path, key: str) -> dict[str, Any]:
    """What `write_table` was told about the table.

    Raises:
      UserError: the file is damaged, foreign, or of a newer version of this project.
    """
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path) from error
    try:
        metadata = json.loads((schema.metadata or {})[key.encode()])
        found = metadata["format"]
    except (KeyError, ValueError, TypeError) as error:
        raise UserError(
            f"{path} was not written by this project; move it out of the results folder."
        ) from error
    if found != FORMAT:
        raise UserError(
            f"{path} has format {found} and this version reads format {FORMAT}; update this "
            "project or choose another results folder."
        )
    return metadata


def read_table(path: Path, key: str, schema: pa.Schema) -> tuple[pa.Table, dict[str, Any]]:
    """A table with the columns of `schema`, and its metadata.

    Raises:
      UserError: the file is damaged, foreign, or of a newer version of this project.
    """
    metadata = read_metadata(path, key)
    try:
        table = pq.read_table(path, page_checksum_verification=True, partitioning=None)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path) from error
    if not table.schema.equals(schema):
        raise _damaged(path)
    return table.replace_schema_metadata(None), metadata


def check_spec(path: Path, values: Any, spec: Spec) -> None:
    """Proves that `values`, the specification stored in `path`, is `spec`.

    Raises:
      UserError: it is another one or unreadable.
    """
    try:
        stored = read_spec(values)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    if stored != spec:
        raise UserError(
            f"{path} is of another run although its id {spec.run_id} is the same; choose "
            "another results folder or delete that run's folder."
        )


def claim_folder(folder: Path, spec: Spec) -> None:
    """Makes `folder` the folder of `spec`, or proves that it is already.

    Raises:
      UserError: the folder belongs to another run or cannot be written.
    """
    path = folder / SPEC
    if path.exists():
        check_spec(path, _json(path), spec)
        return
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(path) as stream:
        stream.write(spec.to_json().encode())


def is_complete(folder: Path, spec: Spec) -> bool:
    """Whether both tables of a run are there and final.

    Raises:
      UserError: a table is damaged, foreign or of another run.
    """
    tables = [folder / METRICS, folder / NEURONS]
    if not all(path.exists() for path in tables):
        return False
    found = [read_metadata(path, RUN_KEY) for path in tables]
    for path, metadata in zip(tables, found, strict=True):
        check_spec(path, metadata.get("spec"), spec)
    return all(metadata["complete"] for metadata in found)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(errors="replace"))
    except ValueError:
        return None


def _damaged(path: Path) -> UserError:
    return UserError(
        f"{path} is damaged and cannot be read; restore it, or delete it and run the same "
        "command again to train that run anew."
    )
