"""The ring against a plain list of episodes: no frame, reward or end may cross a border."""

import tracemalloc

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from agents.errors import UserError
from agents.replay.ring import Batch
from tests.agents.one_replay import OneReplay

SIDE, STACK, GAMMA = 2, 3, 0.5


def frame(number: int) -> np.ndarray:
    """A frame that says which step it belongs to."""
    return np.full((SIDE, SIDE), number % 251 + 1, np.uint8)


def sample(ring: OneReplay, size: int, seed: int) -> Batch:
    """One draw."""
    return ring.draw(size, seed)


def fill(ring: OneReplay, steps: list[tuple[float, str]]) -> list[dict]:
    """Adds steps (reward, how it ends) and returns what a plain log of them says."""
    log, episode = [], []
    for number, (reward, end) in enumerate(steps):
        episode.append(number)
        ring.append_one(frame(number), number % 7, reward, end == "terminal", end == "truncated")
        log.append({"reward": reward, "end": end, "history": list(episode), "action": number % 7})
        if end:
            episode = []
    return log


def expected(log: list[dict], start: int, n_step: int) -> tuple | None:
    """Stack, return, discount and next stack of the transition at `start`; None if unknown."""
    reward, ended = 0.0, False
    for k in range(n_step):
        if start + k >= len(log):
            return None
        reward += GAMMA**k * log[start + k]["reward"]
        if log[start + k]["end"] == "terminal":
            ended = True
            break
        if log[start + k]["end"] == "truncated":
            return None
    if not ended and start + n_step >= len(log):
        return None

    def stack(step: int) -> np.ndarray:
        seen = log[step]["history"][-STACK:]
        black = [np.zeros((SIDE, SIDE), np.uint8)] * (STACK - len(seen))
        return np.stack(black + [frame(number) for number in seen])

    following = None if ended else stack(start + n_step)
    return stack(start), reward, 0.0 if ended else GAMMA**n_step, following


steps_strategy = st.lists(
    st.tuples(
        st.sampled_from([-1.0, 0.0, 1.0]), st.sampled_from(["", "", "", "terminal", "truncated"])
    ),
    min_size=1,
    max_size=60,
)


@given(steps_strategy, st.integers(1, 4), st.integers(5, 40))
@settings(max_examples=60)
def test_every_sample_is_a_transition_of_the_log(steps, n_step, capacity):
    ring = OneReplay(capacity, SIDE, STACK, n_step, GAMMA)
    log = fill(ring, steps)
    first_kept = max(0, len(log) - capacity)
    known = {
        step: expected(log, step, n_step)
        for step in range(first_kept, len(log))
        if min(len(log[step]["history"]), STACK) - 1 <= step - first_kept
    }
    known = {step: value for step, value in known.items() if value is not None}
    if not known:
        with pytest.raises(UserError, match="can be learned from"):
            sample(ring, 4, seed=0)
        return
    batch = sample(ring, 64, seed=0)
    by_frame = {int(value[0][-1, 0, 0]): (step, value) for step, value in known.items()}
    seen = set()
    for i in range(64):
        step, (stack, reward, discount, following) = by_frame[int(batch.frames[i, STACK - 1, 0, 0])]
        seen.add(step)
        np.testing.assert_array_equal(batch.frames[i, :STACK], stack)
        assert batch.a_tm1[i] == log[step]["action"]
        assert batch.r_t[i] == reward
        assert batch.discount_t[i] == np.float32(discount)
        if following is not None:
            np.testing.assert_array_equal(batch.frames[i, -STACK:], following)
    assert seen <= set(known)
    if len(known) <= 4:  # 64 uniform draws reach each of four
        assert seen == set(known)


@given(steps_strategy, st.integers(1, 20), st.integers(5, 40))
@settings(max_examples=60)
def test_a_restored_ring_samples_the_same(steps, cut, capacity):
    ring = OneReplay(capacity, SIDE, STACK, 1, GAMMA)
    fill(ring, steps)
    copy = OneReplay(capacity, SIDE, STACK, 1, GAMMA)
    copy.restore(0, ring.columns())
    for number in range(cut):
        for each in (ring, copy):
            each.append_one(frame(number), 1, 0.5, number % 5 == 4, False)
    try:
        left = sample(ring, 16, seed=1)
    except UserError:
        return
    for a, b in zip(left, sample(copy, 16, seed=1), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_group_of_batches_is_one_draw():
    ring = OneReplay(40, SIDE, STACK, 2, GAMMA)
    # Many steps are unusable and have to be drawn again.
    fill(ring, [(float(n % 3), "truncated" if n % 4 == 3 else "") for n in range(70)])
    group = ring.sample((6, 16), [np.random.default_rng(0)])
    for many, one in zip(group[:4], sample(ring, 96, seed=0)[:4], strict=True):
        np.testing.assert_array_equal(many[0].reshape(one.shape), one)


def test_a_cut_episode_is_a_border_without_an_end():
    ring = OneReplay(10, SIDE, STACK, 1, GAMMA)
    fill(ring, [(1.0, "")] * 3)
    ring.cut_episodes()
    ring.append_one(frame(9), 0, 0.0, False, False)
    ring.append_one(frame(10), 0, 0.0, False, False)
    batch = sample(ring, 64, seed=0)
    # Step 2 was cut: its next frame is unknown, so only steps 0, 1 and 3 are usable.
    assert set(batch.frames[:, STACK - 1, 0, 0].tolist()) == {1, 2, 10}
    assert (batch.discount_t == GAMMA).all()
    after = batch.frames[batch.frames[:, STACK - 1, 0, 0] == 10]
    assert (after[:, : STACK - 1] == 0).all()


def steps_of(batch: Batch) -> list[int]:
    """Which steps a batch of one member begins with."""
    return (batch.frames[0, :, STACK - 1, 0, 0].astype(int) - 1).tolist()


def test_the_latest_are_the_newest_that_can_be_learned_from():
    ring = OneReplay(40, SIDE, STACK, 1, GAMMA)
    fill(ring, [(0.0, "truncated" if number == 57 else "") for number in range(60)])
    # The next frame of step 57 is not known, and that of 59 not yet.
    assert steps_of(ring.latest(4)) == [54, 55, 56, 58]
    assert steps_of(ring.latest(500))[:37] == [*range(22, 57), 58, 22]
    few = OneReplay(40, SIDE, STACK, 1, GAMMA)
    fill(few, [(0.0, "")] * 3)
    assert steps_of(few.latest(5)) == [0, 1, 0, 1, 0]
    # Where returns are known only of episodes that have ended, it is looked for further back.
    returns = OneReplay(40, SIDE, STACK, 1, GAMMA, monte_carlo=True)
    fill(returns, [(0.0, "terminal" if number == 4 else "") for number in range(35)])
    assert steps_of(returns.latest(2)) == [3, 4]
    with pytest.raises(UserError, match="can be learned from"):
        OneReplay(40, SIDE, STACK, 1, GAMMA).latest(1)


def test_a_long_episode_keeps_its_whole_stack():
    ring = OneReplay(1000, SIDE, STACK, 1, GAMMA)
    fill(ring, [(0.0, "")] * 600)
    batch = sample(ring, 200, seed=0)
    late = batch.frames[:, STACK - 1, 0, 0] > 10
    assert (batch.frames[late] > 0).all()


def test_a_million_frames_fit():
    tracemalloc.start()
    replay = OneReplay(1_000_000, 84, 4, 1, 0.99)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 7e9 < taken <= 7.2e9
    assert replay.capacity == 1_000_000
