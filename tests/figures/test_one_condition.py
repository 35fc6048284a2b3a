"""Estimators against slopes drawn by hand, and on noise, where there is nothing to find."""

from collections.abc import Callable

from made_up_store import CLAIMS, Fill, write_run
import numpy as np
import pytest

from figures.claims.estimate import Curves, UndecidableError, recorded_curves
from figures.claims.minima import Minimum, _still_falling, _without_dip, held_out_minima
from figures.claims.one_condition import (
    fall,
    mean_jump,
    slope_after_minimum,
    slopes_after,
)
from figures.claims.table import as_markdown, as_text
from figures.claims.verdict import evaluate
from figures.curves.levels import late_means
from figures.reading.data import ExperimentResults, Results
from figures.statistics.student import mean_of_games

STEPS = np.arange(1, 61) * 1000.0


def held_out_slopes(curves: Curves, latest_minimum: float, locate_logs: int) -> dict[int, float]:
    return slopes_after(curves, held_out_minima(curves, latest_minimum, locate_logs))


def valley(lowest: int, slope_per_log: float) -> np.ndarray:
    """Falls by 1 a log until log `lowest`, then rises."""
    logs = np.arange(60.0)
    return np.where(logs < lowest, lowest - logs, slope_per_log * (logs - lowest))


def test_slope_is_that_of_the_rise():
    curves = {seed: (STEPS, valley(20, 0.25)) for seed in range(3)}
    # A quarter of a point every 1,000 steps.
    slopes = held_out_slopes(curves, latest_minimum=0.5, locate_logs=1)
    assert slopes == pytest.approx({0: 250, 1: 250, 2: 250})


def test_the_minimum_itself_is_fitted():
    # From log 2 on: 0, 3 and 3.
    curve, minimum = (STEPS[:4], np.array([9.0, 0, 3, 3])), Minimum(2_000, True, False)
    assert slopes_after({0: curve}, {0: minimum}) == {0: pytest.approx(1_500)}


def test_minimum_is_that_of_the_other_seeds():
    # Seed 0 is lowest at log 10, the other two at log 20: seed 0 is fitted from log 20, the
    # others from where the mean of seed 0 and one of them is lowest, log 20 as well.
    curves = {0: (STEPS, valley(10, 0.5)), 1: (STEPS, valley(20, 1)), 2: (STEPS, valley(20, 1))}
    slopes = held_out_slopes(curves, latest_minimum=0.5, locate_logs=1)
    assert slopes == pytest.approx({0: 500, 1: 1000, 2: 1000})


def test_a_curve_that_only_falls_has_a_negative_slope():
    curves = {seed: (STEPS, 60 - np.arange(60.0)) for seed in range(2)}
    slopes = held_out_slopes(curves, latest_minimum=0.5, locate_logs=5)
    assert slopes == pytest.approx({0: -1000, 1: -1000})


def test_a_flat_curve_has_no_slope():
    """Rounding alone, the same in all seeds, would be a decided one."""
    flat = {seed: (STEPS, np.full(60, 100.0)) for seed in range(3)}
    assert held_out_slopes(flat, 0.5, 5) == {0: 0, 1: 0, 2: 0}


def test_seeds_may_have_other_log_points_and_gaps():
    y = valley(20, 0.25)
    gap = np.where(np.arange(60) % 7 == 3, np.nan, y)
    curves = {0: (STEPS, gap), 1: (STEPS[::2], y[::2]), 2: (STEPS, y)}
    slopes = held_out_slopes(curves, latest_minimum=0.5, locate_logs=1)
    assert slopes == pytest.approx({0: 250, 1: 250, 2: 250})


def test_a_minimum_at_the_first_log_is_no_dip():
    gap, rising = np.r_[np.nan, np.arange(59.0)], np.arange(60.0)
    dips = valley(20, 1)
    # Seed 1 is judged by seed 0, and seed 0 by seed 1.
    minima = held_out_minima({0: (STEPS, dips), 1: (STEPS, rising)}, 0.5, 1)
    assert minima == {0: (1_000, False, False), 1: (21_000, True, False)}
    # The first log that has a value, whatever smoothing makes of those before it.
    minima = held_out_minima({0: (STEPS, gap), 1: (STEPS, gap)}, 0.5, 5)
    assert [minimum.dip for minimum in minima.values()] == [False, False]
    # Nor is coming down after a jump, whose minimum smoothing finds later.
    jump = np.r_[1.0, 30 - np.arange(29.0), np.arange(30.0) + 2]
    minima = held_out_minima({0: (STEPS, jump), 1: (STEPS, jump)}, 0.5, 5)
    assert minima[0].step > 20_000 and not minima[0].dip
    jump[25] = 0.5
    assert held_out_minima({0: (STEPS, jump), 1: (STEPS, jump)}, 0.5, 5)[0].dip


def test_claims_say_where_there_was_no_dip(fill: Fill):
    root = fill(games=["DemonAttack"])
    told = slope_after_minimum(Results(root, "laptop").experiment("prevalence"))
    assert told.note == ""
    for number in range(3):
        rising = (np.arange(40) < np.arange(20)[:, None]).astype(float)
        layer = {"Dense_0": 1 - rising}
        write_run(root / "laptop", f"{number:012x}", layer, np.arange(20) * 1_000)
    experiment = Results(root, "laptop").experiment("prevalence")
    verdict = evaluate(CLAIMS["prevalence"][0], experiment)
    note = "no dip below the first log of training for 3 of 3 seeds of DemonAttack"
    assert verdict.note == note
    assert f"{note} |" in as_markdown([verdict])
    assert note in as_text([verdict])


def test_a_minimum_at_the_end_of_the_search_is_still_falling():
    falls, dips = 60 - np.arange(60.0), valley(20, 1)
    # Seed 1 is judged by seed 0, and seed 0 by seed 1.
    minima = held_out_minima({0: (STEPS, falls), 1: (STEPS, dips)}, 0.5, 1)
    assert minima == {0: (21_000, True, False), 1: (30_000, True, True)}
    # Whatever comes after the search, and where its last logs have no value.
    turns = np.where((np.arange(60) > 25) & (np.arange(60) < 30), np.nan, valley(25, 1))
    assert held_out_minima({0: (STEPS, turns), 1: (STEPS, turns)}, 0.5, 1)[0].falling
    # A single log to look at cannot fall.
    assert not held_out_minima({0: (STEPS, falls), 1: (STEPS, falls)}, 0.0, 1)[0].falling


def test_claims_say_where_the_curve_still_falls(fill: Fill):
    # One neuron less is dormant at every log; then one less until log 6 and one more after it.
    falling = np.arange(100) < 50 - np.arange(21)[:, None]
    note = "still falling at half of the steps for 3 of 3 seeds of DemonAttack"
    assert slope_after_minimum(from_masks(fill, falling), tau=0.0).note == note
    turning = np.arange(100) < 50 - np.abs(np.arange(21) - 6)[:, None]
    assert slope_after_minimum(from_masks(fill, ~turning), tau=0.0).note == ""


def from_masks(fill: Fill, dormant: np.ndarray) -> ExperimentResults:
    """Three runs with these dormant masks (logs, neurons), logged at gradient step 0, 1,000, ..."""
    root = fill(games=["DemonAttack"])
    for number in range(3):
        layer = {"Dense_0": 1 - dormant.astype(float)}
        write_run(root / "laptop", f"{number:012x}", layer, np.arange(len(dormant)) * 1_000)
    return Results(root, "laptop").experiment("prevalence")


@pytest.mark.parametrize(("per_log", "slope"), [(0, 0), (1, 1_000)])
def test_a_jump_from_the_untrained_network_is_no_rise(fill: Fill, per_log: int, slope: float):
    # Of 100 neurons none is dormant before training, 30 are at the first log after that.
    counts = np.r_[0, 30 + per_log * np.arange(19)]
    experiment = from_masks(fill, np.arange(100) < counts[:, None])
    found = slope_after_minimum(experiment, tau=0.0)
    assert found.estimated.value == pytest.approx(slope, abs=1e-6)
    # Nor does another curve find its minimum there.
    located = {"measure": "dormant_share", "tau": 0.0}
    other = slope_after_minimum(experiment, "active_neurons", located_on=located, tau=0.0)
    assert other.estimated.value == pytest.approx(-slope, abs=1e-6)


def test_the_overlap_with_the_untrained_network_is_left_out(fill: Fill):
    # 30 neurons are dormant before training, other 30 from then on: overlap 0, then 100 %.
    dormant = np.tile(np.arange(100) < 30, (20, 1))
    dormant[0] = np.arange(100) >= 70
    for definition in ("consecutive", "union", "official"):
        found = slope_after_minimum(from_masks(fill, dormant), "overlap", definition=definition)
        assert found.estimated.value == pytest.approx(0, abs=1e-6)


def test_with_one_seed_a_game_the_other_games_locate_the_minimum(fill: Fill):
    games = ["DemonAttack", "Asterix", "Pong"]
    experiment = Results(fill(games=games, seeds=1), "laptop").experiment("prevalence")
    curves = recorded_curves("dormant_share", experiment, tau=0.1)
    expected = held_out_slopes({n: curves[game][0] for n, game in enumerate(games)}, 0.5, 5)
    found = slope_after_minimum(experiment, tau=0.1).values
    assert found == {game: {0: expected[n]} for n, game in enumerate(games)}
    early = {game: {0: Minimum(1_000, dip=False, falling=False)} for game in "abcd"}
    assert _without_dip(early) == "no dip below the first log of training in 4 of 4 games"
    late = {game: {0: Minimum(1_000, dip=True, falling=True)} for game in "abcd"}
    assert _still_falling(late, 0.3) == "still falling at 30 % of the steps in 4 of 4 games"
    alone = experiment.restricted(lambda run: run.game == "Pong")
    with pytest.raises(UndecidableError, match="two are the least"):
        slope_after_minimum(alone, tau=0.1)


def test_what_cannot_be_decided():
    with pytest.raises(UndecidableError, match="two are the least"):
        held_out_slopes({0: (STEPS, valley(20, 1))}, 0.5, 5)
    short = STEPS[:3], np.array([1.0, 0.0, 1.0])
    with pytest.raises(UndecidableError, match="fewer than three logs"):
        held_out_slopes({0: short, 1: short}, 0.5, 1)
    empty = STEPS, np.full(60, np.nan)
    with pytest.raises(UndecidableError, match="no values to locate"):
        held_out_slopes({0: empty, 1: empty}, 0.5, 1)
    # A value right after the part that is searched is none within it.
    late = STEPS, np.where(np.arange(60) < 30, np.nan, 1.0)
    with pytest.raises(UndecidableError, match="no values to locate"):
        held_out_slopes({0: late, 1: late}, 0.5, 5)


def test_late_means_are_over_the_steps_that_all_curves_cover():
    long = np.arange(0, 101.0), np.arange(0, 101.0)
    short = np.arange(0, 41, 10.0), np.array([1.0, 2, 3, 4, np.nan])
    # A quarter of the steps 0 to 40: 31 to 40 of the one; 40 of the other, which has no value.
    assert late_means([long, short], 0.25)[0] == pytest.approx(35.5)
    assert np.isnan(late_means([long, short], 0.25)[1])
    assert late_means([long, short], 0.5) == pytest.approx([30.5, 4])
    assert late_means([long], 0.25) == pytest.approx([88])
    # The last value alone, and a curve of one value.
    assert late_means([long], 0.0) == [100]
    assert late_means([(np.array([5.0]), np.array([3.0]))], 0.25) == [3]


def independent(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(3, 60))


def wandering(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(3, 60)).cumsum(axis=1)


@pytest.mark.parametrize("noise", [independent, wandering])
@pytest.mark.parametrize("games", [1, 2])
def test_noise_is_called_a_rise_no_more_often_than_promised(
    noise: Callable[[np.random.Generator], np.ndarray], games: int
):
    rng = np.random.default_rng(0)
    rising = falling = 0
    for _ in range(600):
        slopes = []
        for _ in range(games):
            curves = {seed: (STEPS, y) for seed, y in enumerate(noise(rng))}
            slopes.append(list(held_out_slopes(curves, 0.5, 5).values()))
        _, low, high = mean_of_games(slopes).interval()
        rising += low > 0
        falling += high < 0
    # Promised: 2.5 % on each side. The bound is what chance exceeds once in a thousand times.
    assert rising / 600 < 0.046
    assert falling / 600 < 0.046


def test_the_minimum_of_the_seed_itself_would_be_biased():
    """Why the minimum is located on other seeds."""
    rng = np.random.default_rng(0)
    own, held_out = [], []
    for _ in range(300):
        noise = independent(rng)
        curves = {seed: (STEPS, y) for seed, y in enumerate(noise)}
        held_out += held_out_slopes(curves, 0.5, 1).values()
        start = np.argmin(noise[0, :30])
        own.append(np.polyfit(STEPS[start:] / 1e6, noise[0, start:], 1)[0])

    def t_statistic(values: list[float]) -> float:
        return float(np.mean(values) / np.std(values) * np.sqrt(len(values)))

    assert t_statistic(own) > 5
    assert abs(t_statistic(held_out)) < 2.5


TENS = np.arange(0, 90, 10)


def test_fall_compares_the_first_with_the_last_part():
    y = np.array([8.0, 6, 5, 5, 5, 5, 5, 1, 3])
    # The first quarter of 80 steps is before step 20, the last one after step 60.
    assert fall((TENS, y), 0.25, 0.25) == pytest.approx(7 - 2)
    assert fall((TENS, y[::-1].copy()), 0.25, 0.25) == pytest.approx(2 - 7)


def test_fall_leaves_gaps_out():
    y = np.array([8.0, np.nan, 5, 5, 5, 5, 5, 1, 3])
    assert fall((TENS, y), 0.25, 0.25) == pytest.approx(8 - 2)
    assert np.isnan(fall((TENS, np.where(TENS < 20, np.nan, y)), 0.25, 0.25))


def test_jumps_are_from_the_log_at_an_event_to_the_next():
    # Events at 30 and 60: up by 4 and by 2. What happens elsewhere does not count.
    y = np.array([9.0, 0, 0, 1, 5, 5, 3, 5, 0])
    assert mean_jump((TENS, y), 30) == pytest.approx(3)
    # One of two jumps is not known.
    assert mean_jump((TENS, np.where(TENS == 40, np.nan, y)), 30) == pytest.approx(2)


def test_no_jump_without_an_event_and_a_log_after_it():
    y = np.arange(9.0)
    # The start is no event, and nothing was logged after the end.
    assert np.isnan(mean_jump((TENS, y), 80))
    assert mean_jump((TENS, y), 40) == 1
    # No log was made at the events at 45.
    assert np.isnan(mean_jump((TENS, y), 45))
