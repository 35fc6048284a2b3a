"""The interquartile mean and its bootstrap against numbers worked out by hand."""

import numpy as np
import pytest

from figures.statistics.aggregates import interquartile_band, interquartile_mean

NAN = np.nan


def test_a_quarter_is_cut_at_each_end():
    # Eight values: the lowest and the highest two go.
    assert interquartile_mean(np.array([-90.0, 8, 3, 4, 5, 7, 2, 80])) == 19 / 4
    # Five values: a quarter is 1.25, so one goes at each end. Three: none.
    assert interquartile_mean(np.array([1.0, 2, 3, 7, 100])) == pytest.approx(4)
    assert interquartile_mean(np.array([1.0, 2, 9])) == pytest.approx(4)


def test_the_axis_of_the_runs_disappears():
    scores = np.array([[0.0, 10], [1, 11], [2, 12], [9, 19]])
    assert interquartile_mean(scores).tolist() == [1.5, 11.5]
    assert interquartile_mean(scores, axis=1).tolist() == [5, 6, 7, 14]


def test_all_runs_of_all_games_are_pooled():
    # Not the mean of the games' own means, which would be 3.25.
    band = interquartile_band([np.array([[1.0], [2]]), np.array([[4.0], [6]])])
    assert band.mean.tolist() == [3]


def test_seeds_are_resampled_within_their_game():
    # Games without spread: every resample is the same, although the games differ by far.
    band = interquartile_band([np.zeros((3, 1)), np.ones((3, 1))])
    assert (band.mean[0], band.low[0], band.high[0]) == (0.5, 0.5, 0.5)


def test_the_band_of_two_seeds_is_their_range():
    # One game: both resampled seeds are the low one with probability 1/4 > 2.5 %.
    band = interquartile_band([np.array([[1.0, 0], [3, 5]])])
    assert (band.low.tolist(), band.high.tolist()) == ([1, 0], [3, 5])


def test_the_band_agrees_with_scipys_bootstrap():
    from scipy import stats

    rng = np.random.default_rng(1)
    scores = rng.normal(size=(12, 1))
    ours = interquartile_band([scores], resamples=20_000)
    theirs = stats.bootstrap(
        (scores[:, 0],),
        lambda values, axis: stats.trim_mean(values, 0.25, axis=axis),
        method="percentile",
        n_resamples=20_000,
        rng=rng,
    ).confidence_interval
    assert (ours.low[0], ours.high[0]) == pytest.approx((theirs.low, theirs.high), abs=0.03)


def test_a_missing_run_leaves_no_mean_and_a_single_one_no_band():
    band = interquartile_band([np.array([[1.0, NAN], [3, 4]]), np.array([[5.0, 6], [7, 8]])])
    np.testing.assert_array_equal(band.mean, [4, NAN])
    assert np.isfinite(band.low[0])
    assert np.isnan(band.low[1])
    single = interquartile_band([np.array([[1.0]]), np.array([[2.0], [3]])])
    assert single.mean[0] == 2
    assert np.isnan([single.low[0], single.high[0]]).all()


def test_the_band_is_the_same_each_time():
    scores = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_array_equal(interquartile_band([scores]), interquartile_band([scores]))
