import json
import os
import subprocess
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from agents.errors import UserError
from experiments.storing.schema import (
    EXPERIMENT_KEY,
    FORMAT,
    INDEX_SCHEMA,
    METRICS_SCHEMA,
    NEURONS_SCHEMA,
    RUN_KEY,
    Store,
)
from experiments.storing.store import claim_folder, read_metadata, read_table, write_table
from tests.experiments.fake_training import SPEC, with_seed

ABOUT = {
    "run_id": "a",
    "spec": {},
    "complete": True,
    "agent_step": 2,
    "total_gradient_steps": 1,
    "total_agent_steps": 2,
    "layers": ["Dense_0"],
}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "metrics.parquet"
    write_table(path, METRICS_SCHEMA.empty_table(), RUN_KEY, ABOUT)
    return path


def row(**changes):
    values = {"run_id": "a", "gradient_step": 1, "agent_step": 2, "metric": "loss", "layer": ""}
    return values | {"value": 0.5} | changes


def test_tables_and_metadata_come_back(tmp_path):
    path = tmp_path / "metrics.parquet"
    table = pa.Table.from_pylist([row(), row(value=1.5)], METRICS_SCHEMA)
    write_table(path, table, RUN_KEY, ABOUT)
    found, metadata = read_table(path, RUN_KEY, METRICS_SCHEMA)
    assert found.equals(table)
    assert metadata == {"format": FORMAT} | ABOUT


def test_pandas_reads_tables_without_our_help(tmp_path):
    path = tmp_path / "metrics.parquet"
    write_table(path, pa.Table.from_pylist([row()], METRICS_SCHEMA), RUN_KEY, ABOUT)
    assert pd.read_parquet(path).to_dict("records") == [row()]


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="threads are not listed here")
def test_reading_leaves_no_thread_behind_that_could_outlive_the_interpreter(path):
    program = (
        "import os, sys; from pathlib import Path\n"
        "from experiments.storing.schema import METRICS_SCHEMA, RUN_KEY\n"
        "from experiments.storing.tables import read_table\n"
        "threads = lambda: len(os.listdir('/proc/self/task')); before = threads()\n"
        "read_table(Path(sys.argv[1]), RUN_KEY, METRICS_SCHEMA); print(threads() - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True)
    assert done.stdout == "0\n", done.stdout + done.stderr


@pytest.mark.parametrize("position", [0.0, 0.3, 0.9])
def test_damaged_table_is_named(tmp_path, position):
    path = tmp_path / "metrics.parquet"
    rows = [row(gradient_step=step, value=step / 7) for step in range(2_000)]
    write_table(path, pa.Table.from_pylist(rows, METRICS_SCHEMA), RUN_KEY, ABOUT)
    content = bytearray(path.read_bytes())
    start = int(position * len(content))
    content[start : start + 16] = b"\xff" * 16
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"metrics\.parquet is damaged.*move its folder away"):
        read_table(path, RUN_KEY, METRICS_SCHEMA)


def test_truncated_table_is_named(path):
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UserError, match=r"metrics\.parquet is damaged"):
        read_metadata(path, RUN_KEY)


def test_foreign_table_is_named(path):
    pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(UserError, match="not written by this project"):
        read_metadata(path, RUN_KEY)


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("schema", [METRICS_SCHEMA, NEURONS_SCHEMA])
def test_whichever_bit_flips_it_is_found_or_changes_nothing(tmp_path, schema, compact):
    path = tmp_path / "metrics.parquet"
    values = {field: ["a", "b"] if field.type == "string" else [1, 2] for field in schema}
    written = pa.table({field.name: pa.array(v, field.type) for field, v in values.items()})
    write_table(path, written, RUN_KEY, ABOUT, compact)
    content = path.read_bytes()
    found = 0
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        path.write_bytes(flipped)
        try:
            table, about = read_table(path, RUN_KEY, schema)
        except UserError:
            found += 1
        else:
            assert table.equals(written)
            assert about == {"format": FORMAT} | ABOUT
    assert found > 0.5 * len(content)


def test_columns_that_came_later_may_be_missing(tmp_path):
    """Tables of the first version have neither gradients nor a digest."""
    path = tmp_path / "neurons.parquet"
    old = pa.table({name: [] for name in NEURONS_SCHEMA.names}).cast(NEURONS_SCHEMA)
    text = json.dumps({"format": 1} | ABOUT)
    pq.write_table(old.replace_schema_metadata({RUN_KEY: text}), path)
    assert read_table(path, RUN_KEY, NEURONS_SCHEMA)[0].equals(old)
    new = old.append_column("mean_abs_gradient", pa.array([], pa.float32()))
    write_table(path, new, RUN_KEY, ABOUT)
    assert read_table(path, RUN_KEY, NEURONS_SCHEMA)[0].equals(new)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"seed": pa.array(["one"])}, "its column 'seed' holds string"),
        ({"seed": pa.array([None], pa.int64())}, "values of 'seed' are missing"),
        ({"seed": None}, "it has no column 'seed'"),
    ],
)
def test_index_of_wrong_types_is_named(tmp_path, changed, message):
    path = tmp_path / "overlap.parquet"
    columns = {"run_id": ["a"], "condition": ["DQN"], "game": ["Pong"], "seed": [1]} | changed
    columns = {name: column for name, column in columns.items() if column is not None}
    about = {"experiment": "overlap", "preset": "smoke", "title": "", "figures": [], "claims": []}
    write_table(path, pa.table(columns), EXPERIMENT_KEY, about | {"scale_down": []})
    with pytest.raises(UserError, match=message):
        read_table(path, EXPERIMENT_KEY, INDEX_SCHEMA)


@pytest.mark.parametrize("name", sorted(ABOUT))
def test_metadata_of_wrong_types_are_named(tmp_path, name):
    path = tmp_path / "metrics.parquet"
    write_table(path, METRICS_SCHEMA.empty_table(), RUN_KEY, ABOUT | {name: None})
    with pytest.raises(UserError, match=f"its metadata hold no '{name}'"):
        read_metadata(path, RUN_KEY)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)
def test_what_may_not_be_read_is_not_called_damaged(path):
    path.chmod(0)
    with pytest.raises(UserError, match="cannot be read.*make it readable"):
        read_metadata(path, RUN_KEY)


def test_a_folder_in_the_place_of_a_table_is_not_ours(tmp_path):
    (tmp_path / "metrics.parquet").mkdir()
    with pytest.raises(UserError, match=r"not written by this project \(it is no file\)"):
        read_metadata(tmp_path / "metrics.parquet", RUN_KEY)


def test_names_that_are_not_utf_8_are_no_damage(path):
    odd = path.parent / os.fsdecode(b"caf\xe9")
    odd.mkdir()
    path = path.rename(odd / path.name)
    assert read_metadata(path, RUN_KEY)["run_id"] == "a"


def test_compressed_metadata_tell_their_format_to_readers_that_cannot_expand_them(tmp_path):
    path = tmp_path / "metrics.parquet"
    told = ABOUT | {"layers": [f"Dense_{number}" for number in range(100)]}
    write_table(path, METRICS_SCHEMA.empty_table(), RUN_KEY, told, compact=True)
    stored = pq.read_schema(path).metadata[RUN_KEY.encode()]
    assert json.loads(stored)["format"] == FORMAT
    assert len(stored) < 0.5 * len(json.dumps(told))
    assert read_metadata(path, RUN_KEY).items() >= told.items()
    half = json.loads(stored) | {"zlib_base85": json.loads(stored)["zlib_base85"][:50]}
    table = METRICS_SCHEMA.empty_table().replace_schema_metadata({RUN_KEY: json.dumps(half)})
    pq.write_table(table, path)
    with pytest.raises(UserError, match=r"damaged \(its metadata are garbled\)"):
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
