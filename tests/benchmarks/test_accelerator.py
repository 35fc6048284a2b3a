"""Both jobs for an accelerator in one command, at their smallest on a CPU."""

import pandas as pd
import pytest

from benchmarks import accelerator
from benchmarks.accelerator import CONDITIONS, GAMES, copy_tables
from benchmarks.measurements import read as read_benchmark
from experiments.storing.schema import EXPERIMENT_KEY, RUN_KEY
from experiments.storing.store import read_metadata
from experiments.width_scaling import EXPERIMENT


def test_tables_are_copied_and_nothing_else(tmp_path):
    store, out = tmp_path / "store", tmp_path / "out"
    wanted = ["index.parquet", "runs/1/metrics.parquet", "runs/1/neurons.parquet"]
    for name in (*wanted, "runs/1/checkpoint/frames.parquet", "runs/1/log.txt"):
        path = store / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    for contents in ("old", "new"):
        (store / wanted[1]).write_text(contents)
        copy_tables(store, out)
    found = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    assert found == wanted
    assert (out / wanted[1]).read_text() == "new"


@pytest.mark.slow
def test_what_the_time_allows_is_there(tmp_path, capfd):
    out = tmp_path / "out"
    accelerator.main(out, tmp_path / "work", minutes=1.0, fleet_minutes=1e-3, seeds=1, tiny=True)
    assert "The time is up" in capfd.readouterr().out
    measured, _ = read_benchmark(out / "benchmarks" / "fleet.parquet")
    assert set(measured.case) == {"ceilings"}
    index = out / "smoke" / f"{EXPERIMENT.name}.parquet"
    read_metadata(index, EXPERIMENT_KEY)
    runs = pd.read_parquet(index)
    assert set(zip(runs["game"], runs["condition"], strict=True)) == {
        (game, condition) for game in GAMES for condition in CONDITIONS
    }
    # As far as they have come, and marked so.
    tables = list(out.glob("smoke/runs/*/metrics.parquet"))
    assert tables
    for path in tables:
        assert read_metadata(path, RUN_KEY)["complete"] in (False, True)
