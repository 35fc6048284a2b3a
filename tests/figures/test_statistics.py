"""Statistics against vectors worked out by hand."""

import numpy as np
import pytest

from figures.statistics.intervals import (
    common_grid,
    mean_band,
    mean_of_present,
    moving_mean,
    smoothed,
    student_interval,
)

NAN = np.nan


def test_common_grid_interpolates_inside_a_curve_and_not_outside():
    grid, values = common_grid(
        [(np.array([0, 2, 4]), np.array([0.0, 2.0, 6.0])), (np.array([1, 2]), np.array([5.0, 7.0]))]
    )
    assert grid.tolist() == [0, 1, 2, 4]
    np.testing.assert_array_equal(values, [[0, 1, 2, 6], [NAN, 5, 7, NAN]])


def test_common_grid_keeps_a_missing_value_missing():
    y = np.array([1.0, NAN, 3.0, 4.0])
    _, values = common_grid([(np.arange(4), y)])
    np.testing.assert_array_equal(values[0], y)


def test_mean_of_present():
    values = np.array([[1.0, NAN, NAN], [3.0, 5.0, NAN]])
    np.testing.assert_array_equal(mean_of_present(values), [2, 5, NAN])


def test_band_of_two_and_three_seeds_is_their_range():
    # Resamples of two: both low with probability 1/4, so the 2.5 % quantile is the low one.
    # Of three: all equal to the lowest with probability 1/27 = 3.7 %, likewise.
    two = mean_band(np.array([[0.0, 1.0], [2.0, 5.0]]))
    assert two.mean.tolist() == [1, 3]
    assert (two.low.tolist(), two.high.tolist()) == ([0, 1], [2, 5])
    three = mean_band(np.array([[0.0], [1.0], [5.0]]))
    assert (three.mean[0], three.low[0], three.high[0]) == (2, 0, 5)


def test_band_needs_two_seeds_and_ignores_missing_ones():
    band = mean_band(np.array([[0.0, 4.0, NAN], [2.0, NAN, NAN]]))
    np.testing.assert_array_equal(band.mean, [1, 4, NAN])
    np.testing.assert_array_equal(band.low, [0, NAN, NAN])
    np.testing.assert_array_equal(band.high, [2, NAN, NAN])


def test_band_is_the_same_each_time():
    values = np.random.default_rng(0).normal(size=(5, 7))
    np.testing.assert_array_equal(mean_band(values), mean_band(values))


def test_student_interval_of_one_stratum():
    # Mean 2, s = 1, t(0.975, 2) = 4.302653: 2 -+ 4.302653 / sqrt(3).
    assert student_interval([[1, 2, 3]]) == pytest.approx((2, -0.484138, 4.484138), abs=1e-6)


def test_student_interval_of_two_equal_strata_has_all_degrees_of_freedom():
    # Variance (1/3 + 1/3) / 4 = 1/6 with 2 + 2 degrees of freedom, t(0.975, 4) = 2.776445.
    margin = 2.776445 / np.sqrt(6)
    expected = (3, 3 - margin, 3 + margin)
    assert student_interval([[1, 2, 3], [3, 4, 5]]) == pytest.approx(expected, abs=1e-6)


def test_student_interval_weighs_strata_not_values():
    assert student_interval([[0, 0, 0, 0], [1, 1]]) == (0.5, 0.5, 0.5)


def test_student_interval_without_enough_values_has_no_bounds():
    value, low, high = student_interval([[1, 3], [4]])
    assert value == 3
    assert np.isnan([low, high]).all()


def test_student_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(2000, 2, 3)) * [[1], [3]]
    covered = [low <= 0 <= high for _, low, high in map(student_interval, draws)]
    assert 0.94 <= np.mean(covered) <= 0.985


def test_moving_mean_shrinks_at_the_ends_and_skips_missing_values():
    np.testing.assert_allclose(moving_mean(np.array([1.0, 2.0, 6.0]), 3), [1.5, 3, 4])
    np.testing.assert_allclose(moving_mean(np.array([1.0, NAN, 3.0]), 3), [1, 2, 3])
    np.testing.assert_array_equal(moving_mean(np.array([NAN, NAN]), 1), [NAN, NAN])
    np.testing.assert_allclose(moving_mean(np.array([1.0, 3.0]), 9), [2, 2])


def test_smoothing_leaves_missing_values_missing():
    np.testing.assert_allclose(smoothed(np.array([NAN, 1.0, NAN, 3.0]), 3), [NAN, 1, NAN, 3])
