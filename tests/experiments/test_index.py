"""An index grows with every command and never mixes what a figure could not show together."""

import dataclasses

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from agents.errors import UserError
from experiments import offline, replay_ratio
from experiments.conditions import DQN, REDO
from experiments.experiment import Run
from experiments.presets.presets import SMOKE
from experiments.storing import index
from experiments.storing.index import write_index
from experiments.storing.schema import EXPERIMENT_KEY, Store
from experiments.storing.store import read_metadata

GAMES = ("DemonAttack", "Asterix")


def command(store, *seeds, games=GAMES, preset=SMOKE, **options):
    runs = offline.EXPERIMENT.runs(preset, games, seeds, **options)
    write_index(store, offline.EXPERIMENT, preset, runs, options)
    return [run.spec.run_id for run in runs]


@pytest.fixture
def store(tmp_path):
    (tmp_path / "smoke").mkdir()
    return Store(tmp_path, "smoke")


def rows(store):
    return pd.read_parquet(store.index("offline"))


def test_rows_of_other_seeds_and_games_stay(store):
    command(store, 0, 1)
    command(store, 2)
    command(store, 3, games=("Pong",))
    found = rows(store)
    assert found.groupby("game").seed.unique().map(list).to_dict() == {
        "Asterix": [0, 1, 2],
        "DemonAttack": [0, 1, 2],
        "Pong": [3],
    }


def test_a_run_that_is_named_for_every_game_is_one_row(store):
    def runs_of(preset, game, seed):
        return [Run(DQN, preset.run(game, seed)), Run(REDO, preset.run("Pong", seed))]

    experiment = dataclasses.replace(
        offline.EXPERIMENT, conditions=(DQN, REDO), runs_of=runs_of, options={}
    )
    write_index(store, experiment, SMOKE, experiment.runs(SMOKE, GAMES, (0,)))
    found = rows(store)
    assert list(zip(found.condition, found.game, strict=True)) == [
        (DQN.name, "DemonAttack"),
        (REDO.name, "Pong"),
        (DQN.name, "Asterix"),
    ]


def test_the_order_of_commands_leaves_no_trace(store, tmp_path):
    (tmp_path / "other" / "smoke").mkdir(parents=True)
    other = Store(tmp_path / "other", "smoke")
    for seed in (0, 1, 2):
        command(store, seed)
    for seed in (2, 0, 1, 0):
        command(other, seed)
    pd.testing.assert_frame_equal(rows(store), rows(other))
    command(other, 0, 1, 2)
    assert store.index("offline").read_bytes() == other.index("offline").read_bytes()


def test_a_newer_run_of_the_same_role_replaces_the_older(store):
    command(store, 0, 1)
    newer = dataclasses.replace(SMOKE, offline=dataclasses.replace(SMOKE.offline, version=99))
    ids = command(store, 1, preset=newer)
    found = rows(store)
    assert len(found) == 8
    assert set(found[found.seed == 1].run_id) == set(ids)


def test_other_options_are_another_figure(store):
    command(store, 0, 1)
    ids = command(store, 0, random_targets="noise")
    assert rows(store).run_id.tolist() == ids


def test_rows_whose_columns_changed_cannot_stay_in_the_same_line():
    old = [{"run_id": "a", "condition": "RR=1", "game": "Pong", "seed": 0, "replay_ratio": 1.0}]
    new = [{"run_id": "b", "condition": "RR=1", "game": "Pong", "seed": 1, "replay_ratio": 2.0}]
    assert index.merge_rows(old, new) == new
    new[0]["replay_ratio"] = 1.0
    assert index.merge_rows(old, new) == [*old, *new]


def test_conditions_that_only_older_rows_have_are_still_told(store):
    runs = replay_ratio.EXPERIMENT.runs(SMOKE, GAMES, (0, 1))
    names = list(dict.fromkeys(run.condition.name for run in runs))
    for name in reversed(names):
        wanted = [run for run in runs if run.condition.name == name]
        write_index(store, replay_ratio.EXPERIMENT, SMOKE, wanted)
    about = read_metadata(store.index("replay_ratio"), EXPERIMENT_KEY)
    assert [told["name"] for told in about["conditions"]] == names


def test_what_is_not_ours_is_never_overwritten(store):
    path = store.index("offline")
    pq.write_table(pa.table({"mine": [1]}), path)
    before = path.read_bytes()
    with pytest.raises(UserError, match="not written by this project"):
        command(store, 0)
    assert path.read_bytes() == before
