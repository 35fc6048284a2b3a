"""The interquartile mean and its bootstrap against numbers worked out by hand."""

from interquartile_coverage import simulate
import numpy as np
import pytest

from figures.statistics.interquartile import (
    COVERAGE,
    COVERAGE_OF_LEVELS,
    POWER,
    band,
    estimate,
    estimate_difference,
    interquartile_mean,
)

NAN = np.nan


def test_a_quarter_is_cut_at_each_end():
    # Eight values: the lowest and the highest two go.
    assert interquartile_mean(np.array([-90.0, 8, 3, 4, 5, 7, 2, 80])) == 19 / 4
    # Five values: a quarter is 1.25, so one goes at each end. Three: none.
    assert interquartile_mean(np.array([1.0, 2, 3, 7, 100])) == pytest.approx(4)
    assert interquartile_mean(np.array([1.0, 2, 9])) == pytest.approx(4)


def test_the_axis_of_the_runs_disappears():
    scores = np.array([[0.0, 10], [1, 11], [2, 12], [9, 19]])
    assert interquartile_mean(scores.T).tolist() == [1.5, 11.5]
    assert interquartile_mean(scores).tolist() == [5, 6, 7, 14]


def test_all_runs_of_all_games_are_pooled():
    # Not the mean of the games' own means, which would be 3.25.
    assert estimate([np.array([1.0, 2]), np.array([4.0, 6])]).value == 3


def test_seeds_are_resampled_within_their_game():
    # Games without spread: every resample is the same, although the games differ by far.
    assert estimate([np.zeros(3), np.ones(3)]).interval() == (0.5, 0.5, 0.5)


def test_the_standard_error_of_a_mean_is_the_usual_one():
    # Three runs are all "the middle half": the interquartile mean is the mean, s / sqrt(3).
    estimated = estimate([np.array([1.0, 2, 6])], resamples=40_000)
    assert estimated.standard_error == pytest.approx(np.std([1, 2, 6], ddof=1) / 3**0.5, rel=0.02)
    assert (estimated.freedom, estimated.seeds) == (2, 3)
    # Each game has a mean of its own that its runs spread around.
    uneven = estimate([np.arange(2.0), np.arange(8.0)])
    assert (uneven.freedom, uneven.seeds) == (1 + 7, pytest.approx(3.2))


def test_pairs_are_resampled_as_pairs():
    # Runs differ by far, but always by the same within a pair: the difference is certain.
    worse = np.array([0.0, 5, 9])
    assert estimate_difference([np.stack([worse + 1, worse])] * 2).interval() == (1, 1, 1)
    unpaired = estimate_difference([np.stack([worse[::-1] + 1, worse])] * 2)
    assert unpaired.value == 1
    assert unpaired.standard_error > 1


def test_one_game_does_not_decide_against_sixteen():
    """The paper's quantity is robust where the plain mean is not."""
    rng = np.random.default_rng(0)
    worse = rng.normal(0.3, 0.02, size=(17, 5))
    better = worse + 0.1
    better[0] -= 5.0  # one game is lost altogether
    assert np.mean(better) < np.mean(worse)
    _, low, _ = estimate_difference(list(np.stack([better, worse], axis=1))).interval()
    assert low > 0


def test_a_missing_run_leaves_no_mean_and_a_single_one_no_band():
    found = band([np.array([[1.0, NAN], [3, 4]]), np.array([[5.0, 6], [7, 8]])])
    np.testing.assert_array_equal(found.mean, [4, NAN])
    assert np.isfinite(found.low[0])
    assert np.isnan(found.low[1])
    single = band([np.array([[1.0]]), np.array([[2.0], [3]])])
    assert single.mean[0] == 2
    assert np.isnan([single.low[0], single.high[0]]).all()


def test_the_band_is_the_same_each_time():
    scores = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_array_equal(band([scores]), band([scores]))


@pytest.mark.parametrize(("games", "seeds"), [(2, 3), (17, 3)])
def test_it_covers_about_as_often_as_we_say(games: int, seeds: int):
    covered, level_covered, _ = simulate(games, seeds, tries=160, resamples=150)
    assert covered == pytest.approx(COVERAGE[games, seeds], abs=0.055)
    assert level_covered == pytest.approx(COVERAGE_OF_LEVELS[games, seeds], abs=0.055)


@pytest.mark.slow
@pytest.mark.parametrize(("games", "seeds"), COVERAGE)
def test_it_covers_and_finds_as_often_as_we_say(games: int, seeds: int):
    covered, level_covered, found = simulate(games, seeds, tries=1_000)
    assert covered == pytest.approx(COVERAGE[games, seeds], abs=0.025)
    assert level_covered == pytest.approx(COVERAGE_OF_LEVELS[games, seeds], abs=0.025)
    assert found == pytest.approx(POWER[games, seeds], abs=0.05)
