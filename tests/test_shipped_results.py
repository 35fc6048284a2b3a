"""The results that come with the repository: small, and what the code would train and judge."""

import dataclasses
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from agents.kinds import read_spec
from experiments.catalog import EXPERIMENTS
from experiments.presets.presets import PRESETS
from experiments.storing.compacting import steps_of
from experiments.storing.schema import EXPERIMENT_KEY, METRICS, NEURONS, RUN_KEY
from experiments.storing.store import read_metadata

RESULTS = Path(__file__).parents[1] / "results"
MOST_MB = 8
INDEXES = [path for preset in PRESETS for path in sorted((RESULTS / preset).glob("*.parquet"))]


def test_all_tables_together_are_small():
    assert sum(path.stat().st_size for path in RESULTS.rglob("*.parquet")) < MOST_MB * 1e6


@pytest.mark.parametrize("preset", [path.parent.name for path in RESULTS.glob("*/runs")])
def test_neurons_are_compact_and_every_run_is_in_an_index(preset):
    folder = RESULTS / preset
    runs = {path.name for path in (folder / "runs").iterdir()}
    assert all(steps_of(read_metadata(folder / "runs" / run / NEURONS, RUN_KEY)) for run in runs)
    indexes = [pq.read_table(path, columns=["run_id"]) for path in folder.glob("*.parquet")]
    assert runs == {run_id for index in indexes for run_id in index.column(0).to_pylist()}


@pytest.mark.parametrize("index", INDEXES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_is_shipped_is_what_the_preset_trains_and_the_claims_judge(index):
    """A run's id tells only what differs from the defaults: of these, the stored runs know all."""
    experiment, preset = EXPERIMENTS[index.stem], PRESETS[index.parent.name]
    rows = pq.read_table(index, columns=["run_id", "condition", "game", "seed"]).to_pylist()
    # Seeds are alike in all else.
    seed = min(row["seed"] for row in rows)
    shipped = {
        (row["condition"], row["game"]): row["run_id"] for row in rows if row["seed"] == seed
    }
    games = list(dict.fromkeys(row["game"] for row in rows))
    planned = {
        (run.condition.name, run.spec.game): run.spec
        for run in experiment.runs(preset, games, [seed])
    }
    for line, run_id in shipped.items():
        stored = read_metadata(index.parent / "runs" / run_id / METRICS, RUN_KEY)["spec"]
        assert (line, read_spec(stored)) == (line, planned[line])
        assert planned[line].run_id == run_id
    claims = json.loads(json.dumps([dataclasses.asdict(claim) for claim in experiment.claims]))
    assert read_metadata(index, EXPERIMENT_KEY)["claims"] == claims
