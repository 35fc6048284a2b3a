"""The results that come with the repository stay small enough to come with it."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from experiments.storing.compacting import steps_of
from experiments.storing.schema import NEURONS, RUN_KEY
from experiments.storing.store import read_metadata

RESULTS = Path(__file__).parents[1] / "results"
MOST_MB = 8


def test_all_tables_together_are_small():
    assert sum(path.stat().st_size for path in RESULTS.rglob("*.parquet")) < MOST_MB * 1e6


@pytest.mark.parametrize("preset", [path.parent.name for path in RESULTS.glob("*/runs")])
def test_neurons_are_compact_and_every_run_is_in_an_index(preset):
    folder = RESULTS / preset
    runs = {path.name for path in (folder / "runs").iterdir()}
    assert all(steps_of(read_metadata(folder / "runs" / run / NEURONS, RUN_KEY)) for run in runs)
    indexes = [pq.read_table(path, columns=["run_id"]) for path in folder.glob("*.parquet")]
    assert runs == {run_id for index in indexes for run_id in index.column(0).to_pylist()}
