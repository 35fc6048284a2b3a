"""Commands about results that are there: status, index, merge, export."""

import dataclasses
import errno
import json
import os
from pathlib import Path
import platform
import shutil
import subprocess
import sys

import pandas as pd
import pytest
from tensorboardX.record_writer import RecordWriter

from agents.errors import UserError
from agents.events import Log
from experiments import __main__ as command_line, commands, overlap, recycling_strategies, redo
from experiments.commands import merge
from experiments.output import FAILED
from experiments.presets.changes import changed
from experiments.presets.presets import SMOKE
from experiments.running import selected
from experiments.running.progress import STATUS, Status
from experiments.running.runner import run_one
from experiments.storing import failures, locks, merging
from experiments.storing.compacting import steps_of
from experiments.storing.exporting import record
from experiments.storing.index import write_index
from experiments.storing.presets import find_preset, keep_preset
from experiments.storing.recording import same_rows
from experiments.storing.schema import METRICS, NEURONS, RUN_KEY, Store
from experiments.storing.store import SPEC, claim_folder, is_complete, read_metadata
from tests.experiments.fake_training import fake_train

# Five runs: finished, running, stopped, unusable, and one that nobody has begun.
RUNS = overlap.EXPERIMENT.runs(SMOKE, ("Asterix",), range(5))
SPECS = [run.spec for run in RUNS]


def status(folder: Path, **changes) -> None:
    told = Status(pid=2**22 + 1, agent_step=SPECS[0].total_agent_steps // 4)
    told = dataclasses.asdict(dataclasses.replace(told, **changes))
    (folder / STATUS).write_text(json.dumps(told))


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "ours", "smoke")
    finished, running, stopped, unusable, _ = map(store.run_folder, SPECS)
    for spec in SPECS[:4]:
        claim_folder(store.run_folder(spec), spec)
    for spec, folder in ((SPECS[0], finished), (SPECS[3], unusable)):
        run_one(spec, folder, fake_train)
    (unusable / METRICS).write_bytes(b"")
    status(running, host="elsewhere", agent_steps_per_s=SPECS[1].total_agent_steps / 80)

    status(stopped, host=platform.node())
    failures.note(stopped, "The disk is full.")
    write_index(store, overlap.EXPERIMENT, SMOKE, RUNS)
    return store


def run(monkeypatch, capsys, *words):
    monkeypatch.setattr(sys, "argv", ["", *map(str, words)])
    code = command_line.main()
    said = capsys.readouterr()
    return code, said.out + said.err


def options(store):
    return ("--preset", store.preset, "--results", store.root)


def test_commands_are_found():
    assert commands.names() == ["export", "index", "merge", "status"]
    for name in commands.names():
        assert commands.find(name).__doc__


def test_status_tells_how_every_run_is(store, monkeypatch, capsys):
    code, said = run(monkeypatch, capsys, "status", *options(store))
    assert code == 0
    head, counts, *details = said.splitlines()
    assert head.split() == ["experiment", "finished", "running", "stopped", "waiting", "unusable"]
    assert counts.split() == ["overlap", "1", "1", "1", "1", "1"]
    told = "\n".join(details)
    assert f"{SPECS[1].run_id} is running on elsewhere" in told
    # Three quarters of a run of 80 seconds.
    assert "25%, 1 min left" in told
    assert f"{SPECS[2].run_id} has stopped (Asterix seed 2, 25%). The disk is full." in told
    assert f"{SPECS[3].run_id} is unusable: " in told
    assert "metrics.parquet is damaged" in told


def test_a_cluster_takes_all_runs_at_a_time(store, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(selected, "SHIPPED", tmp_path / "none")
    words = ("plan", "overlap", *options(store), "--games", "Asterix", "--seeds", *range(40))
    code, said = run(monkeypatch, capsys, *words, "--on", "slurm")
    assert code == 0 and "39 of 40 runs are to be trained" in said
    assert "with 39 at a time" in said
    assert "with 2 at a time" in run(monkeypatch, capsys, *words, "--jobs", 2)[1]


def test_runs_that_are_required_are_trained_side_by_side_too(tmp_path, monkeypatch, capsys):
    """One student, whose teacher and whose former self can be trained at a time."""
    jobs = []

    def noted(specs, store, engine, *_):
        jobs.append((len(specs), engine.jobs))
        return []

    monkeypatch.setattr(selected, "run_many", noted)
    monkeypatch.setattr(selected, "SHIPPED", tmp_path / "none")
    words = ("distillation", "--preset", "smoke", "--results", tmp_path, "--device", "cpu")
    chosen = ("--games", "Asterix", "--seeds", 0, "--conditions", "pretrained")
    for wanted in (2, 8):
        assert run(monkeypatch, capsys, *words, *chosen, "--jobs", wanted)[0] == 0
    assert jobs == [(1, 2), (1, 3)]


def test_the_summary_says_which_runs_diverged(tmp_path, monkeypatch, capsys):
    def diverging(spec, resume, runs):
        for event in fake_train(spec, resume):
            if isinstance(event, Log) and event.neurons:
                event = dataclasses.replace(event, metrics=event.metrics | {"diverged": 1.0})
            yield event

    store = Store(tmp_path, "smoke")
    for spec, train in zip(SPECS[:3], (fake_train, diverging, fake_train), strict=True):
        run_one(spec, store.run_folder(spec), train)
    words = ("overlap", *options(store), "--games", "Asterix", "--seeds")
    code, said = run(monkeypatch, capsys, *words, 0, 1, 2)
    assert code == 0
    assert "3 of 3 runs are complete." in said
    assert "1 run diverged (a measured value is no number): DQN, Asterix, seed 1." in said
    assert "diverged" not in run(monkeypatch, capsys, *words, 0, 2)[1]


def test_status_of_nothing_says_what_to_run(tmp_path, monkeypatch, capsys):
    code, said = run(monkeypatch, capsys, "status", "--results", tmp_path)
    assert code == command_line.REFUSED
    assert "python -m experiments all" in said
    code, said = run(monkeypatch, capsys, "status", "--preset", "smok", "--results", tmp_path)
    assert code == command_line.REFUSED
    assert "There is no preset 'smok'; did you mean smoke?" in said


def test_index_comes_back_from_the_run_folders(store, monkeypatch, capsys):
    path = store.index("overlap")
    before = pd.read_parquet(path)
    path.unlink()
    code, said = run(monkeypatch, capsys, "index", *options(store))
    assert code == 0
    assert "overlap: 4 runs" in said
    assert f"4 runs are in {store.folder}; " in said
    pd.testing.assert_frame_equal(pd.read_parquet(path), before[before.seed < 4])


def test_index_takes_what_is_named_and_nothing_else(store, monkeypatch, capsys):
    store.index("overlap").unlink()
    words = "index", *options(store), "--experiments", "overlap", "--seeds", 1, 3
    code, said = run(monkeypatch, capsys, *words)
    assert code == 0
    assert "overlap: 2 runs of " in said and "; 1 index" in said
    assert set(pd.read_parquet(store.index("overlap")).seed) == {1, 3}
    code, said = run(monkeypatch, capsys, *words, "--games", "Pong")
    assert code == command_line.REFUSED
    assert "is of the game 'Pong'." in said
    code, said = run(monkeypatch, capsys, "index", *options(store), "--experiments", "overlp")
    assert code == command_line.REFUSED
    assert "did you mean overlap?" in said


def test_index_leaves_out_the_lines_of_a_figure_that_were_trained_for_another_one(
    tmp_path, monkeypatch, capsys
):
    """As Figure 16, whose games Figure 7 trains at more replay ratios."""
    store = Store(tmp_path, "smoke")
    runs = redo.runs_of(SMOKE, "Asterix", 0)
    for each in runs:
        claim_folder(store.run_folder(each.spec), each.spec)
    words = "index", *options(store), "--experiments", "redo"
    code, said = run(monkeypatch, capsys, *words, "--conditions", "DQN+ReDo")
    assert code == 0 and "redo: 1 run of Asterix" in said
    assert set(pd.read_parquet(store.index("redo")).condition) == {"DQN+ReDo"}
    code, said = run(monkeypatch, capsys, *words, "--conditions", "DQN+Redo")
    assert code == command_line.REFUSED and "did you mean 'DQN+ReDo'" in said
    code, said = run(monkeypatch, capsys, *words)
    assert code == 0 and set(pd.read_parquet(store.index("redo")).condition) == {"DQN", "DQN+ReDo"}


def test_a_lost_index_comes_back_with_the_choices_it_was_made_with(tmp_path, monkeypatch, capsys):
    store = Store(tmp_path, "smoke")
    chosen = recycling_strategies.EXPERIMENT.choose(["share=0.3"])
    runs = recycling_strategies.EXPERIMENT.runs(SMOKE, ("Asterix",), (0,), **chosen)
    for each in runs:
        claim_folder(store.run_folder(each.spec), each.spec)
    words = "index", *options(store), "--options", "share=0.3"
    code, said = run(monkeypatch, capsys, *words)
    assert code == command_line.REFUSED and "name one of them" in said
    words = *words, "--experiments", "recycling_strategies"
    assert run(monkeypatch, capsys, *words)[0] == 0
    index = pd.read_parquet(store.index("recycling_strategies"))
    assert set(index.run_id) == {each.spec.run_id for each in runs}
    # And from now on the index tells them itself.
    assert run(monkeypatch, capsys, "index", *options(store))[0] == 0
    pd.testing.assert_frame_equal(pd.read_parquet(store.index("recycling_strategies")), index)


def test_a_file_of_somebody_else_is_not_promised_to_come_back(store, monkeypatch, capsys):
    (store.folder / "foo.parquet").write_text("hello")
    _, said = run(monkeypatch, capsys, "status", *options(store))
    assert "foo.parquet is damaged" in said
    assert "or nothing of this project" in said
    code, said = run(monkeypatch, capsys, "index", "--preset", "desk", "--results", store.root)
    assert code == command_line.REFUSED
    assert "has no runs to make indexes of" in said


def test_merge_takes_finished_runs_and_rows_and_changes_nothing_there(
    store, tmp_path, monkeypatch, capsys
):
    other = Store(tmp_path / "theirs", "smoke")
    spec = dataclasses.replace(SPECS[0], seed=9)
    run_one(spec, other.run_folder(spec), fake_train)
    write_index(other, overlap.EXPERIMENT, SMOKE, [dataclasses.replace(RUNS[0], spec=spec)])
    own = (other.run_folder(spec) / METRICS).read_bytes()
    for what in ("1 run was", "0 runs were"):
        code, said = run(monkeypatch, capsys, "merge", store.root, other.root)
        assert code == FAILED
        assert f"smoke: {what} added" in said
        assert "1 run, index or preset could not be taken over and stayed behind" in said
        assert f"{store.run_folder(SPECS[2])} is not finished; it stays" in said
        assert "metrics.parquet is damaged" in said
    assert is_complete(other.run_folder(SPECS[0]), SPECS[0])
    assert not other.run_folder(SPECS[2]).exists()
    assert (other.run_folder(spec) / METRICS).read_bytes() == own
    assert pd.read_parquet(other.index("overlap")).seed.tolist() == [0, 1, 2, 3, 4, 9]


def test_merge_keeps_both_where_one_run_has_different_numbers(store, tmp_path, monkeypatch, capsys):
    other = Store(tmp_path / "theirs", "smoke")

    def elsewhere(spec, resume, runs):
        return fake_train(dataclasses.replace(spec, seed=77), resume)

    run_one(SPECS[0], other.run_folder(SPECS[0]), elsewhere)
    before = (other.run_folder(SPECS[0]) / METRICS).read_bytes()
    store.run_folder(SPECS[3]).rename(store.root / "away")
    code, said = run(monkeypatch, capsys, "merge", store.root, other.root)
    assert code == 0
    assert "are one run with different numbers; the latter stays." in said
    assert (other.run_folder(SPECS[0]) / METRICS).read_bytes() == before


def test_merge_takes_what_is_asked_for_compact_and_knows_it_again(
    healthy, tmp_path, monkeypatch, capsys
):
    other = Store(tmp_path / "theirs", "smoke")
    more = dataclasses.replace(SPECS[0], seed=9)
    run_one(more, healthy.run_folder(more), fake_train)
    words = ("merge", healthy.root, other.root, "--experiments", "overlap")
    for what in ("1 run was", "0 runs were"):
        code, said = run(monkeypatch, capsys, *words, "--compact")
        assert code == 0
        assert f"smoke: {what} added" in said
        assert "different numbers" not in said
    # What no index of a wanted experiment has stays behind, and all but tables and specification.
    assert [folder.name for folder in other.folder_of("").iterdir()] == [SPECS[0].run_id]
    there, here = other.run_folder(SPECS[0]), healthy.run_folder(SPECS[0])
    assert sorted(p.name for p in there.iterdir()) == [METRICS, NEURONS, "spec.json"]
    assert is_complete(there, SPECS[0])
    assert same_rows(there, here) and same_rows(here, there)
    other.run_folder(more).mkdir()
    shutil.copy(there / NEURONS, other.run_folder(more))
    with pytest.raises(UserError, match="neurons.parquet is of another run"):
        is_complete(other.run_folder(more), more)
    code, said = run(
        monkeypatch, capsys, "merge", healthy.root, other.root, "--experiments", "redo"
    )
    assert code == command_line.REFUSED
    assert "no results of the experiment 'redo'" in said


def test_merge_leaves_out_only_optional_columns_of_compact_tables(
    healthy, tmp_path, monkeypatch, capsys
):
    words = ("merge", healthy.root, tmp_path / "theirs", "--leave-out")
    more = ("activation_on_old_inputs", "--compact", "--experiments", "overlap", "redo")
    code, said = run(monkeypatch, capsys, *words, "mean_abs_gradient", *more)
    assert code == command_line.REFUSED
    assert "no results of the experiment 'redo'" in said
    code, said = run(monkeypatch, capsys, *words, "mean_abs_gradient")
    assert code == command_line.REFUSED
    assert "add --compact" in said
    code, said = run(monkeypatch, capsys, *words, "mean_abs_activation", "--compact")
    assert code == command_line.REFUSED
    assert "'mean_abs_activation' cannot be left out" in said
    words = ("merge", healthy.root, tmp_path / "theirs", "--steps-per-octave")
    code, said = run(monkeypatch, capsys, *words, 2)
    assert code == command_line.REFUSED
    assert "add --compact" in said
    code, said = run(monkeypatch, capsys, *words, 0, "--compact")
    assert code == command_line.REFUSED
    assert "An octave has at least 1 step, not 0" in said
    assert not (tmp_path / "theirs").exists()


def own_preset(root, rate):
    """Results of a preset of one's own: a finished run and its index."""
    store = Store(root, "mine")
    store.folder.mkdir(parents=True)
    keep_preset(store, changed(SMOKE, [f"agent.learning_rate={rate}"], "mine"))
    preset = find_preset("mine", root)
    runs = overlap.EXPERIMENT.runs_of(preset, "Asterix", 0)
    run_one(runs[0].spec, store.run_folder(runs[0].spec), fake_train)
    write_index(store, overlap.EXPERIMENT, preset, runs)
    return store


def test_merge_takes_presets_of_ones_own_along_and_mixes_none(tmp_path, monkeypatch, capsys):
    ours, other = own_preset(tmp_path / "ours", 1e-3), own_preset(tmp_path / "other", 1e-2)
    target = Store(tmp_path / "target", "mine")
    code, said = run(monkeypatch, capsys, "merge", ours.root, target.root)
    assert code == 0 and "mine: 1 run was added" in said
    assert find_preset("mine", target.root) == find_preset("mine", ours.root)
    # What comes after it is taken over all the same.
    more = Store(other.root, "smoke")
    run_one(SPECS[0], more.run_folder(SPECS[0]), fake_train)
    code, said = run(monkeypatch, capsys, "merge", other.root, target.root)
    assert code == FAILED
    assert "The preset 'mine' in" in said and "agent.learning_rate=0.001" in said
    assert f"rename the folder {other.folder} and merge again" in said
    assert "1 run, index or preset could not be taken over" in said
    assert len(target.run_ids()) == 1
    assert is_complete(Store(target.root, "smoke").run_folder(SPECS[0]), SPECS[0])
    other.folder.rename(other.root / "theirs")
    code, said = run(monkeypatch, capsys, "merge", other.root, target.root)
    assert code == 0 and "theirs: 1 run was added" in said


def test_merge_says_which_runs_get_no_place_in_an_index(healthy, tmp_path, monkeypatch, capsys):
    """Of another version, say: of the same condition, game and seed, and yet another run."""
    other = Store(tmp_path / "theirs", "smoke")
    agent = dataclasses.replace(SPECS[0].agent, learning_rate=0.5)
    spec = dataclasses.replace(SPECS[0], agent=agent)
    run_one(spec, other.run_folder(spec), fake_train)
    write_index(other, overlap.EXPERIMENT, SMOKE, [dataclasses.replace(RUNS[0], spec=spec)])
    code, said = run(monkeypatch, capsys, "merge", healthy.root, other.root)
    assert code == 0
    assert f"has no place for 1 run of {healthy.index('overlap')}" in said
    index = pd.read_parquet(other.index("overlap"))
    assert index.run_id[index.seed == 0].tolist() == [spec.run_id]


@pytest.mark.parametrize("compact", [(), ("--compact",)])
def test_a_merge_onto_a_full_disk_says_so_once_and_leaves_nothing_half(
    healthy, tmp_path, monkeypatch, capsys, compact
):
    more = dataclasses.replace(SPECS[0], seed=9)
    run_one(more, healthy.run_folder(more), fake_train)
    for spec in (SPECS[0], more):
        claim_folder(healthy.run_folder(spec), spec)
    target = Store(tmp_path / "theirs", "smoke")
    words = ("merge", healthy.root, target.root, *compact)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(merging, "_copy_all", full)
        code, said = run(patch, capsys, *words)
    assert code == command_line.REFUSED
    assert said.count("No space is left to write") == 1 and "Errno" not in said
    assert list(target.folder_of("").iterdir()) == []
    assert run(monkeypatch, capsys, *words)[0] == 0
    assert set(target.run_ids()) == {SPECS[0].run_id, more.run_id}


def test_merge_passes_over_nothing_that_it_may_not_enter(healthy, tmp_path, monkeypatch, capsys):
    """A preset of a colleague, in a folder that only they may enter."""
    look = Path.is_dir

    def denied(path, **how):
        if path.parent == healthy.folder:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return look(path, **how)

    monkeypatch.setattr(Path, "is_dir", denied)
    with pytest.raises(PermissionError):
        run(monkeypatch, capsys, "merge", healthy.root, tmp_path / "theirs")


def test_what_is_hidden_is_no_run(healthy, tmp_path, monkeypatch, capsys):
    shutil.copytree(healthy.run_folder(SPECS[0]), healthy.folder_of(".coming-0"))
    healthy.folder_of(".DS_Store").write_bytes(b"")
    target = Store(tmp_path / "theirs", "smoke")
    code, said = run(monkeypatch, capsys, "merge", healthy.root, target.root)
    assert code == 0 and "smoke: 1 run was added" in said
    assert target.run_ids() == [SPECS[0].run_id]
    assert "3 runs are in" in run(monkeypatch, capsys, "index", *options(healthy))[1]


def test_one_merge_waits_for_another_one(healthy, tmp_path, monkeypatch, capsys):
    target = Store(tmp_path / "theirs", "smoke")
    target.folder.mkdir(parents=True)
    monkeypatch.setattr(merge, "held", lambda path: locks.held(path, patience_s=0.2))
    with locks.held(target.folder / ".merge.lock"):
        code, said = run(monkeypatch, capsys, "merge", healthy.root, target.root)
    assert code == command_line.REFUSED
    assert "Another command has held" in said and not target.run_ids()


def test_merge_rounds_as_finely_as_it_is_told(healthy, tmp_path, monkeypatch, capsys):
    other = Store(tmp_path / "theirs", "smoke")
    words = ("merge", healthy.root, other.root, "--experiments", "overlap")
    code, _ = run(monkeypatch, capsys, *words, "--compact", "--steps-per-octave", 2)
    assert code == 0
    folder = other.run_folder(SPECS[0])
    assert steps_of(read_metadata(folder / NEURONS, RUN_KEY)) == 2
    assert same_rows(folder, healthy.run_folder(SPECS[0]))


@pytest.fixture
def healthy(store):
    store.run_folder(SPECS[3]).rename(store.root / "away")
    return store


def test_export_as_csv_has_all_that_tells_runs_apart(healthy, tmp_path, monkeypatch, capsys):
    path = tmp_path / "out.csv"
    code, said = run(monkeypatch, capsys, "export", "overlap", path, *options(healthy))
    assert (code, said) == (0, f"1 run was written to {path}.\n")
    found = pd.read_csv(path, keep_default_na=False)
    stored = pd.read_parquet(healthy.run_folder(SPECS[0]) / METRICS)
    assert found.value.astype(float).tolist() == stored.value.tolist()
    first = found.iloc[0]
    assert (first.condition, first.game, first.seed) == ("DQN", "Asterix", 0)
    assert first["spec.agent.learning_rate"] == SPECS[0].agent.learning_rate
    code, said = run(monkeypatch, capsys, "export", "overlap", path, *options(healthy))
    assert code == command_line.REFUSED
    assert "exists already" in said


def test_a_figure_stands_for_the_experiment_that_makes_it(healthy, tmp_path, monkeypatch, capsys):
    of_figure, of_experiment = tmp_path / "fig5.csv", tmp_path / "overlap.csv"
    for name, path in (("fig5", of_figure), ("overlap", of_experiment)):
        assert run(monkeypatch, capsys, "export", name, path, *options(healthy))[0] == 0
    assert of_figure.read_bytes() == of_experiment.read_bytes()
    target = Store(tmp_path / "theirs", "smoke")
    words = ("merge", healthy.root, target.root, "--experiments", "fig5")
    assert run(monkeypatch, capsys, *words)[0] == 0
    assert target.index("overlap").exists()
    path = tmp_path / "fig10.csv"
    code, said = run(monkeypatch, capsys, "export", "fig10", path, *options(healthy))
    assert code == command_line.REFUSED and "redo_replay_ratio" in said and "drq" in said


def test_index_of_a_game_that_no_run_has(healthy, monkeypatch, capsys):
    words = ("index", *options(healthy), "--games", "Asterixx")
    code, said = run(monkeypatch, capsys, *words)
    assert code == command_line.REFUSED
    assert "is of the game 'Asterixx'; did you mean Asterix?" in said


def test_export_wide_has_a_column_a_metric(healthy, tmp_path, monkeypatch, capsys):
    path = tmp_path / "out.parquet"
    words = ("overlap", path, "--format", "parquet-wide", *options(healthy))
    assert run(monkeypatch, capsys, "export", *words)[0] == 0
    found = pd.read_parquet(path).set_index(["gradient_step", "agent_step"])
    stored = pd.read_parquet(healthy.run_folder(SPECS[0]) / METRICS)
    assert len(found) == len(stored.drop_duplicates(["gradient_step", "agent_step"]))
    for row in stored.itertuples():
        name = f"{row.metric}/{row.layer}" if row.layer else row.metric
        assert found.loc[(row.gradient_step, row.agent_step), name] == row.value


def test_export_for_tensorboard(healthy, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "out"
    words = ("overlap", folder, "--format", "tensorboard", *options(healthy))
    assert run(monkeypatch, capsys, "export", *words)[0] == 0
    (events,) = (folder / "DQN" / "Asterix" / "seed_0").iterdir()
    content = events.read_bytes()
    for name in (b"eval_return_mean", b"dormant_fraction_tau_0/Dense_0", b"spec.agent.batch_size"):
        assert name in content


def test_export_for_tensorboard_says_what_is_in_its_way(healthy, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("precious")
    where = tmp_path / "file" / "below"
    words = ("overlap", where, "--format", "tensorboard", *options(healthy))
    code, said = run(monkeypatch, capsys, "export", *words)
    assert code == command_line.REFUSED
    assert "a file lies where a folder should be" in said


def test_records_are_those_of_tensorflow(tmp_path):
    data = [b"", b"brain.Event:2", bytes(range(256))]
    writer = RecordWriter(str(tmp_path / "records"))
    for each in data:
        writer.write(each)
    writer.close()
    assert (tmp_path / "records").read_bytes() == b"".join(map(record, data))


def test_status_of_runs_without_an_index_says_how_to_get_one(healthy, monkeypatch, capsys):
    for path in healthy.folder.glob("*.parquet"):
        path.unlink()
    code, said = run(monkeypatch, capsys, "status", *options(healthy))
    assert code == command_line.REFUSED
    assert "has runs and no index" in said and "experiments index --preset smoke" in said


def test_a_lost_specification_is_told_with_its_remedy(store, monkeypatch, capsys):
    for spec in (SPECS[0], SPECS[1]):
        (store.run_folder(spec) / SPEC).write_text('{"kind": "of_a_plugin"}')
    said = run(monkeypatch, capsys, "status", *options(store))[1]
    # Of a finished run the tables tell as well.
    assert f"{SPECS[0].run_id} is unusable" not in said
    (told,) = (line for line in said.splitlines() if line.startswith(SPECS[1].run_id))
    assert str(store.run_folder(SPECS[1]) / SPEC) in told and "--plugin" in told


def test_a_reader_that_has_had_enough_sees_no_traceback():
    program = f"{sys.executable} -m experiments list | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["Experiments:"]
    assert done.stderr == ""


def test_a_terminal_of_ascii_still_shows_what_it_can():
    done = subprocess.run(
        [sys.executable, "-m", "experiments", "list"],
        capture_output=True,
        timeout=60,
        env={"PYTHONIOENCODING": "ascii:strict", "PATH": ""},
    )
    assert done.returncode == 0, done.stderr
