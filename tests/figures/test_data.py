"""Reading a store: what is there, and one sentence about what is not or is broken."""

from collections.abc import Callable
import json
from pathlib import Path

from made_up_store import LAYERS, Fill, dip_and_rise, write_index, write_run
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from figures.curves.neurons import dormant_share
from figures.errors import FigureError
from figures.reading.data import Results

FIRST = "0" * 12


def read_everything(root: Path) -> pd.DataFrame:
    return dormant_share(Results(root, "laptop").experiment("prevalence", "make fig2"))


def test_experiment_and_its_runs(fill: Fill):
    experiment = Results(fill(), "laptop").experiment("overlap")
    assert experiment.games == ["DemonAttack", "Asterix"]
    assert experiment.conditions == ["DQN"]
    assert experiment.store == "store/laptop"
    assert len(experiment.started) == len(experiment.runs) == 6
    assert all(run.complete for run in experiment.runs)
    assert [run.seed for run in experiment.select(game="Asterix").runs] == [0, 1, 2]


def test_records_and_metrics_of_a_run(fill: Fill):
    run = Results(fill(), "laptop").experiment("overlap").runs[0]
    assert run.layers[-1] == "Dense_0"
    records = run.records("Dense_0")
    assert records.mean_abs.shape == (46, 128)
    assert records.mean_abs.dtype == np.float32
    np.testing.assert_array_equal(records.gradient_step, np.arange(1000, 46_001, 1000))
    assert run.metric("td_loss").value.iloc[[0, -1]].tolist() == [1, 0]
    assert run.metric("unheard_of").empty


def test_layers_together_are_what_they_are_alone_in_whatever_order_their_rows_are(fill: Fill):
    run = Results(fill(), "laptop").experiment("overlap").runs[0]
    alone = {layer: run.records(layer) for layer in run.layers}
    shuffle_rows(run.folder / "neurons.parquet")
    together = run.records_of(run.layers)
    assert list(together) == run.layers
    for layer, records in together.items():
        for ours, expected in zip(vars(records).values(), vars(alone[layer]).values(), strict=True):
            np.testing.assert_array_equal(ours, expected)


def test_without_its_start_a_run_begins_with_the_first_log_of_training(fill: Fill):
    root = fill()
    neurons = dip_and_rise(np.arange(5), seed=0)
    loss = {"td_loss": np.arange(5.0)}
    write_run(root / "laptop", FIRST, neurons, np.arange(5) * 1_000, metrics=loss)
    whole = Results(root, "laptop").experiment("overlap")
    run, later = whole.runs[0], whole.without_start().runs[0]
    assert run.records("Dense_0").gradient_step.tolist() == [0, 1_000, 2_000, 3_000, 4_000]
    records = later.records("Dense_0")
    assert records.gradient_step.tolist() == [1_000, 2_000, 3_000, 4_000]
    assert records.agent_step.tolist() == [500, 1_000, 1_500, 2_000]
    assert np.array_equal(records.mean_abs, run.records("Dense_0").mean_abs[1:])
    assert later.metric("td_loss").value.tolist() == [1, 2, 3, 4]
    # What has not got further has no log, but the same neurons.
    first = {layer: values[:1] for layer, values in neurons.items()}
    write_run(root / "laptop", FIRST, first, [0], total=4_000)
    only = Results(root, "laptop").experiment("overlap").without_start().runs[0]
    assert only.records("Dense_0").mean_abs.shape == (0, LAYERS["Dense_0"])


def test_unfinished_and_absent_runs_are_told_apart(fill: Fill):
    root = fill(unfinished=[("Asterix", 1)], absent=[("DemonAttack", 0)])
    experiment = Results(root, "laptop").experiment("overlap")
    assert sum(not run.complete for run in experiment.runs) == 2
    assert len(experiment.started) == 5


def test_a_run_that_has_not_recorded_any_neurons_has_not_started(fill: Fill):
    root = fill()
    change_metadata(root / f"laptop/runs/{FIRST}/metrics.parquet", layers=[], complete=False)
    experiment = Results(root, "laptop").experiment("overlap")
    assert len(experiment.started) == 5


def test_a_folder_with_an_equals_sign_is_not_a_column(fill: Fill):
    root = fill()
    odd = root.parent / "run_id=5"
    root.rename(odd)
    assert read_everything(odd).run_id.nunique() == 6


def change_metadata(path: Path, key: str = "dormant_run", **changes) -> None:
    table = pq.read_table(path)
    about = json.loads(table.schema.metadata[key.encode()]) | changes
    pq.write_table(table.replace_schema_metadata({key: json.dumps(about)}), path)


def change_index(path: Path, **changes) -> None:
    change_metadata(path, "dormant_experiment", **changes)


def seeds_as_text(path: Path) -> None:
    table = pq.read_table(path)
    place = table.column_names.index("seed")
    pq.write_table(table.set_column(place, "seed", table["seed"].cast("string")), path)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 0xFF
    path.write_bytes(content)


def make_foreign(path: Path) -> None:
    pd.DataFrame({"run_id": ["x"]}).to_parquet(path)


def drop_a_row(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)


def shuffle_rows(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.take(np.random.default_rng(0).permutation(len(table))), path)


def drop_a_column(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["gradient_step"]), path)


def replace_with_text(path: Path) -> None:
    path.write_text("no parquet at all")


INDEX, METRICS, NEURONS = (
    "laptop/prevalence.parquet",
    f"laptop/runs/{FIRST}/metrics.parquet",
    f"laptop/runs/{FIRST}/neurons.parquet",
)


@pytest.mark.parametrize(
    ("file", "harm", "message"),
    [
        (INDEX, truncate, "prevalence.parquet is damaged"),
        (INDEX, replace_with_text, "prevalence.parquet is damaged"),
        (INDEX, make_foreign, "was not written by this project"),
        (INDEX, lambda p: change_index(p, claims=[{"name": 3}]), "a claim in it has no 'name'"),
        (INDEX, lambda p: change_index(p, claims=None), "hold no 'claims'"),
        (INDEX, lambda p: change_index(p, figures=[4]), "4 is no name of a figure"),
        (INDEX, lambda p: change_index(p, scale_down=["width"]), "no row of its scale-down"),
        (INDEX, seeds_as_text, "its column 'seed' holds string"),
        (METRICS, truncate, "metrics.parquet is damaged"),
        (METRICS, make_foreign, "was not written by this project"),
        (METRICS, lambda p: change_metadata(p, format=99), "has format 99"),
        (METRICS, lambda p: change_metadata(p, run_id="1" * 12), "does not describe run 0000"),
        (NEURONS, truncate, "neurons.parquet is damaged"),
        (NEURONS, flip_a_byte, "neurons.parquet is damaged"),
        (NEURONS, drop_a_row, "some neurons are missing"),
        (NEURONS, drop_a_column, "neurons.parquet is damaged"),
        (NEURONS, Path.unlink, "it is missing"),
    ],
)
def test_damaged_and_foreign_files_give_one_sentence(
    fill: Fill, file: str, harm: Callable[[Path], None], message: str
):
    root = fill()
    harm(root / file)
    with pytest.raises(FigureError, match=message) as caught:
        read_everything(root)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_missing_store_and_missing_index_say_what_to_run(fill: Fill, tmp_path: Path):
    nowhere = tmp_path / "nowhere"
    with pytest.raises(FigureError, match=f"run `make fig2 PRESET=laptop RESULTS={nowhere}` first"):
        read_everything(nowhere)
    root = fill()
    train = f"python -m experiments redo --preset laptop --results {root}"
    with pytest.raises(FigureError, match=f"run `{train}` first"):
        Results(root, "laptop").experiment("redo")
    with pytest.raises(FigureError, match="run `make fig9 PRESET=laptop` first"):
        Results(tmp_path / "local_results", "laptop").experiment("redo", "make fig9")
    with pytest.raises(FigureError, match="make fig9 PRESET=laptop RESULTS='my results'` first"):
        Results(Path("my results"), "laptop").experiment("redo", "make fig9")


def test_no_run_has_logged_yet(tmp_path: Path):
    write_index(tmp_path / "laptop", "prevalence", [("a" * 12, "Pong", 0)])
    with pytest.raises(FigureError, match="has logged anything yet"):
        read_everything(tmp_path)


def test_index_without_a_column_or_with_a_run_twice(tmp_path: Path):
    path = tmp_path / "laptop" / "prevalence.parquet"
    write_index(tmp_path / "laptop", "prevalence", [("a" * 12, "Pong", 0)])
    pq.write_table(pq.read_table(path).drop_columns(["condition"]), path)
    with pytest.raises(FigureError, match="no column 'condition'"):
        read_everything(tmp_path)
    write_index(tmp_path / "laptop", "prevalence", [("a" * 12, "Pong", 0)] * 2)
    with pytest.raises(FigureError, match="lists a run twice"):
        read_everything(tmp_path)


def test_a_run_is_found_by_its_settings(fill: Fill):
    """Of a teacher, for instance, whose settings another run has among its own."""
    store = Results(fill(games=["Pong"], seeds=2), "laptop")
    neurons = {"Dense_0": np.ones((3, 4))}
    spec = {"kind": "online", "task": {"game": "Pong"}, "keep_transitions": False, "seed": 7}
    wanted = {"task": {"game": "Pong"}, "keep_transitions": True, "seed": 7}
    assert store.run_like(wanted, "teacher") is None
    write_run(store.folder, "f" * 12, neurons, [1, 2, 3], total=9, spec=spec)
    assert store.run_like(wanted, "teacher") is None  # not finished
    write_run(store.folder, "f" * 12, neurons, [1, 2, 3], spec=spec)
    found = store.run_like(wanted, "teacher")
    assert (found.run_id, found.condition, found.game, found.seed) == (
        "f" * 12,
        "teacher",
        "Pong",
        7,
    )
    assert store.run_like(wanted | {"seed": 8}, "teacher") is None


def test_a_run_is_found_by_its_settings_though_there_are_more_today(fill: Fill):
    store = Results(fill(games=["Pong"], seeds=2), "laptop")
    neurons = {"Dense_0": np.ones((3, 4))}
    older = {"task": {"game": "Pong"}, "seed": 7}
    newer = {"task": {"game": "Pong", "colour": False}, "seed": 7, "speed": 1}
    write_run(store.folder, "e" * 12, neurons, [1, 2, 3], spec=older)
    assert store.run_like(newer, "teacher").run_id == "e" * 12
    assert store.run_like(newer | {"task": {"game": "Seaquest"}}, "teacher") is None
    write_run(store.folder, "f" * 12, neurons, [1, 2, 3], spec=newer)
    assert store.run_like(newer, "teacher").run_id == "f" * 12
    assert store.run_like(older, "teacher").run_id == "e" * 12
    # Which of the two it was is not known.
    assert store.run_like(newer | {"speed": 2, "size": 3}, "teacher").run_id == "e" * 12
    assert store.run_like({"task": {"game": "Pong"}, "seed": 7, "size": 3}, "teacher") is None
