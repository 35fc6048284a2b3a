"""How sharp targets are, the smooth ones, and how many situations a replay holds."""

from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
import jax
import numpy as np
import pytest

from agents.dqn.agent import DQNState
from agents.offline import targets as offline_targets
from agents.offline.sharpness import target_changes
from agents.replay.coverage import distinct_share

NUMBERS = hnp.arrays(np.float32, 6, elements=st.floats(-100, 100, width=32))


def test_changes_by_hand():
    targets = np.array([0.0, 2.0, 4.0], np.float32)
    following = np.array([1.0, 2.5, 99.0], np.float32)
    changes = target_changes(targets, following, np.array([True, True, False]))
    # (1 + 0.5) / 2; of the 15 pairs among 0, 1, 2, 2.5, 4 and, for want of a next one, 4 again.
    assert changes["target_change_near"] == pytest.approx(0.75)
    assert changes["target_change_far"] == pytest.approx(29.5 / 15)
    nothing = target_changes(targets, targets, np.zeros(3, bool))
    assert nothing["target_change_near"] == 0


@given(NUMBERS, NUMBERS, st.sampled_from([-3.0, 0.5, 8.0]), st.floats(-50, 50, width=32))
def test_changes_have_the_scale_of_the_targets_and_no_offset(targets, following, scale, offset):
    continues = np.array([True, False, True, True, False, True])
    one = target_changes(targets, following, continues)
    other = target_changes(
        np.float32(scale) * targets + np.float32(offset),
        np.float32(scale) * following + np.float32(offset),
        continues,
    )
    for name, value in one.items():
        np.testing.assert_allclose(other[name], abs(scale) * value, rtol=1e-3, atol=1e-2)


def test_noise_is_as_sharp_as_can_be_and_a_ramp_is_not():
    noise = np.random.default_rng(0).normal(size=(2, 400)).astype(np.float32)
    changes = target_changes(*noise, np.ones(400, bool))
    ratio = changes["target_change_near"] / changes["target_change_far"]
    assert ratio == pytest.approx(1, abs=0.1)
    ramp = np.arange(400, dtype=np.float32)
    changes = target_changes(ramp, ramp + 1, np.ones(400, bool))
    # Two places of a ramp are a third of it apart.
    ratio = changes["target_change_near"] / changes["target_change_far"]
    assert ratio == pytest.approx(3 / 400, rel=1e-2)


def test_smooth_targets_are_linear_in_the_blocks_and_standardised():
    rng = np.random.default_rng(0)
    observations = rng.integers(0, 256, (300, 2, 16, 16)).astype(np.uint8)
    targets = jax.jit(offline_targets.smooth(jax.random.key(3), observations))

    def of(newest):
        frames = np.zeros((len(newest), 3, 16, 16), np.uint8)
        frames[:, 1] = newest
        batch = offline_targets.Batch(frames, None, None, None)
        nothing = DQNState(None, None, None, None)
        return np.asarray(targets(nothing, offline_targets.Draw(batch, None, None)))

    values = of(observations[:, -1])
    np.testing.assert_allclose([values.mean(), values.std()], [0, 1], atol=1e-3)
    # By hand: 7x7 blocks of 2x2 pixels; the last two rows and columns are not seen.
    blocks = observations[:, -1, :14, :14].reshape(300, 7, 2, 7, 2).mean(axis=(2, 4))
    weighted = np.tensordot(blocks, np.asarray(jax.random.normal(jax.random.key(3), (7, 7))), 2)
    by_hand = (weighted - weighted.mean()) / weighted.std()
    np.testing.assert_allclose(values, by_hand, rtol=1e-3, atol=1e-3)
    # Linear: the mean of two frames has the mean of their targets.
    dark, bright = (np.full((1, 16, 16), shade, np.uint8) for shade in (10, 90))
    np.testing.assert_allclose(of(dark) + of(bright), 2 * of((dark + bright) // 2), atol=1e-3)


def test_distinct_frames_by_hand():
    frames = np.zeros((4, 14, 14), np.uint8)
    frames[1, 0, 0] = 3  # too dark to be a shade of its own
    frames[2, :2, :2] = 40  # one block, one shade brighter
    frames[3, 5:] = 255
    assert distinct_share(frames) == 3 / 4
    assert distinct_share(frames[:2]) == 1 / 2


@given(hnp.arrays(np.uint8, (5, 3, 9)), st.permutations(range(5)))
def test_order_and_repetition_make_nothing_new(frames, order):
    cells = round(5 * distinct_share(frames))
    assert 1 <= cells <= 5
    assert distinct_share(frames[order]) == cells / 5
    assert distinct_share(np.concatenate([frames, frames])) == cells / 10
