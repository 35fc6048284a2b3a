"""The four readings of Figure 5's overlap, by hand, and the laws of a coefficient."""

from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
import numpy as np
import pytest

from dormancy import OVERLAPS, chance_overlap, overlap_coefficient

HISTORY = np.array(
    [
        [1, 1, 1, 0],
        [1, 1, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 0],
        [1, 0, 0, 1],
    ],
    bool,
)
masks = hnp.arrays(bool, 12)


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("consecutive", [np.nan, 1, 0, np.nan, np.nan]),
        ("official", [np.nan, 2 / 3, 0, 0, np.nan]),
        ("union", [np.nan, 1, 0, np.nan, 1]),
        ("ever_dormant_share", [np.nan, 2 / 3, 1 / 4, 0, 2 / 4]),
    ],
)
def test_definitions_by_hand(definition, expected):
    for history in (HISTORY, list(HISTORY)):
        np.testing.assert_allclose(OVERLAPS[definition](history), expected)


@given(masks, masks)
def test_symmetric_and_between_zero_and_one(x, y):
    value = overlap_coefficient(x, y)
    np.testing.assert_array_equal(value, overlap_coefficient(y, x))
    assert np.isnan(value) == (not x.any() or not y.any())
    assert np.isnan(value) or 0 <= value <= 1


@given(masks, masks)
def test_a_subset_overlaps_fully(x, y):
    if (x & y).any():
        assert overlap_coefficient(x & y, x) == 1


def test_chance_is_what_random_sets_reach():
    generator = np.random.default_rng(0)
    x = np.arange(40) < 8
    y = np.arange(40) < 15
    draws = [overlap_coefficient(generator.permutation(x), y) for _ in range(4000)]
    assert np.mean(draws) == pytest.approx(float(chance_overlap(x, y)), abs=0.01)


@given(st.integers(2, 6), st.integers(1, 9), st.randoms(use_true_random=False))
def test_nothing_changes_means_full_overlap(records, neurons, random):
    mask = np.array([random.random() < 0.5 for _ in range(neurons)])
    mask[0] = True
    history = np.tile(mask, (records, 1))
    for name, definition in OVERLAPS.items():
        np.testing.assert_array_equal(definition(history)[1:], 1, err_msg=name)
