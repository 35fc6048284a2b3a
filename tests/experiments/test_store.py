import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from agents.errors import UserError
from experiments.storing.store import (
    METRICS_SCHEMA,
    RUN_KEY,
    Store,
    claim_folder,
    read_metadata,
    read_table,
    write_table,
)
from tests.experiments.fake_training import SPEC, with_seed


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "metrics.parquet"
    write_table(path, METRICS_SCHEMA.empty_table(), RUN_KEY, {"complete": False})
    return path


def row(**changes):
    values = {"run_id": "a", "gradient_step": 1, "agent_step": 2, "metric": "loss", "layer": ""}
    return values | {"value": 0.5} | changes


def test_tables_and_metadata_come_back(tmp_path):
    path = tmp_path / "metrics.parquet"
    table = pa.Table.from_pylist([row(), row(value=1.5)], METRICS_SCHEMA)
    write_table(path, table, RUN_KEY, {"complete": True})
    found, metadata = read_table(path, RUN_KEY, METRICS_SCHEMA)
    assert found.equals(table)
    assert metadata == {"format": 1, "complete": True}


def test_pandas_reads_tables_without_our_help(tmp_path):
    path = tmp_path / "metrics.parquet"
    write_table(path, pa.Table.from_pylist([row()], METRICS_SCHEMA), RUN_KEY, {})
    assert pd.read_parquet(path).to_dict("records") == [row()]


@pytest.mark.parametrize("position", [0.0, 0.3, 0.9])
def test_damaged_table_is_named(tmp_path, position):
    path = tmp_path / "metrics.parquet"
    rows = [row(gradient_step=step, value=step / 7) for step in range(2_000)]
    write_table(path, pa.Table.from_pylist(rows, METRICS_SCHEMA), RUN_KEY, {})
    content = bytearray(path.read_bytes())
    start = int(position * len(content))
    content[start : start + 16] = b"\xff" * 16
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"metrics\.parquet is damaged.*delete it"):
        read_table(path, RUN_KEY, METRICS_SCHEMA)


def test_truncated_table_is_named(path):
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UserError, match=r"metrics\.parquet is damaged"):
        read_metadata(path, RUN_KEY)


def test_foreign_table_is_named(path):
    pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(UserError, match="not written by this project"):
        read_metadata(path, RUN_KEY)


def test_table_of_a_newer_version_is_named(path):
    text = json.dumps({"format": 99})
    pq.write_table(pa.table({"x": [1]}).replace_schema_metadata({RUN_KEY: text}), path)
    with pytest.raises(UserError, match="format 99"):
        read_metadata(path, RUN_KEY)


def test_folder_belongs_to_one_spec(tmp_path):
    folder = Store(tmp_path, "smoke").run_folder(SPEC)
    claim_folder(folder, SPEC)
    claim_folder(folder, SPEC)
    with pytest.raises(UserError, match="of another run"):
        claim_folder(folder, with_seed(4))


def test_layout(tmp_path):
    store = Store(tmp_path, "smoke")
    assert store.index("overlap") == tmp_path / "smoke" / "overlap.parquet"
    assert store.run_folder(SPEC) == tmp_path / "smoke" / "runs" / SPEC.run_id
