"""Snapshots on disk, whatever else lies beside them and whatever happened to them."""

import logging
import shutil
import threading

import numpy as np
import pytest

from agents import checkpoints
from agents.checkpoints import load_latest, save
from agents.errors import UserError
from agents.events import Snapshot
from agents.replay import archive
from agents.replay.archive import Buffers, Kept
from agents.saved_steps import kept_steps
from agents.snapshot_writer import Writer

RUN, LENGTH, CAPACITY = "abc", 16, 40


def snapshot(step):
    rng = np.random.default_rng(step)
    transitions = {
        "frame": rng.integers(0, 256, (LENGTH, 4, 4), dtype=np.uint8),
        "action": rng.integers(0, 6, LENGTH).astype(np.uint8),
        "reward": rng.normal(size=LENGTH).astype(np.float32),
        "terminal": rng.random(LENGTH) < 0.1,
        "truncated": np.zeros(LENGTH, bool),
        "age": np.zeros(LENGTH, np.uint8),
        "first_step": np.array(step - LENGTH, np.int64),
        "oldest_step": np.array(max(0, step - CAPACITY), np.int64),
    }
    state = {"learner": {"weights": rng.normal(size=3)}, "pending": np.full(2, step)}
    return Snapshot(step, step // 4, state, transitions)


def fill(folder, *steps, kept=None):
    for step in steps:
        save(folder, RUN, snapshot(step), CAPACITY, kept)


def damage(folder, step):
    for path in (folder / "learner" / str(step)).rglob("*"):
        if path.is_file() and path.name != "_CHECKPOINT_METADATA":
            path.write_bytes(b"nonsense")


def assert_holds(found, *steps):
    assert found.agent_step == steps[-1]
    whole = [snapshot(step) for step in steps]
    np.testing.assert_array_equal(found.state["pending"], whole[-1].state["pending"])
    for name in ("frame", "action", "reward", "terminal"):
        expected = np.concatenate([part.transitions[name] for part in whole])
        np.testing.assert_array_equal(found.transitions[name], expected)


def test_the_newest_snapshot_comes_with_all_that_the_ring_held(tmp_path):
    fill(tmp_path, 16, 32, 48, 64)
    assert_holds(load_latest(tmp_path, RUN, CAPACITY), 32, 48, 64)
    assert_holds(load_latest(tmp_path, RUN, CAPACITY, until=50), 16, 32, 48)
    # What no kept checkpoint needs is gone: 48 needs steps 8 to 48.
    assert archive.part_ends(tmp_path / "transitions") == [16, 32, 48]


def test_checkpoints_of_older_versions_are_read_and_gone_on_from(tmp_path):
    fill(tmp_path, 16, 32)
    transitions = tmp_path / "transitions"
    for path in transitions.glob("*.parquet"):
        np.savez_compressed(path.with_suffix(".npz"), **archive.read_part(path))
        path.unlink()
    assert_holds(load_latest(tmp_path, RUN, CAPACITY), 16, 32)
    fill(tmp_path, 48)
    assert {path.name for path in transitions.iterdir()} == {"16.npz", "32.npz", "48.parquet"}
    assert_holds(load_latest(tmp_path, RUN, CAPACITY), 16, 32, 48)
    fill(tmp_path, 64, 80)
    assert "16.npz" not in {path.name for path in transitions.iterdir()}


def test_a_damaged_newest_checkpoint_is_told_in_one_sentence(tmp_path, caplog, capfd):
    fill(tmp_path, 16, 32)
    damage(tmp_path, 32)
    with caplog.at_level(logging.DEBUG):
        assert load_latest(tmp_path, RUN, CAPACITY).agent_step == 16
    [told] = [record.getMessage() for record in caplog.records if "damaged" in record.getMessage()]
    assert "The newest checkpoint in" in told
    assert "going on from the one before it, at agent step 16." in told
    assert "Traceback" not in caplog.text + capfd.readouterr().err
    # It goes on over the damaged one.
    fill(tmp_path, 32)
    assert_holds(load_latest(tmp_path, RUN, CAPACITY), 16, 32)


def test_damaged_transitions_fall_back_as_well(tmp_path):
    fill(tmp_path, 16, 32)
    path = tmp_path / "transitions" / "32.parquet"
    path.write_bytes(path.read_bytes()[:-30])
    assert load_latest(tmp_path, RUN, CAPACITY).agent_step == 16


def test_what_is_not_ours_is_never_counted_as_ours(tmp_path, caplog):
    fill(tmp_path, 16, 32)
    learner = tmp_path / "learner"
    (learner / "999").mkdir()
    (learner / "999" / "notes.txt").write_text("hello")
    (learner / "1000").write_text("a file")
    (learner / "2000").symlink_to(learner / "16")
    shutil.copytree(learner / "16", learner / "0016")
    (tmp_path / "transitions" / "7.txt").write_text("a file")
    assert kept_steps(tmp_path) == [32, 16]
    assert load_latest(tmp_path, RUN, CAPACITY).agent_step == 32
    assert "is no checkpoint and is ignored" in caplog.text
    fill(tmp_path, 48)
    assert kept_steps(tmp_path) == [48, 32]
    assert (learner / "999" / "notes.txt").exists()
    assert (learner / "2000").is_symlink()
    with pytest.raises(UserError, match="is in the way of a checkpoint"):
        fill(tmp_path, 999)


def test_leftovers_of_killed_writers_are_cleared(tmp_path):
    fill(tmp_path, 16)
    left = [
        tmp_path / ".run_id.7.partial",
        tmp_path / "transitions" / ".32.parquet.7.partial",
        tmp_path / "learner" / "32.orbax-checkpoint-tmp-3" / "half",
        tmp_path / "learner" / ".16.partial" / "half",
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half")
    archive.write_part(tmp_path / "transitions", snapshot(32).transitions)
    assert_holds(load_latest(tmp_path, RUN, CAPACITY), 16)
    assert {path.name for path in tmp_path.rglob("*") if path.parent.name != "16"} >= {"16"}
    for path in left:
        assert not path.exists()
    assert archive.part_ends(tmp_path / "transitions") == [16]
    assert [path.name for path in (tmp_path / "learner").iterdir()] == ["16"]


def test_the_owner_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    fill(tmp_path, 16)

    def full(_):
        raise OSError(28, "no space left")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="no space left"):
            save(tmp_path, "other", snapshot(32), CAPACITY)
    assert (tmp_path / "run_id").read_text() == RUN
    assert load_latest(tmp_path, RUN, CAPACITY).agent_step == 16


def test_kept_transitions_are_written_once_and_resumed_from(tmp_path):
    kept = Kept(tmp_path / "transitions", LENGTH)
    directory = tmp_path / "checkpoint"
    fill(directory, 16, 32, 48, 64, kept=kept)
    assert not (directory / "transitions").exists()
    assert_holds(load_latest(directory, RUN, CAPACITY, kept=kept), 32, 48, 64)
    # Going back forgets what is made again.
    assert_holds(load_latest(directory, RUN, CAPACITY, until=48, kept=kept), 16, 32, 48)
    assert archive.part_ends(kept.folder) == [16, 32, 48]
    fill(directory, 64, kept=kept)
    checkpoints.finish(directory, kept)
    buffers = Buffers(kept.folder)
    assert buffers.numbers == [0, 1, 2, 3]
    np.testing.assert_array_equal(buffers.read(2)["frame"], snapshot(48).transitions["frame"])


def test_a_final_network_that_is_not_the_one_that_was_left_is_refused(tmp_path):
    fill(tmp_path, 16, 32)
    other = tmp_path / "other"
    fill(other, 32, 48)
    checkpoints.finish(tmp_path)
    np.testing.assert_array_equal(checkpoints.load_learner(tmp_path, RUN)["pending"], [32, 32])
    shutil.rmtree(tmp_path / "learner")
    shutil.copytree(other / "learner" / "48", tmp_path / "learner" / "32")
    with pytest.raises(UserError, match="it is not what the run left"):
        checkpoints.load_learner(tmp_path, RUN)


def test_a_writer_never_holds_more_than_one(tmp_path):
    go_on, written = threading.Event(), []

    def write(snapshot):
        go_on.wait(10)
        written.append(snapshot.agent_step)

    with Writer() as writer:
        writer.submit(write, snapshot(16))
        second = threading.Thread(target=writer.submit, args=(write, snapshot(32)))
        second.start()
        second.join(0.2)
        assert second.is_alive()
        go_on.set()
        second.join(10)
        writer.wait()
        assert written == [16, 32]


def test_what_a_writer_could_not_do_is_told():
    def fail(snapshot):
        raise OSError(28, "no space left")

    writer = Writer()
    writer.submit(fail, snapshot(16))
    with pytest.raises(OSError, match="no space left"):
        writer.submit(fail, snapshot(32))
    with pytest.raises(OSError, match="no space left"), Writer() as writer:
        writer.submit(fail, snapshot(16))
    # As a process that is asked to end: it does not say that everything is saved.
    with pytest.raises(OSError, match="no space left"), Writer() as writer:
        writer.submit(fail, snapshot(16))
        raise SystemExit
    with pytest.raises(ValueError, match="its own"), Writer() as writer:
        writer.submit(fail, snapshot(16))
        raise ValueError("its own")


def test_training_may_change_what_a_writer_holds():
    go_on, found = threading.Event(), []

    def write(snapshot):
        go_on.wait(10)
        found.append(snapshot.state["pending"].tolist())

    moment = snapshot(16)
    with Writer() as writer:
        writer.submit(write, moment)
        moment.state["pending"][:] = 0
        go_on.set()
    assert found == [[16, 16]]


def test_what_is_passed_over_is_gone_for_good(tmp_path):
    """Its transitions are made again, so that nothing could go on from it."""
    fill(tmp_path, 16)
    assert load_latest(tmp_path, RUN, CAPACITY, until=0) is None
    assert load_latest(tmp_path, RUN, CAPACITY) is None
    fill(tmp_path, 16, 32)
    assert load_latest(tmp_path, RUN, CAPACITY, until=20).agent_step == 16
    assert kept_steps(tmp_path) == [16]
    assert_holds(load_latest(tmp_path, RUN, CAPACITY), 16)


def test_a_damaged_checkpoint_does_not_stand_in_the_place_of_a_whole_one(tmp_path):
    fill(tmp_path, 16, 32)
    damage(tmp_path, 32)
    assert load_latest(tmp_path, RUN, CAPACITY).agent_step == 16
    fill(tmp_path, 24)
    assert kept_steps(tmp_path) == [24, 16]


def test_a_replay_that_is_missing_is_told(tmp_path):
    fill(tmp_path, 16)
    shutil.rmtree(tmp_path / "transitions")
    with pytest.raises(
        UserError, match=r"No checkpoint .* can be read \(16: ValueError\); restore"
    ):
        load_latest(tmp_path, RUN, CAPACITY)
    assert kept_steps(tmp_path) == [16]
