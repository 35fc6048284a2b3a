"""Statistics against vectors worked out by hand."""

import numpy as np
import pytest

from figures.statistics.grids import common_grid, mean_of_present, moving_mean, smoothed
from figures.statistics.holm import holm
from figures.statistics.ranges import band_in_words, coverage, seed_band, seeds_cut
from figures.statistics.student import Estimated, Interval, mean_of_games

NAN = np.nan


def student_interval(strata) -> Interval:
    return mean_of_games(strata).interval()


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


def test_band_of_few_seeds_is_their_range():
    two = seed_band(np.array([[0.0, 1.0], [2.0, 5.0]]))
    assert two.mean.tolist() == [1, 3]
    assert (two.low.tolist(), two.high.tolist()) == ([0, 1], [2, 5])
    three = seed_band(np.array([[1.0], [0.0], [5.0]]))
    assert (three.mean[0], three.low[0], three.high[0]) == (2, 0, 5)


def test_band_of_ten_seeds_leaves_the_outermost_out():
    band = seed_band(np.arange(10.0)[::-1, None])
    assert (band.low[0], band.high[0]) == (1, 8)
    assert [seeds_cut(count) for count in (2, 5, 8, 9, 10, 12)] == [0, 0, 0, 1, 1, 2]


def test_band_needs_two_seeds_and_ignores_missing_ones():
    band = seed_band(np.array([[0.0, 4.0, NAN], [2.0, NAN, NAN]]))
    np.testing.assert_array_equal(band.mean, [1, 4, NAN])
    np.testing.assert_array_equal(band.low, [0, NAN, NAN])
    np.testing.assert_array_equal(band.high, [2, NAN, NAN])


def test_band_covers_the_median_as_often_as_it_says():
    # Skewed: the median of an exponential distribution is log 2, its mean 1.
    rng = np.random.default_rng(0)
    for seeds in (3, 5, 10):
        draws = rng.exponential(size=(seeds, 4_000))
        _, low, high = seed_band(draws)
        said = coverage(seeds, seeds_cut(seeds))
        assert np.mean((low <= np.log(2)) & (np.log(2) <= high)) == pytest.approx(said, abs=0.025)


def test_a_band_in_words():
    assert band_in_words(1) == ""
    assert band_in_words(3) == (
        "range of 3 seeds (holds the true median with probability 75\u00a0%)"
    )
    assert band_in_words(10) == (
        "2nd to 9th of 10 seeds (holds the true median with probability 97.9\u00a0%)"
    )


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


def test_p_value_and_interval_decide_alike():
    # t = 2 / (1 / sqrt(3)) = 3.464 with 2 degrees of freedom: p = 0.0742.
    estimated = mean_of_games([[1, 2, 3]])
    assert estimated.p_value() == pytest.approx(0.0742, abs=1e-4)
    _, low, _ = estimated.interval(1 - estimated.p_value())
    assert low == pytest.approx(0, abs=1e-9)
    assert mean_of_games([[2, 2]]).p_value() == 0
    assert mean_of_games([[0, 0]]).p_value() == 1
    assert np.isnan(mean_of_games([[2]]).p_value())


@pytest.mark.parametrize("games", [1, 2])
def test_seeds_to_decide_decide_in_four_of_five_tries(games: int):
    estimated = Estimated(1.0, 1.0 / np.sqrt(3 * games), 2.0 * games, 3)
    seeds = estimated.seeds_to_decide()
    rng = np.random.default_rng(0)
    draws = rng.normal(1, 1, size=(1_500, games, seeds))
    found = np.mean([student_interval(draw).low > 0 for draw in draws])
    fewer = np.mean([student_interval(draw[:, : seeds - 1]).low > 0 for draw in draws])
    assert fewer < 0.8 <= found


def test_games_with_more_seeds_do_not_make_up_for_those_to_come():
    # Of one seed a game, the variance is (2 + 10 / 9) / 4; of n seeds a game an n-th of it.
    estimated = mean_of_games([[0, 2], [0, 2] * 5])
    of_one_seed = estimated.standard_error**2 * estimated.seeds
    assert of_one_seed == pytest.approx((2 + 10 / 9) / 4)


def test_no_number_of_seeds_decides_what_shows_no_effect():
    assert Estimated(0.0, 1.0, 4.0, 3).seeds_to_decide() is None
    assert Estimated(1e-6, 1.0, 4.0, 3).seeds_to_decide() is None
    assert Estimated(1.0).seeds_to_decide() is None


def test_holm_by_hand():
    # In order 0.01, 0.02, 0.04: times 3, 2 and 1, and never less than the one before.
    np.testing.assert_allclose(holm([0.04, NAN, 0.01, 0.02]), [0.04, NAN, 0.03, 0.04])
    np.testing.assert_allclose(holm([0.6, 0.9]), [1, 1])
    assert holm([]).size == 0


def test_moving_mean_shrinks_at_the_ends_and_skips_missing_values():
    np.testing.assert_allclose(moving_mean(np.array([1.0, 2.0, 6.0]), 3), [1.5, 3, 4])
    np.testing.assert_allclose(moving_mean(np.array([1.0, NAN, 3.0]), 3), [1, 2, 3])
    np.testing.assert_array_equal(moving_mean(np.array([NAN, NAN]), 1), [NAN, NAN])
    np.testing.assert_allclose(moving_mean(np.array([1.0, 3.0]), 9), [2, 2])


def test_smoothing_leaves_missing_values_missing():
    np.testing.assert_allclose(smoothed(np.array([NAN, 1.0, NAN, 3.0]), 3), [NAN, 1, NAN, 3])
