import itertools
import shutil
import types

from filelock import FileLock
import pandas as pd
import pytest

from agents import checkpoints
from agents.errors import UserError
from agents.events import Log, Snapshot
from agents.run_folder import CHECKPOINT
from experiments.running import runner
from experiments.running.progress import AGAIN, read_status
from experiments.running.runner import LOCK, run_one
from experiments.storing import transitions
from experiments.storing.compacting import copy_compact
from experiments.storing.recording import same_rows
from experiments.storing.schema import METRICS, NEURONS, RUN_KEY
from experiments.storing.store import claim_folder, is_complete, read_metadata
from tests.experiments.fake_training import SPEC, fake_train, with_seed

EVENTS = len(list(fake_train(SPEC)))


class Killed(BaseException):
    """Stands for a process that ends without any clean-up of ours."""


def killed_after(count):
    def train(spec, resume, runs):
        yield from itertools.islice(fake_train(spec, resume), count)
        raise Killed

    return train


def tables(folder):
    return [pd.read_parquet(folder / name) for name in (METRICS, NEURONS)]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uninterrupted") / SPEC.run_id
    run_one(SPEC, folder, fake_train)
    return folder


def test_everything_the_trainer_said_is_stored(uninterrupted):
    metrics, neurons = tables(uninterrupted)
    assert set(metrics.metric) == {"td_loss", "dormant_fraction_tau_0", "eval_return_mean"}
    assert set(metrics.layer) == {"", "Dense_0"}
    assert metrics[metrics.metric == "eval_return_mean"].agent_step.tolist() == [16, 32, 48]
    assert neurons.groupby("layer").neuron.nunique().to_dict() == {"Conv_0": 2, "Dense_0": 3}
    assert neurons.gradient_step.unique().tolist() == [2, 4, 6]


def test_metadata_of_a_finished_run(uninterrupted):
    about = read_metadata(uninterrupted / METRICS, RUN_KEY)
    assert about["run_id"] == SPEC.run_id
    assert about["complete"] is True
    assert about["layers"] == ["Conv_0", "Dense_0"]
    assert (about["agent_step"], about["gradient_step"]) == (48, 7)
    assert {"jax", "numpy"} <= about["versions"].keys()
    assert {"python", "device", "git_commit", "wall_time_s", "written_at"} <= about.keys()
    assert is_complete(uninterrupted, SPEC)
    assert read_status(uninterrupted).finished


@pytest.mark.parametrize("count", range(1, EVENTS + 1))
def test_interrupted_equals_uninterrupted(tmp_path, uninterrupted, count):
    folder = tmp_path / SPEC.run_id
    with pytest.raises(Killed):
        run_one(SPEC, folder, killed_after(count))
    run_one(SPEC, folder, fake_train)
    for name in (METRICS, NEURONS):
        assert (folder / name).stat().st_size > 0
        pd.testing.assert_frame_equal(
            pd.read_parquet(folder / name), pd.read_parquet(uninterrupted / name), check_exact=True
        )


def test_killed_between_tables_and_checkpoint(tmp_path, uninterrupted, monkeypatch):
    """The tables are then newer than the checkpoint; their surplus is measured again."""
    folder = tmp_path / SPEC.run_id
    save, saved = checkpoints.save, []

    def save_once(*arguments):
        if saved:
            raise Killed
        saved.append(save(*arguments))

    with monkeypatch.context() as patch:
        patch.setattr(runner.checkpoints, "save", save_once)
        with pytest.raises(Killed):
            run_one(SPEC, folder, fake_train)
    assert read_metadata(folder / METRICS, RUN_KEY)["agent_step"] == 32
    run_one(SPEC, folder, fake_train)
    for ours, whole in zip(tables(folder), tables(uninterrupted), strict=True):
        pd.testing.assert_frame_equal(ours, whole, check_exact=True)


def test_killed_before_the_clean_up(tmp_path, monkeypatch):
    folder = tmp_path / SPEC.run_id
    with monkeypatch.context() as patch:
        patch.setattr(runner.checkpoints, "finish", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            run_one(SPEC, folder, fake_train)
    assert is_complete(folder, SPEC)
    assert not read_status(folder).finished
    run_one(SPEC, folder, no_training)
    assert read_status(folder).finished


def test_what_a_kill_left_among_the_transitions_goes_with_the_next_command(tmp_path):
    folder = tmp_path / SPEC.run_id
    transitions.keep(folder)
    run_one(SPEC, folder, fake_train)
    left = folder / transitions.TRANSITIONS / ".manifest.json.1.partial"
    left.touch()
    run_one(SPEC, folder, no_training)
    assert not left.exists()


def no_training(spec, resume, runs):
    raise AssertionError("a complete run was trained again")


def test_complete_run_is_never_trained_again(tmp_path):
    folder = tmp_path / SPEC.run_id
    run_one(SPEC, folder, fake_train)
    before = (folder / METRICS).read_bytes()
    run_one(SPEC, folder, no_training)
    assert (folder / METRICS).read_bytes() == before


def test_wall_time_adds_up_over_sessions(tmp_path, monkeypatch):
    clock = itertools.count(step=10)
    monkeypatch.setattr(runner, "time", types.SimpleNamespace(monotonic=lambda: next(clock)))
    folder = tmp_path / SPEC.run_id
    with pytest.raises(Killed):
        run_one(SPEC, folder, killed_after(EVENTS // 2))
    first = read_metadata(folder / METRICS, RUN_KEY)["wall_time_s"]
    run_one(SPEC, folder, fake_train)
    assert read_metadata(folder / METRICS, RUN_KEY)["wall_time_s"] > first > 0


def test_missing_table_starts_anew(tmp_path, uninterrupted):
    folder = tmp_path / SPEC.run_id
    with pytest.raises(Killed):
        run_one(SPEC, folder, killed_after(EVENTS - 1))
    (folder / METRICS).unlink()
    run_one(SPEC, folder, fake_train)
    for ours, whole in zip(tables(folder), tables(uninterrupted), strict=True):
        pd.testing.assert_frame_equal(ours, whole, check_exact=True)


def test_tables_older_than_the_checkpoint_are_refused(tmp_path):
    folder = tmp_path / SPEC.run_id
    first = next(i for i, e in enumerate(fake_train(SPEC), 1) if isinstance(e, Snapshot))
    with pytest.raises(Killed):
        run_one(SPEC, folder, killed_after(first))
    old = (folder / METRICS).read_bytes()
    with pytest.raises(Killed):
        run_one(SPEC, folder, killed_after(EVENTS // 2))
    (folder / METRICS).write_bytes(old)
    with pytest.raises(UserError, match="older than the checkpoint"):
        run_one(SPEC, folder, fake_train)


def test_damaged_table_is_refused(tmp_path):
    folder = tmp_path / SPEC.run_id
    with pytest.raises(Killed):
        run_one(SPEC, folder, killed_after(EVENTS // 2))
    (folder / NEURONS).write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(UserError, match=r"neurons\.parquet is damaged"):
        run_one(SPEC, folder, fake_train)


def test_folder_of_another_spec_is_refused(tmp_path):
    run_one(SPEC, tmp_path, fake_train)
    with pytest.raises(UserError, match="of another run"):
        run_one(with_seed(9), tmp_path, fake_train)


def test_two_commands_never_train_one_run(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "_LOCK_PATIENCE_S", 0.05)
    claim_folder(tmp_path, SPEC)
    with FileLock(tmp_path / LOCK), pytest.raises(UserError, match="Another command is training"):
        run_one(SPEC, tmp_path, fake_train)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_transitions_stay_where_somebody_asked_for_them(tmp_path, uninterrupted):
    transitions.keep(tmp_path)
    run_one(SPEC, tmp_path, fake_train)
    assert transitions.are_whole(tmp_path, SPEC)
    assert not transitions.are_kept(uninterrupted)
    # They are no part of the run: its tables are the same.
    assert same_rows(tmp_path, uninterrupted)


@pytest.mark.parametrize("count", [1, EVENTS // 2, EVENTS])
def test_a_finished_run_makes_its_transitions_beside_its_tables(tmp_path, caplog, count):
    early, late = tmp_path / "early", tmp_path / "late"
    transitions.keep(early)
    run_one(SPEC, early, fake_train)
    run_one(SPEC, late, fake_train)
    before = (late / METRICS).read_bytes()
    transitions.keep(late)
    assert read_status(late).finished
    with pytest.raises(Killed):
        run_one(SPEC, late, killed_after(count))
    # What is told is how far the second training is.
    assert not read_status(late).finished
    run_one(SPEC, late, fake_train)
    assert read_status(late).finished
    assert "its tables stay as they are" in caplog.text
    assert (late / METRICS).read_bytes() == before
    assert files(late / transitions.TRANSITIONS) == files(early / transitions.TRANSITIONS)
    assert not (late / AGAIN).exists()


@pytest.mark.parametrize("count", [1, EVENTS // 2, EVENTS])
def test_a_compact_copy_of_a_run_makes_its_network_and_transitions_anew(tmp_path, count):
    whole, copied = tmp_path / "whole", tmp_path / "copied"
    transitions.keep(whole)
    run_one(SPEC, whole, fake_train)
    copied.mkdir()
    copy_compact(whole, copied)
    before = (copied / METRICS).read_bytes()
    transitions.keep(copied)
    with pytest.raises(Killed):
        run_one(SPEC, copied, killed_after(count))
    run_one(SPEC, copied, fake_train)
    run_one(SPEC, copied, no_training)
    assert (copied / METRICS).read_bytes() == before
    assert files(copied / transitions.TRANSITIONS) == files(whole / transitions.TRANSITIONS)
    networks = [
        checkpoints.load_learner(each / CHECKPOINT, SPEC.run_id) for each in (whole, copied)
    ]
    assert networks[0] == networks[1]
    assert not (copied / AGAIN).exists()


@pytest.mark.parametrize("lost", [CHECKPOINT, transitions.TRANSITIONS])
def test_what_a_training_was_killed_after_leaving_is_no_hindrance_later(
    tmp_path, monkeypatch, lost
):
    """It had handed everything over, of which something is lost again."""
    folder = tmp_path / SPEC.run_id
    run_one(SPEC, folder, fake_train)
    shutil.rmtree(folder / CHECKPOINT)
    transitions.keep(folder)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(runner.transitions, "move", moved_and_killed)
        run_one(SPEC, folder, fake_train)
    run_one(SPEC, folder, no_training)
    assert (folder / AGAIN / METRICS).exists()
    shutil.rmtree(folder / lost)
    transitions.keep(folder)
    run_one(SPEC, folder, fake_train)
    assert checkpoints.load_learner(folder / CHECKPOINT, SPEC.run_id)
    assert transitions.are_whole(folder, SPEC)
    assert not (folder / AGAIN).exists()


def moved_and_killed(source, target, move=transitions.move):
    move(source, target)
    raise Killed


def test_transitions_of_another_training_are_told(tmp_path, caplog):
    run_one(SPEC, tmp_path, fake_train)
    transitions.keep(tmp_path)
    run_one(SPEC, tmp_path, lambda spec, resume, runs: fake_train(with_seed(8), resume))
    assert "did not end in its tables" in caplog.text


def test_whoever_goes_on_is_told_and_noted(tmp_path, monkeypatch, caplog):
    def made_by(**changes):
        facts = {"versions": {"jax": "1"}, "python": "3", "device": "cpu", "git_commit": "abc"}
        monkeypatch.setattr(runner.provenance, "describe", lambda: facts | changes)

    made_by()
    with pytest.raises(Killed):
        run_one(SPEC, tmp_path, killed_after(EVENTS // 2))
    assert "stretches" not in read_metadata(tmp_path / METRICS, RUN_KEY)
    made_by(device="gpu", versions={"jax": "2"})
    with pytest.raises(Killed):
        run_one(SPEC, tmp_path, killed_after(1))
    assert "goes on under versions jax 2 instead of jax 1" in caplog.text
    assert "goes on under device gpu instead of cpu" in caplog.text
    run_one(SPEC, tmp_path, fake_train)
    about = read_metadata(tmp_path / NEURONS, RUN_KEY)
    assert [(s["after_agent_step"], s["device"]) for s in about["stretches"]] == [
        (0, "cpu"),
        (32, "gpu"),
    ]
    assert about["device"] == "gpu"


def test_columns_of_neurons_that_came_later(tmp_path):
    """A run that was begun before gradients were recorded goes on with them."""

    def newer(spec, resume, runs):
        for event in fake_train(spec, resume):
            if isinstance(event, Log):
                neurons = {
                    layer: columns | {"mean_abs_gradient": 2 * columns["mean_abs_activation"]}
                    for layer, columns in event.neurons.items()
                }
                object.__setattr__(event, "neurons", neurons)
            yield event

    with pytest.raises(Killed):
        run_one(SPEC, tmp_path, killed_after(EVENTS // 2))
    run_one(SPEC, tmp_path, newer)
    found = pd.read_parquet(tmp_path / NEURONS)
    gradients = found.groupby("gradient_step").mean_abs_gradient
    assert gradients.count().to_dict() == {2: 0, 4: 5, 6: 5}
    late = found[found.gradient_step > 2]
    assert (late.mean_abs_gradient == 2 * late.mean_abs_activation).all()
