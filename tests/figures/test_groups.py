"""Runs of different games compared: by hand, by law, and as the question draws and judges it."""

from collections.abc import Collection, Mapping
import dataclasses
from pathlib import Path

from hypothesis import given, strategies as st
from made_up_store import write_index, write_run
import numpy as np
import pytest
from scipy import stats

from agents.spec import InterventionSpec
from experiments import control_dormancy
from figures import question_control_dormancy
from figures.claims.estimate import UndecidableError
from figures.claims.groups import difference_of_groups
from figures.claims.verdict import evaluate
from figures.curves.neurons import gradient_dormant_share
from figures.curves.recorded import checks_before, recycled_per_check, recycled_so_far
from figures.reading.data import ExperimentResults, Results
from figures.statistics.student import difference_of_groups as difference_of, mean_of_games

VALUES = st.lists(st.floats(-100, 100), min_size=2, max_size=5)
GROUPS = st.lists(VALUES, min_size=1, max_size=3)
NEURONS = 20
# Of the checks of DQN and of SAC.
PERIODS = {False: 500, True: 2_000}


def test_a_difference_of_groups_by_hand():
    found = difference_of([[1.0, 3.0], [4.0, 8.0]], [[1.0, 2.0, 3.0]])
    assert found.value == 4 - 2
    # Variances of the means 2/2, 8/2 and 1/3; the first two count a quarter each.
    parts = np.array([0.25, 1.0, 1 / 3])
    assert found.standard_error == pytest.approx(np.sqrt(parts.sum()))
    assert found.freedom == pytest.approx(parts.sum() ** 2 / (parts**2 / [1, 1, 2]).sum())


@given(VALUES, VALUES)
def test_with_a_game_on_either_side_it_is_welchs_test(one, other):
    found = difference_of([one], [other])
    if min(np.var(one), np.var(other)) > 1e-3:
        assert found.p_value() == pytest.approx(stats.ttest_ind(one, other, equal_var=False).pvalue)


@given(GROUPS, GROUPS)
def test_the_sides_are_means_of_games_and_their_variances_add_up(higher, lower):
    found, above, below = difference_of(higher, lower), mean_of_games(higher), mean_of_games(lower)
    assert found.value == pytest.approx(above.value - below.value, abs=1e-9)
    error = np.hypot(above.standard_error, below.standard_error)
    assert found.standard_error == pytest.approx(error)
    back = difference_of(lower, higher)
    assert (back.value, back.standard_error) == (
        pytest.approx(-found.value),
        pytest.approx(found.standard_error),
    )


def silent(share: float, logs: int) -> np.ndarray:
    """(logs, neurons) activations of which this share is 0."""
    row = np.where(np.arange(NEURONS) < share * NEURONS, 0.0, 1.0)
    return np.tile(row, (logs, 1))


def store(
    root: Path,
    shares: Mapping[str, float],
    ends: Mapping[str, int],
    with_gradients: Collection[int] = (),
) -> ExperimentResults:
    """Two seeds of a game with DQN's conditions and of two tasks with SAC's.

    Args:
      root: of the store.
      shares: condition -> silent share after the first log; none are silent at that.
      ends: the same -> gradient steps.
      with_gradients: seeds that recorded gradients, 0 where activations are.
    """
    runs, names = [], []
    for condition, share in shares.items():
        control = condition.startswith("SAC")
        layers = ("actor/a", "critics/0/c", "critics/1/c") if control else ("Dense_0", "Dense_1")
        for game in ("HalfCheetah", "Hopper") if control else ("Pong",):
            for seed in range(2):
                run_id = f"{len(runs):012x}"
                steps = np.arange(0, ends[condition] + 1, 1_000)
                neurons = {
                    layer: np.concatenate([silent(0, 1), silent(share, len(steps) - 1)])
                    for layer in layers
                }
                metrics = {"td_loss": np.ones(len(steps))}
                if "ReDo" in condition:
                    # One neuron in ten at every second log.
                    amount = NEURONS * len(layers) / 10
                    at = np.arange(len(steps)) % 2 == 1
                    metrics["recycled_neurons"] = np.where(at, amount, np.nan)
                spec = {"intervention": {"period_gradient_steps": PERIODS[control]}}
                further = {"mean_abs_gradient": neurons} if seed in with_gradients else {}
                write_run(
                    root / "laptop",
                    run_id,
                    neurons,
                    steps,
                    metrics=metrics,
                    spec=spec,
                    further=further,
                )
                runs.append((run_id, game, seed))
                names.append(condition)
    write_index(
        root / "laptop",
        "control_dormancy",
        runs,
        names,
        claims=[vars(claim) for claim in control_dormancy.CLAIMS],
    )
    return Results(root, "laptop").experiment("control_dormancy")


ALL = {"DQN": 0.6, "DQN+ReDo": 0.2, "SAC": 0.3, "SAC+ReDo": 0.1}
EQUAL = dict.fromkeys(ALL, 8_000)


def test_groups_are_compared_at_equal_gradient_steps(tmp_path: Path):
    # Later on, DQN has no silent neuron: which does not count, for SAC did not get there.
    experiment = store(tmp_path, {"DQN": 0.6, "SAC": 0.3}, {"DQN": 8_000, "SAC": 4_000})
    arguments = {"measure": "dormant_share", "higher": "DQN", "lower": "SAC"}
    late = difference_of_groups(experiment, **arguments, lower_arguments={"layer": "actor"})
    assert late.estimated.value == pytest.approx(30)
    assert late.values == {
        "Pong": {0: pytest.approx(60), 1: pytest.approx(60)},
        "HalfCheetah": {0: pytest.approx(30), 1: pytest.approx(30)},
        "Hopper": {0: pytest.approx(30), 1: pytest.approx(30)},
    }
    # The mean over all steps but the first, which the averaged part is open to.
    whole = difference_of_groups(experiment, **arguments, last_part=1.0)
    assert whole.estimated.value == pytest.approx(30)
    assert whole.unit == "percentage points"


def test_what_one_side_lacks_is_said(tmp_path: Path):
    experiment = store(tmp_path, {"DQN": 0.6, "SAC": 0.3}, EQUAL)
    arguments = {"measure": "gradient_dormant_share", "higher": "DQN", "lower": "SAC"}
    with pytest.raises(UndecidableError, match="runs of DQN in Pong recorded nothing of it"):
        difference_of_groups(experiment, **arguments)
    with pytest.raises(UndecidableError, match="no run of DQN\\+ReDo has logged"):
        difference_of_groups(experiment, **arguments | {"higher": "DQN+ReDo"})


def test_seeds_that_recorded_nothing_are_left_out(tmp_path: Path):
    experiment = store(tmp_path, {"DQN": 0.6, "SAC": 0.3}, EQUAL, with_gradients=[1])
    found = difference_of_groups(
        experiment, measure="gradient_dormant_share", higher="DQN", lower="SAC"
    )
    assert {game: list(seeds) for game, seeds in found.values.items()} == {
        "Pong": [1],
        "HalfCheetah": [1],
        "Hopper": [1],
    }
    assert found.estimated.value == pytest.approx(30)


def test_neurons_without_gradient_are_counted_by_hand(tmp_path: Path):
    # Averages 1 and 2: at most 0.01 and 0.02 is hardly any. The second log is not finite.
    gradients = {
        "actor/a": np.array([[0.0, 0.01, 2.99], [1.0, np.nan, 1.0]]),
        "critics/0/c": np.array([[0.02, 0.03, 5.95], [1.0, 1.0, 1.0]]),
    }
    neurons = {layer: np.ones((2, 3)) for layer in gradients}
    write_run(
        tmp_path / "laptop", "a" * 12, neurons, [0, 100], further={"mean_abs_gradient": gradients}
    )
    write_index(tmp_path / "laptop", "prevalence", [("a" * 12, "Hopper", 0)])
    experiment = Results(tmp_path, "laptop").experiment("prevalence")
    share = gradient_dormant_share(experiment)
    np.testing.assert_allclose(share.value, [50, np.nan])
    np.testing.assert_allclose(gradient_dormant_share(experiment, layer="actor").value[0], 200 / 3)
    np.testing.assert_allclose(gradient_dormant_share(experiment, tau=0.0).value[0], 100 / 6)


def test_what_redo_recycled_adds_up(tmp_path: Path):
    experiment = store(tmp_path, {"DQN": 0.0, "SAC+ReDo": 0.0}, EQUAL)
    frame = recycled_so_far(experiment.select(condition="SAC+ReDo", seed=0, game="Hopper"))
    np.testing.assert_allclose(frame.value, [0, 10, 10, 20, 20, 30, 30, 40, 40])
    assert not recycled_so_far(experiment.select(condition="DQN")).value.any()


def test_what_a_check_recycles_is_a_mean_over_checks(tmp_path: Path):
    experiment = store(tmp_path, {"DQN+ReDo": 0.0, "SAC+ReDo": 0.0}, EQUAL)
    frame = recycled_per_check(experiment.select(condition="SAC+ReDo", seed=0, game="Hopper"))
    # What a log at 2,000 tells was before the check at 2,000: none until that at 3,000.
    np.testing.assert_allclose(frame.value[3:], [20, 20, 15, 30 / 2, 40 / 3, 40 / 3])
    assert frame.value[:3].isna().all()
    often = recycled_per_check(experiment.select(condition="DQN+ReDo", seed=0))
    # 500 only, then 1,000 and 1,500 as well, at last all but 8,000.
    np.testing.assert_allclose(often.value[[1, 2, 8]], [10 / 1, 10 / 3, 40 / 15])


@given(
    st.integers(1, 7),
    st.integers(0, 20),
    st.none() | st.integers(0, 40),
    st.integers(0, 30),
)
def test_checks_are_counted_by_the_clock_that_runs_go_by(period, offset, end, at):
    intervention = InterventionSpec(
        period_gradient_steps=period, clock_offset_gradient_steps=offset, end_gradient_step=end
    )
    counted = checks_before(np.array([at]), dataclasses.asdict(intervention))
    assert counted == [sum(intervention.is_due(step) for step in range(1, at))]


def test_the_question_is_drawn_and_judged(tmp_path: Path):
    experiment = store(tmp_path, ALL, EQUAL)
    verdicts = {claim["name"]: evaluate(claim, experiment) for claim in experiment.claims}
    assert verdicts["fewer_silent_in_the_actor"].verdict == "reproduced"
    assert verdicts["fewer_silent_in_the_actor"].value == pytest.approx(30)
    assert verdicts["redo_lowers_dormancy_of_the_critics"].value == pytest.approx(20)
    assert verdicts["redo_recycles_less_of_sac"].value == pytest.approx(40 / 15 - 40 / 3)
    # These made-up runs recorded no gradients.
    lacking = verdicts["fewer_without_gradient_in_the_actor"]
    assert (lacking.verdict, lacking.reason) == (
        "inconclusive",
        "the runs of DQN in Pong recorded nothing of it",
    )
    picture = question_control_dormancy.render(Results(tmp_path, "laptop"))
    assert len(picture.figure.axes) == 5
    assert "DQN 60.0 %, SAC's actor 30.0 %, SAC's critics 30.0 %" in picture.sentences[0]
    assert picture.sentences[2] == "Dormant (gradient, τ = 0.01): not recorded."
    assert "DQN+ReDo 2.7 %, SAC+ReDo 13.3 %" in picture.sentences[-1]
