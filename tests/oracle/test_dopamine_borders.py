"""Whatever Dopamine's circular buffer went through: we hand out nothing that it would not.

And we miss nothing of what it would, but for what cannot be told from a time limit: blank
entries themselves, which it hands out after one.
"""

import os
from types import SimpleNamespace

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from agents.errors import UserError
from agents.replay.dopamine_format import read_buffer
from agents.replay.stored import OfflineData
from tests.oracle import dopamine_shim

circular = dopamine_shim.load("tf.replay_memory.circular_replay_buffer")

STACK, GAMMA, SIDE = 4, 0.99, 2


@pytest.fixture(autouse=True, scope="module")
def plain_files():
    """The few functions of TensorFlow's file system that saving calls."""
    files = SimpleNamespace(exists=os.path.exists, remove=os.remove, GFile=open)
    errors = SimpleNamespace(NotFoundError=FileNotFoundError)
    tensorflow = SimpleNamespace(io=SimpleNamespace(gfile=files), errors=errors)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(circular, "tf", tensorflow)
        yield


episodes = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from(["terminal", "time limit", "running"])),
    min_size=1,
    max_size=12,
)


def fill(buffer, history):
    """Every frame is filled with its own number, from 1 on; rewards and actions follow from it.

    A "running" episode goes on in the next one but for the last, which is simply not over.
    """
    number = 0
    for length, end in history:
        for step in range(length):
            number += 1
            last = step == length - 1
            frame = np.full((SIDE, SIDE), number, np.uint8)
            terminal = last and end == "terminal"
            over = last and end != "running"
            buffer.add(frame, number % 18, number % 3 - 1.0, int(terminal), episode_end=over)
    return number


def official(buffer):
    """Newest frame -> state, action, return, terminal, next state, of all that it may draw."""
    capacity = len(buffer._store["action"])
    held = min(int(buffer.add_count), capacity)
    indices = [index for index in range(held) if buffer.is_valid_transition(index)]
    indices = [index for index in indices if buffer._store["observation"][index].any()]
    if not indices:
        return {}
    batch = buffer.sample_transition_batch(len(indices), indices)
    names = [element.name for element in buffer.get_transition_elements(len(indices))]
    rows = zip(
        *(batch[names.index(n)] for n in ("state", "action", "reward", "terminal", "next_state")),
        strict=True,
    )
    return {int(row[0][0, 0, -1]): row for row in rows}


def ours(folder, n_step):
    data = OfflineData(folder, frame_size_px=SIDE, frame_stack=STACK, n_step=n_step, discount=GAMMA)
    try:
        data.load(np.random.default_rng(0))
    except UserError as error:
        assert "hold no whole" in str(error)
        return {}
    batch = data.sample(3_000, np.random.default_rng(0))
    return {int(row[0][STACK - 1, 0, 0]): row for row in zip(*batch[:4], strict=True)}


@given(episodes, st.integers(1, 5), st.integers(9, 120))
@settings(max_examples=150)
def test_the_same_transitions_as_dopamine(tmp_path_factory, history, n_step, capacity):
    folder = tmp_path_factory.mktemp("buffer")
    buffer = circular.OutOfGraphReplayBuffer(
        (SIDE, SIDE), STACK, capacity, batch_size=2, update_horizon=n_step, gamma=GAMMA
    )
    fill(buffer, history)
    buffer.save(str(folder), 0)
    theirs, found = official(buffer), ours(folder, n_step)
    assert set(found) == set(theirs)
    for number, (state, action, reward, terminal, following) in theirs.items():
        frames, our_action, our_reward, discount = found[number]
        np.testing.assert_array_equal(frames[:STACK], np.moveaxis(state, -1, 0))
        assert our_action == action
        np.testing.assert_allclose(our_reward, reward, rtol=0, atol=1e-5)
        np.testing.assert_allclose(discount, 0 if terminal else GAMMA**n_step, rtol=1e-6)
        if not terminal:
            np.testing.assert_array_equal(frames[-STACK:], np.moveaxis(following, -1, 0))


@given(episodes, st.data())
@settings(max_examples=100)
def test_black_frames_never_lead_across_a_border(tmp_path_factory, history, data):
    """Real frames that look like blank entries: we may hand out less, and never anything else."""
    folder = tmp_path_factory.mktemp("buffer")
    n_step, capacity = data.draw(st.integers(1, 3)), data.draw(st.integers(9, 120))
    buffer = circular.OutOfGraphReplayBuffer(
        (SIDE, SIDE), STACK, capacity, batch_size=2, update_horizon=n_step, gamma=GAMMA
    )
    number = 0
    for length, end in history:
        for step in range(length):
            number += 1
            black = data.draw(st.booleans())
            frame = np.full((SIDE, SIDE), 0 if black else number, np.uint8)
            last = step == length - 1
            buffer.add(
                frame,
                0,
                0.0,
                int(last and end == "terminal"),
                episode_end=last and end != "running",
            )
    buffer.save(str(folder), 0)
    theirs = official(buffer)
    for newest, row in ours(folder, n_step).items():
        if not newest:
            continue  # A black frame does not say which of them it is.
        state, _, _, terminal, following = theirs[newest]
        np.testing.assert_array_equal(row[0][:STACK], np.moveaxis(state, -1, 0))
        if not terminal:
            np.testing.assert_array_equal(row[0][-STACK:], np.moveaxis(following, -1, 0))


def test_a_time_limit_is_no_end_and_a_border(tmp_path):
    """The second of three episodes meets the time limit: `episode_end` without `terminal`."""
    buffer = circular.OutOfGraphReplayBuffer((SIDE, SIDE), STACK, 100, batch_size=2)
    stored = fill(buffer, [(5, "terminal"), (4, "time limit"), (6, "terminal")])
    buffer.save(str(tmp_path), 0)
    found = read_buffer(tmp_path, 0)
    assert found["frame"][:, 0, 0].tolist() == list(range(1, stored + 1))
    assert np.flatnonzero(found["terminal"]).tolist() == [4, 14]
    assert np.flatnonzero(found["truncated"]).tolist() == [8]
    assert found["age"].tolist() == [*range(5), *range(4), *range(6)]
