"""Dopamine's circular buffer reads what we write, and we read what it writes.

Both then hand out the same transitions. Ours knows a few more: Dopamine leaves out the first
and the last entries of a buffer by rule, ours only where something is missing.
"""

import os
from types import SimpleNamespace

import numpy as np
import pytest

from agents.replay.dopamine_format import read_buffer, write_buffer
from agents.replay.stored import OfflineData
from tests.oracle import dopamine_shim

circular = dopamine_shim.load("tf.replay_memory.circular_replay_buffer")

STACK, GAMMA, SIDE = 4, 0.99, 3
LENGTHS = (9, 2, 12, 1, 14, 8)  # of episodes that all end by themselves


@pytest.fixture(autouse=True)
def plain_files(monkeypatch):
    """The few functions of TensorFlow's file system that saving and loading call."""
    files = SimpleNamespace(exists=os.path.exists, remove=os.remove, GFile=open)
    errors = SimpleNamespace(NotFoundError=FileNotFoundError)
    monkeypatch.setattr(
        circular, "tf", SimpleNamespace(io=SimpleNamespace(gfile=files), errors=errors)
    )


def history():
    """One transition after the other; every frame is filled with its own number, from 1 on."""
    rng = np.random.default_rng(0)
    terminal = np.concatenate([np.arange(length) == length - 1 for length in LENGTHS])
    numbers = np.arange(1, len(terminal) + 1)
    return {
        "frame": np.tile(numbers[:, None, None], (1, SIDE, SIDE)).astype(np.uint8),
        "action": rng.integers(18, size=len(numbers)).astype(np.uint8),
        "reward": rng.choice([-1.0, 0.0, 1.0], size=len(numbers)).astype(np.float32),
        "terminal": terminal,
        "truncated": np.zeros(len(numbers), bool),
    }


def official_buffer(capacity, n_step):
    return circular.OutOfGraphReplayBuffer(
        (SIDE, SIDE), STACK, capacity, batch_size=32, update_horizon=n_step, gamma=GAMMA
    )


def official_transitions(buffer):
    """Newest frame -> state, action, return, terminal, next state, of all that it may draw."""
    held = min(int(buffer.add_count), len(buffer._store["action"]))
    # Blank entries are handed out by nobody: each has an end or the buffer's begin in its stack.
    indices = [index for index in range(held) if buffer.is_valid_transition(index)]
    batch = buffer.sample_transition_batch(len(indices), indices)
    names = [element.name for element in buffer.get_transition_elements(len(indices))]
    state, action, reward, following, terminal = (
        batch[names.index(name)] for name in ("state", "action", "reward", "next_state", "terminal")
    )
    rows = zip(state, action, reward, terminal, following, strict=True)
    return {int(row[0][0, 0, -1]): row for row in rows}


def our_transitions(folder, n_step):
    data = OfflineData(folder, frame_size_px=SIDE, frame_stack=STACK, n_step=n_step, discount=GAMMA)
    data.load(np.random.default_rng(0))
    batch = data.sample(200 * sum(LENGTHS), np.random.default_rng(0))
    return {int(row[0][STACK - 1, 0, 0]): row for row in zip(*batch[:4], strict=True)}


def assert_equal(ours, theirs, n_step):
    for number, (state, action, reward, terminal, following) in theirs.items():
        frames, our_action, our_reward, discount = ours[number]
        np.testing.assert_array_equal(frames[:STACK], np.moveaxis(state, -1, 0))
        assert our_action == action
        # Ours adds up in float32, Dopamine in float64.
        np.testing.assert_allclose(our_reward, reward, rtol=0, atol=1e-6)
        np.testing.assert_allclose(discount, 0 if terminal else GAMMA**n_step, rtol=1e-6)
        if not terminal:
            np.testing.assert_array_equal(frames[-STACK:], np.moveaxis(following, -1, 0))


@pytest.mark.parametrize("room", [0, 100])
@pytest.mark.parametrize("n_step", [1, 3])
def test_dopamine_reads_what_we_write(tmp_path, n_step, room):
    written, steps = history(), sum(LENGTHS)
    write_buffer(tmp_path, 5, written)
    entries = steps + (STACK - 1) * len(LENGTHS)
    buffer = official_buffer(entries + room, n_step)
    buffer.load(str(tmp_path), 5)
    assert int(buffer.add_count) == entries
    theirs, ours = official_transitions(buffer), our_transitions(tmp_path, n_step)
    assert_equal(ours, theirs, n_step)
    assert set(ours) == set(range(1, steps + 1))
    # The last transitions end the last episode and need no next frame.
    assert set(ours) - set(theirs) <= set(range(steps - n_step, steps + 1))


@pytest.mark.parametrize("capacity", [200, 64, 40, 23])
@pytest.mark.parametrize("n_step", [1, 3])
def test_we_read_what_dopamine_writes(tmp_path, n_step, capacity):
    added, steps = history(), sum(LENGTHS)
    buffer = official_buffer(capacity, n_step)
    for step in range(steps):
        frame, action, reward, terminal = (
            added[name][step] for name in ("frame", "action", "reward", "terminal")
        )
        buffer.add(frame, int(action), float(reward), int(terminal))
    buffer.save(str(tmp_path), 2)
    found = read_buffer(tmp_path, 2)
    kept = len(found["action"])
    assert kept < steps if capacity < steps else kept == steps
    for name, column in added.items():
        np.testing.assert_array_equal(found[name], column[steps - kept :], err_msg=name)

    theirs, ours = official_transitions(buffer), our_transitions(tmp_path, n_step)
    assert len(theirs) > 3
    assert_equal(ours, theirs, n_step)
    # Dopamine skips one entry more than it must where it goes on writing.
    oldest = min(ours)
    assert set(ours) - set(theirs) <= {oldest, *range(steps - n_step, steps + 1)}
