"""Rows against a plain list: what is drawn was added, in one piece."""

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from agents.replay.rows import RowReplay

MEMBERS, OBSERVATION, ACTION, GAMMA = 2, 3, 1, 0.9


def replay(capacity):
    return RowReplay(MEMBERS, capacity, OBSERVATION, ACTION, GAMMA)


def fill(rows, first, count):
    """Row t of member m holds 100 m + t everywhere; every third episode step is terminal."""
    for number in range(first, first + count):
        value = 100.0 * np.arange(MEMBERS) + number
        rows.add(
            np.tile(value[:, None], OBSERVATION),
            np.tile(value[:, None], ACTION),
            value / 10,
            np.tile(value[:, None] + 0.5, OBSERVATION),
            np.full(MEMBERS, number % 3 == 2),
        )


def draw(rows, size, draws=1):
    streams = [np.random.default_rng(member) for member in range(MEMBERS)]
    return rows.sample((draws, size), streams)


@given(st.integers(1, 12), st.integers(1, 30))
@settings(max_examples=40)
def test_exactly_the_newest_rows_are_drawn(capacity, count):
    rows = replay(capacity)
    fill(rows, 0, count)
    batch = draw(rows, 200)
    assert batch.s_tm1.shape == (MEMBERS, 1, 200, OBSERVATION)
    for member in range(MEMBERS):
        value = batch.s_tm1[member, 0, :, 0]
        held = set(range(max(0, count - capacity), count))
        assert set((value - 100 * member).astype(int).tolist()) == held
        np.testing.assert_array_equal(batch.a_tm1[member, 0, :, 0], value)
        np.testing.assert_array_equal(batch.s_t[member, 0, :, 0], value + 0.5)
        np.testing.assert_allclose(batch.r_t[member, 0], value / 10, rtol=1e-6)
        ended = (value - 100 * member) % 3 == 2
        np.testing.assert_array_equal(
            batch.discount_t[member, 0], np.where(ended, 0, np.float32(GAMMA))
        )


@given(st.integers(1, 12), st.integers(1, 30), st.integers(0, 15))
@settings(max_examples=40)
def test_restored_rows_are_the_same(capacity, before, after):
    rows, copy = replay(capacity), replay(capacity)
    fill(rows, 0, before)
    for member in range(MEMBERS):
        copy.restore(member, rows.since(member, 0))
    for each in (rows, copy):
        fill(each, before, after)
    assert rows.added == copy.added == before + after
    for ours, theirs in zip(draw(rows, 20), draw(copy, 20), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_since_a_step():
    rows = replay(5)
    fill(rows, 0, 8)
    found = rows.since(1, 6)
    assert (found["first_step"], found["oldest_step"]) == (6, 3)
    assert found["action"][:, 0].tolist() == [106, 107]
    assert rows.since(0, 0)["first_step"] == 3
    assert rows.actions_since(6)[..., 0].tolist() == [[6, 106], [7, 107]]
    assert rows.actions_since(8).shape == (0, MEMBERS, ACTION)


def test_a_group_of_batches_is_one_draw():
    rows = replay(9)
    fill(rows, 0, 9)
    group, together = draw(rows, 4, draws=3), draw(rows, 12)
    assert group.seed is None
    for many, one in zip(group[:-1], together[:-1], strict=True):
        np.testing.assert_array_equal(many.reshape(one.shape), one)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="No transition"):
        draw(replay(3), 1)
    rows = replay(3)
    fill(rows, 0, 2)
    with pytest.raises(ValueError, match="stored observations have another size"):
        RowReplay(1, 3, OBSERVATION + 1, ACTION, GAMMA).restore(0, rows.since(0, 0))
