"""Comparisons of conditions, on runs whose late levels are chosen by hand."""

from collections.abc import Mapping
from pathlib import Path

from hypothesis import HealthCheck, given, settings, strategies as st
from made_up_store import CONDITIONS, write_index, write_run
import numpy as np
import pytest
from scipy import stats

from figures.claims.conditions import (
    difference_of_conditions,
    difference_of_scores,
    not_lower_than,
    trend_over_conditions,
)
from figures.claims.estimate import UndecidableError
from figures.claims.games_apart import games_apart
from figures.claims.groups import difference_of_groups
from figures.claims.one_condition import (
    fall_over_training,
    level_above_threshold,
    level_below_threshold,
    overlap_above_chance,
)
from figures.claims.verdict import evaluate
from figures.errors import FigureError
from figures.reading.data import ExperimentResults, Results
from figures.reading.published import human_return, random_return

LOGS = 40


def returning(
    root: Path,
    experiment: str,
    returns: Mapping[str, list[float]],
    logs: Mapping[str, int] | None = None,
    game: str = "DemonAttack",
) -> ExperimentResults:
    """Runs that return 0 until the last quarter and then `returns`: condition -> one a seed.

    `logs` is how many logs a condition has, 100 agent steps each, if not 40.
    """
    runs, conditions = [], []
    for condition, levels in returns.items():
        count = (logs or {}).get(condition, LOGS)
        for seed, level in enumerate(levels):
            run_id = f"{len(runs):012x}"
            values = np.where(np.arange(count) >= 3 * LOGS // 4, level, 0.0)
            write_run(
                root / "laptop",
                run_id,
                {"Dense_0": np.ones((count, 4))},
                np.arange(1, count + 1) * 100,
                metrics={"eval_return_mean": values},
                replay_ratio=1.0,
            )
            runs.append((run_id, game, seed))
            conditions.append(condition)
    write_index(root / "laptop", experiment, runs, conditions)
    return Results(root, "laptop").experiment(experiment)


def test_trend_is_the_slope_per_doubling(tmp_path: Path):
    # log2 of the ratios is -2, -1, 0, 1. Seed 0 falls by 10 each; seed 1: least squares of
    # 40, 0, 0, 0 is (-1.5 * 40) / 5 = -12.
    returns = {
        "RR=0.25": [50, 40],
        "RR=0.5": [40, 0],
        "RR=1": [30, 0],
        "RR=2": [20, 0],
    }
    experiment = returning(tmp_path, "replay_ratio", returns)
    arguments = {"measure": "evaluation_return", "number": "replay_ratio"}
    rises = trend_over_conditions(experiment, **arguments)
    assert rises.values["DemonAttack"] == pytest.approx({0: -10, 1: -12})
    assert rises.unit == "points of the game per doubling"
    falls = trend_over_conditions(experiment, **arguments, trend="falls")
    assert falls.values["DemonAttack"] == pytest.approx({0: 10, 1: 12})


def test_trend_over_some_conditions(tmp_path: Path):
    returns = {f"DQN, width {width}": [float(width)] for width in (1, 2, 4)}
    returns |= {f"DQN+ReDo, width {width}": [100.0 * width] for width in (1, 2, 4)}
    experiment = returning(tmp_path, "width_scaling", returns)
    estimate = trend_over_conditions(
        experiment,
        measure="evaluation_return",
        number="width_multiple",
        conditions=["DQN, width 1", "DQN, width 2", "DQN, width 4"],
    )
    # 1, 2, 4 over 0, 1, 2.
    assert estimate.values == {"DemonAttack": {0: pytest.approx(1.5)}}


def test_a_trend_needs_its_column_two_numbers_and_runs(tmp_path: Path):
    experiment = returning(tmp_path, "replay_ratio", {"RR=1": [1.0, 2.0]})
    arguments = {"measure": "evaluation_return"}
    with pytest.raises(FigureError, match="no column 'width'"):
        trend_over_conditions(experiment, **arguments, number="width")
    with pytest.raises(UndecidableError, match="two values of replay_ratio"):
        trend_over_conditions(experiment, **arguments, number="replay_ratio")
    both = {"number": "replay_ratio", "conditions": ["RR=1", "RR=2"]}
    with pytest.raises(UndecidableError, match="no run of RR=2"):
        trend_over_conditions(experiment, **arguments, **both)


@pytest.mark.parametrize("number", [0.0, -1.0, None])
def test_a_trend_over_doublings_needs_positive_numbers(tmp_path: Path, monkeypatch, number):
    monkeypatch.setitem(CONDITIONS["replay_ratio"], "RR=1", {"replay_ratio": number})
    experiment = returning(tmp_path, "replay_ratio", {"RR=1": [1.0, 2.0], "RR=2": [3.0, 4.0]})
    with pytest.raises(UndecidableError, match="a positive replay_ratio, which RR=1 lacks"):
        trend_over_conditions(experiment, "evaluation_return", "replay_ratio")


def test_what_was_not_recorded_is_told_from_what_was_not_run(tmp_path: Path):
    returns = {"RR=1": [1.0, 2.0], "RR=2": [3.0, 4.0]}
    experiment = returning(tmp_path, "replay_ratio", returns)
    arguments = {"number": "replay_ratio", "conditions": list(returns)}
    with pytest.raises(UndecidableError, match="^these runs recorded nothing of it$"):
        trend_over_conditions(experiment, "recorded_metric", metric="srank", **arguments)
    # Only one side recorded it, in one of two seeds.
    for condition, seed, metric in (("RR=1", 0, "srank"), ("RR=1", 1, "x"), ("RR=2", 0, "x")):
        (run,) = experiment.select(condition=condition, seed=seed).runs
        write_run(
            tmp_path / "laptop",
            run.run_id,
            {"Dense_0": np.ones((3, 4))},
            [100, 200, 300],
            metrics={metric: np.ones(3)},
        )
    experiment = Results(tmp_path, "laptop").experiment("replay_ratio")
    with pytest.raises(UndecidableError, match="the runs of RR=2 recorded nothing of it"):
        trend_over_conditions(experiment, "recorded_metric", metric="srank", **arguments)
    (run,) = experiment.select(condition="RR=2", seed=1).runs
    write_run(
        tmp_path / "laptop",
        run.run_id,
        {"Dense_0": np.ones((3, 4))},
        [100, 200, 300],
        metrics={"srank": np.ones(3)},
    )
    experiment = Results(tmp_path, "laptop").experiment("replay_ratio")
    with pytest.raises(UndecidableError, match="no seed of DemonAttack recorded it under both"):
        trend_over_conditions(experiment, "recorded_metric", metric="srank", **arguments)
    apart = experiment.restricted(lambda run: run.seed == (run.condition == "RR=2"))
    with pytest.raises(UndecidableError, match="no seed that both conditions were run with"):
        trend_over_conditions(apart, "recorded_metric", metric="srank", **arguments)


def test_conditions_are_compared_over_steps_that_all_reached(tmp_path: Path):
    # The long run returns 0 until log 30 of 80 and its level from then on: over its own last
    # quarter and over logs 31 to 40 it is the same, unlike if the short one were stretched.
    returns = {"DQN": [70.0], "DQN+pruning": [60.0]}
    experiment = returning(tmp_path, "pruning", returns, logs={"DQN": 31, "DQN+pruning": 80})
    estimate = difference_of_conditions(experiment, "evaluation_return", "DQN", "DQN+pruning")
    # Common: 31 logs, of which the last quarter is logs 24 to 31; the level is in the last.
    assert estimate.values["DemonAttack"][0] == pytest.approx((70 - 60) / 8)


def test_not_lower_than_allows_for_a_margin(tmp_path: Path):
    experiment = returning(tmp_path, "pruning", {"DQN": [100, 50], "DQN+pruning": [95, 40]})
    names = {"candidate": "DQN+pruning", "reference": "DQN"}
    estimate = not_lower_than(experiment, "evaluation_return", **names)
    # 95 - 90 and 40 - 45.
    assert estimate.values["DemonAttack"] == pytest.approx({0: 5, 1: -5})
    assert estimate.unit == "points of the game above 90 % of DQN"
    strict = not_lower_than(experiment, "evaluation_return", **names, margin=0.0)
    assert strict.values["DemonAttack"] == pytest.approx({0: -5, 1: -10})


def test_the_margin_of_a_negative_reference_is_below_it(tmp_path: Path):
    experiment = returning(tmp_path, "pruning", {"DQN": [-20], "DQN+pruning": [-21]}, game="Pong")
    names = {"candidate": "DQN+pruning", "reference": "DQN"}
    estimate = not_lower_than(experiment, "evaluation_return", **names)
    assert estimate.values["Pong"] == pytest.approx({0: 1})


def test_normalised_differences_do_not_depend_on_the_points_of_a_game(tmp_path: Path):
    # DemonAttack: random play 152.1, a human 1,971.0.
    experiment = returning(tmp_path, "redo", {"DQN": [152.1], "DQN+ReDo": [1971.0]})
    estimate = difference_of_conditions(experiment, "human_normalised_return", "DQN+ReDo", "DQN")
    assert estimate.values["DemonAttack"] == pytest.approx({0: 1})
    assert estimate.unit == "human-normalised score"


@pytest.mark.parametrize("scale", [1.0, 0.02, 300.0])
def test_in_percent_of_a_condition_every_task_counts_alike(tmp_path: Path, scale: float):
    """As the mean |return| of plain runs over seeds; the points of a task play no part."""
    returns = {"DQN": [80 * scale, 120 * scale], "DQN+pruning": [95 * scale, 40 * scale]}
    experiment = returning(tmp_path, "pruning", returns)
    arguments = {"measure": "evaluation_return", "in_units_of": "DQN"}
    lost = difference_of_conditions(experiment, higher="DQN", lower="DQN+pruning", **arguments)
    assert lost.values["DemonAttack"] == pytest.approx({0: -15, 1: 80})
    assert lost.unit == "% of DQN"
    kept = not_lower_than(experiment, candidate="DQN+pruning", reference="DQN", **arguments)
    # 95 - 72 and 40 - 108.
    assert kept.values["DemonAttack"] == pytest.approx({0: 23, 1: -68})
    assert kept.unit == "% of DQN above 90 % of DQN"


def on_two_tasks(root: Path, first: float, second: float) -> ExperimentResults:
    """Two seeds of 80 and 120 against 95 and 40, and of 10 and 10 against 8 and 7, scaled."""
    tasks = {
        "HalfCheetah": {"DQN": (80, 120), "DQN+pruning": (95, 40)},
        "Hopper": {"DQN": (10, 10), "DQN+pruning": (8, 7)},
    }
    runs, names = [], []
    for (task, levels), scale in zip(tasks.items(), (first, second), strict=True):
        for condition, values in levels.items():
            for seed, value in enumerate(values):
                run_id = f"{len(runs):012x}"
                write_run(
                    root / "laptop",
                    run_id,
                    {"Dense_0": np.ones((4, 4))},
                    [100, 200, 300, 400],
                    metrics={"eval_return_mean": np.full(4, scale * value)},
                )
                runs.append((run_id, task, seed))
                names.append(condition)
    write_index(root / "laptop", "pruning", runs, names)
    return Results(root, "laptop").experiment("pruning")


LOST = {
    "figure": "fig14",
    "estimator": "difference_of_conditions",
    "arguments": {
        "measure": "evaluation_return",
        "higher": "DQN",
        "lower": "DQN+pruning",
        "in_units_of": "DQN",
    },
}


@given(scales=st.tuples(*2 * [st.floats(1e-3, 1e3)]))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_points_of_one_task_do_not_change_the_verdict(tmp_path: Path, scales):
    verdict = evaluate(LOST, on_two_tasks(tmp_path / f"{scales[0]} {scales[1]}", *scales))
    # Tasks lose 32.5 % and 25 %.
    assert verdict.value == pytest.approx(28.75)
    assert verdict.high - verdict.low == pytest.approx(INTERVAL, rel=1e-4)


# Of one half times values -15 and 80, and 20 and 30: 95/2 and 10/2 are their standard errors.
_PARTS = np.array([95 / 4, 10 / 4]) ** 2
INTERVAL = 2 * np.sqrt(_PARTS.sum()) * stats.t.ppf(0.975, _PARTS.sum() ** 2 / (_PARTS**2).sum())


def test_a_claim_is_judged_on_the_games_that_it_is_about_as_far_as_they_were_trained(
    tmp_path: Path,
):
    experiment = on_two_tasks(tmp_path, 1, 1)

    def about(*games: str):
        return evaluate(LOST | {"arguments": LOST["arguments"] | {"games": games}}, experiment)

    assert (about("Ant", "Hopper").value, about("Ant", "Hopper").runs) == (pytest.approx(25), 4)
    assert about("HalfCheetah").value == pytest.approx(32.5)
    assert about("HalfCheetah", "Hopper").value == pytest.approx(28.75)
    assert about("Ant").reason == "none of its runs was trained here"


def test_returns_below_zero_are_a_share_of_their_size(tmp_path: Path):
    # DQN is at -80 and 120, on average 100 away from 0.
    experiment = returning(tmp_path, "pruning", {"DQN": [-80, 120], "DQN+pruning": [-95, 40]})
    lost = difference_of_conditions(
        experiment, "evaluation_return", "DQN", "DQN+pruning", in_units_of="DQN"
    )
    assert lost.values["DemonAttack"] == pytest.approx({0: 15, 1: 80})


def test_nothing_is_a_share_of_nothing(tmp_path: Path):
    experiment = returning(tmp_path, "pruning", {"DQN": [0.0], "DQN+pruning": [5.0]})
    with pytest.raises(UndecidableError, match="DQN is at 0 in DemonAttack"):
        difference_of_conditions(
            experiment, "evaluation_return", "DQN", "DQN+pruning", in_units_of="DQN"
        )


def test_a_claim_waits_only_for_the_conditions_that_it_names(tmp_path: Path):
    returns = {"DQN": [1.0, 2.0], "DQN+ReDo": [3.0, 4.0], "DQN+WD": [5.0]}
    experiment = returning(tmp_path, "regularization", returns)
    names = {"measure": "evaluation_return", "higher": "DQN+ReDo", "lower": "DQN"}
    claim = {"figure": "fig1", "estimator": "difference_of_conditions", "arguments": names}
    verdict = evaluate(claim, experiment)
    assert (verdict.seeds, verdict.runs, verdict.value) == (2, 4, pytest.approx(2))
    other = evaluate(claim | {"arguments": names | {"lower": "DQN+WD"}}, experiment)
    assert other.reason == "DemonAttack has one seed and an interval needs two"
    trend = {"measure": "evaluation_return", "number": "x", "conditions": ["DQN", "DQN+WD"]}
    with pytest.raises(FigureError, match="no column 'x'"):
        evaluate(claim | {"estimator": "trend_over_conditions", "arguments": trend}, experiment)


def test_a_margin_allows_a_trend_the_other_way(tmp_path: Path):
    # Falls by 4 per doubling in one seed and by 6 in the other.
    returns = {"DQN, width 1": [20, 20], "DQN, width 2": [16, 14], "DQN, width 4": [12, 8]}
    experiment = returning(tmp_path, "width_scaling", returns)
    arguments = {"measure": "evaluation_return", "number": "width_multiple", "margin": 5.0}
    estimate = trend_over_conditions(experiment, **arguments)
    assert estimate.values["DemonAttack"] == pytest.approx({0: 1, 1: -1})
    assert estimate.unit == "points of the game per doubling above -5"


def test_scores_are_compared_by_interquartile_means_of_pairs(tmp_path: Path):
    # DemonAttack, 152.1 to 1,971.0: scores 0, 1, 2, 3 against 0, 0, 1, 9. Middle halves 1.5, 0.5.
    def returns(*scores: float) -> list[float]:
        return [152.1 + score * (1971.0 - 152.1) for score in scores]

    levels = {"DQN+ReDo": returns(3, 0, 2, 1), "DQN": returns(0, 9, 1, 0)}
    estimate = difference_of_scores(returning(tmp_path, "redo", levels), "DQN+ReDo", "DQN")
    assert estimate.estimated.value == pytest.approx(1)
    assert estimate.values["DemonAttack"] == pytest.approx({0: 3, 1: -9, 2: 1, 3: 1})
    assert estimate.unit == "IQM"


def test_the_games_of_a_difference_of_scores_are_told_by_themselves(tmp_path: Path):
    """Two games gain and one loses; the middle half of all scores gains."""
    runs, conditions = [], []
    for game, gain in (("DemonAttack", 0.5), ("Asterix", 0.6), ("Breakout", -0.3)):
        random, human = random_return(game), human_return(game)
        for condition in ("DQN", "DQN+ReDo"):
            for seed in range(3):
                score = 1 + seed / 100 + gain * (condition != "DQN")
                run_id = f"{len(runs):012x}"
                returns = np.full(LOGS, random + score * (human - random))
                write_run(
                    tmp_path / "laptop",
                    run_id,
                    {"Dense_0": np.ones((LOGS, 4))},
                    np.arange(1, LOGS + 1) * 100,
                    metrics={"eval_return_mean": returns},
                )
                runs.append((run_id, game, seed))
                conditions.append(condition)
    write_index(tmp_path / "laptop", "redo", runs, conditions)
    experiment = Results(tmp_path, "laptop").experiment("redo")
    estimate = difference_of_scores(experiment, "DQN+ReDo", "DQN")
    alone = {game: own.value for game, own in estimate.of_games.items()}
    assert alone == pytest.approx({"DemonAttack": 0.5, "Asterix": 0.6, "Breakout": -0.3})
    assert estimate.estimated.interval().low > 0
    assert games_apart(estimate) == "the other way in Breakout: -0.3 [-0.3, -0.3]"


def test_scores_are_those_of_the_last_evaluation(tmp_path: Path):
    """The window would favour what rose early; the paper reports its last point."""
    logs = {"DQN": LOGS, "DQN+ReDo": LOGS}
    experiment = returning(tmp_path, "redo", {"DQN": [500], "DQN+ReDo": [500]}, logs)
    run = experiment.select(condition="DQN").runs[0]
    last = {"eval_return_mean": np.where(np.arange(LOGS) == LOGS - 1, 152.1, 900.0)}
    steps = np.arange(1, LOGS + 1) * 100
    neurons = {"Dense_0": np.ones((LOGS, 4))}
    write_run(tmp_path / "laptop", run.run_id, neurons, steps, metrics=last, replay_ratio=1.0)
    experiment = Results(tmp_path, "laptop").experiment("redo")
    value = difference_of_scores(experiment, "DQN+ReDo", "DQN").values["DemonAttack"][0]
    assert value == pytest.approx((500 - 152.1) / 1818.9)


# Two neurons in turns, at last always the same two; returns that were high, then rise at last.
SETS = np.array([[1, 1, 0, 0], [0, 0, 1, 1]] * 2 + [[1, 1, 0, 0]] * 4, bool)
EARLY = [8.0, 4.0, 0.0, 0.0, 0.0, 0.0]
LATE = {"RR=1": [10.0, 20.0], "RR=2": [50.0, 30.0]}


def test_what_is_late_where_a_claim_says_nothing_of_it(tmp_path: Path):
    """The last evaluation for what the paper compares so, the last quarter of the run for all else.

    Of eight logs the last two are the last quarter, the first alone is the first tenth.
    """
    runs = [(f"{number:012x}", "DemonAttack", 0) for number in range(len(LATE))]
    for (run_id, *_), name in zip(runs, LATE, strict=True):
        returns = {"eval_return_mean": np.array(EARLY + LATE[name])}
        neurons = {"Dense_0": 1.0 - SETS}
        write_run(tmp_path / "laptop", run_id, neurons, 100 * np.arange(1, 9), metrics=returns)
    write_index(tmp_path / "laptop", "replay_ratio", runs, list(LATE))
    both = Results(tmp_path, "laptop").experiment("replay_ratio")
    one = both.select(condition="RR=2")

    def found(estimate) -> float:
        return next(iter(estimate.values.values()))[0]

    measured = "evaluation_return"
    assert found(not_lower_than(both, measured, "RR=2", "RR=1")) == pytest.approx(30 - 18)
    assert found(trend_over_conditions(both, measured, "replay_ratio")) == pytest.approx(30 - 20)
    assert found(difference_of_conditions(both, measured, "RR=2", "RR=1")) == pytest.approx(40 - 15)
    assert difference_of_groups(both, measured, "RR=2", "RR=1").estimated.value == pytest.approx(25)
    assert found(level_above_threshold(one, measured, 7.0)) == pytest.approx(40 - 7)
    assert found(level_below_threshold(one, measured, 7.0)) == pytest.approx(7 - 40)
    assert found(fall_over_training(one, measured)) == pytest.approx(8 - 40)
    # Two of four neurons: chance is one half.
    assert found(overlap_above_chance(one)) == pytest.approx(100 - 50)


def test_random_play_does_not_keep_nine_tenths_of_a_score(tmp_path: Path):
    """Nine tenths of a raw return is nothing: random play already has 152 points."""
    experiment = returning(tmp_path, "pruning", {"DQN": [165, 160], "DQN+pruning": [152.1, 152.1]})
    names = {"candidate": "DQN+pruning", "reference": "DQN"}
    raw = not_lower_than(experiment, "evaluation_return", **names)
    assert min(raw.values["DemonAttack"].values()) > 0
    score = not_lower_than(experiment, "human_normalised_return", **names)
    assert max(score.values["DemonAttack"].values()) < 0


def test_a_game_without_a_human_score_leaves_the_claim_undecided(tmp_path: Path):
    returns = {"DQN": [1.0, 2.0], "DQN+ReDo": [3.0, 4.0]}
    experiment = returning(tmp_path, "redo", returns, game="Chess")
    with pytest.raises(UndecidableError, match="not known what a human scores in Chess"):
        difference_of_scores(experiment, "DQN+ReDo", "DQN")
