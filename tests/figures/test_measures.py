"""Curves computed from activations that can be counted by hand."""

from pathlib import Path

from made_up_store import write_index, write_run
import numpy as np
import pandas as pd
import pytest

from figures.claims.estimate import UndecidableError
from figures.claims.one_condition import level_above_threshold
from figures.curves.divergence import diverged
from figures.curves.frames import smooth
from figures.curves.measures import measure as measured
from figures.curves.neurons import dormant_share, overlap
from figures.curves.recorded import recorded_metric, redormant_share
from figures.curves.returns import evaluation_return, human_normalised_return
from figures.drawing.captions import late_levels
from figures.errors import FigureError
from figures.reading.data import ExperimentResults, Results

# Two layers of 2 and 4 neurons, three logs. Averages of "Dense": 1 everywhere.
CONV = [[0.0, 2.0], [1.0, 1.0], [0.0, 0.0]]
DENSE = [[0.0, 0.0, 0.1, 3.9], [0.0, 1.0, 0.0, 3.0], [0.0, 0.1, 0.1, 3.8]]


@pytest.fixture
def experiment(tmp_path: Path) -> ExperimentResults:
    neurons = {"Conv": np.array(CONV), "Dense": np.array(DENSE)}
    write_run(tmp_path / "smoke", "a" * 12, neurons, [100, 200, 300])
    write_index(tmp_path / "smoke", "overlap", [("a" * 12, "Pong", 7)])
    return Results(tmp_path, "smoke").experiment("overlap")


def test_frame_says_which_run_and_when(experiment: ExperimentResults):
    frame = dormant_share(experiment)
    assert frame.run_id.tolist() == ["a" * 12] * 3
    assert frame.seed.tolist() == [7] * 3
    assert frame.game.unique().tolist() == ["Pong"]
    assert frame.gradient_step.tolist() == [100, 200, 300]
    assert frame.agent_step.tolist() == [50, 100, 150]


def test_dormant_share_pools_neurons_of_all_layers(experiment: ExperimentResults):
    # tau 0: 1 + 2 of 6, 0 + 2 of 6, 2 (silent layer) + 1 of 6.
    expected = [50, 100 * 2 / 6, 50]
    np.testing.assert_allclose(dormant_share(experiment).value, expected, rtol=1e-6)


def test_dormant_share_of_one_layer_and_threshold(experiment: ExperimentResults):
    share = dormant_share(experiment, tau=0.1, layer="Dense").value
    np.testing.assert_allclose(share, [75, 50, 75], rtol=1e-6)


def test_overlap_of_the_penultimate_layer_and_its_chance(experiment: ExperimentResults):
    # Sets {0, 1}, {0, 2}, {0}: overlaps 1/2 and 1/1; chance 2/4 and 2/4.
    frame = overlap(experiment)
    np.testing.assert_array_equal(frame.value, [np.nan, 50, 100])
    np.testing.assert_array_equal(frame.chance, [np.nan, 50, 50])


@pytest.mark.parametrize(
    ("definition", "value", "chance"),
    [
        ("official", [50, 50], [50, 25]),
        ("union", [50, 100], [50, 75]),
        ("ever_dormant_share", [200 / 3, 100 / 3], [np.nan, np.nan]),
    ],
)
def test_other_overlaps(experiment: ExperimentResults, definition: str, value: list, chance: list):
    frame = overlap(experiment, definition=definition)
    np.testing.assert_allclose(frame.value[1:], value)
    np.testing.assert_allclose(frame.chance[1:], chance)


def test_smoothing_stays_within_a_run(experiment: ExperimentResults):
    frame = dormant_share(experiment)
    both = pd.concat([frame, frame.assign(run_id="b", value=0.0)], ignore_index=True)
    twice = smooth(both, 3)
    np.testing.assert_allclose(twice.value[3:], 0)
    np.testing.assert_allclose(twice.value[1], frame.value.mean())
    np.testing.assert_array_equal(smooth(frame, 1).value, frame.value)


def test_what_was_never_recorded_stays_empty(experiment: ExperimentResults):
    assert smooth(recorded_metric(experiment, "never_recorded"), 3).empty


def test_smoothing_does_not_invent_values(experiment: ExperimentResults):
    smoothed = smooth(overlap(experiment), 3)
    np.testing.assert_array_equal(smoothed.value, [np.nan, 75, 75])
    np.testing.assert_array_equal(smoothed.chance, [np.nan, 50, 50])


@pytest.mark.parametrize("tau", [-0.1, np.nan, np.inf])
@pytest.mark.parametrize("measure", ["dormant_share", "overlap"])
def test_impossible_threshold(experiment: ExperimentResults, measure: str, tau: float):
    with pytest.raises(FigureError, match="tau must be 0 or more"):
        measured(measure, experiment, tau=tau)


def test_other_wrong_requests(experiment: ExperimentResults):
    with pytest.raises(FigureError, match="odd number"):
        smooth(dormant_share(experiment), 2)
    with pytest.raises(FigureError, match="choose one of consecutive"):
        overlap(experiment, definition="jaccard")
    with pytest.raises(FigureError, match="no layer 'Dense_9'; it has Conv, Dense"):
        overlap(experiment, layer="Dense_9")


def test_a_last_quarter_is_that_of_training_where_nothing_is_recycled_any_more(tmp_path: Path):
    steps, relapses = np.arange(10, 110, 10), np.full(10, np.nan)
    relapses[1:6] = 0.25
    for run, metrics in (("0" * 12, {"redormant_fraction": relapses}), ("1" * 12, None)):
        write_run(tmp_path / "smoke", run, {"Dense": np.ones((10, 4))}, steps, metrics=metrics)
    runs = [("0" * 12, "Pong", 0), ("1" * 12, "Pong", 0)]
    write_index(tmp_path / "smoke", "redo", runs, ["DQN+ReDo", "DQN"])
    experiment = Results(tmp_path, "smoke").experiment("redo")
    frame = redormant_share(experiment)
    assert set(frame.condition) == {"DQN+ReDo"}
    assert late_levels(frame, "relapses", "%") == ["Pong, relapses: DQN+ReDo no value."]
    assert late_levels(frame, "relapses", "%", last_part=0.6) == ["Pong, relapses: DQN+ReDo 25 %."]
    with pytest.raises(UndecidableError, match="no values to average"):
        recycling = experiment.select(condition="DQN+ReDo")
        level_above_threshold(recycling, "redormant_share", threshold=50.0)


def test_recorded_metrics_by_hand(tmp_path: Path):
    metrics = {
        "eval_return_mean": np.array([np.nan, 100.0, 300.0]),
        "redormant_fraction": np.array([np.nan, 0.25, np.nan]),
    }
    write_run(tmp_path / "smoke", "0" * 12, {"Dense": np.ones((3, 4))}, [10, 20, 30], None, metrics)
    write_index(tmp_path / "smoke", "redo", [("0" * 12, "DemonAttack", 0)], ["DQN+ReDo"])
    experiment = Results(tmp_path, "smoke").experiment("redo")
    returns = evaluation_return(experiment)
    assert returns.agent_step.tolist() == [10, 15]
    assert returns.value.tolist() == [100, 300]
    assert returns.chance.tolist() == [152.1, 152.1]
    np.testing.assert_equal(redormant_share(experiment).value.to_numpy(), [np.nan, 25, np.nan])
    # Random play 152.1, a human 1,971.0.
    scores = human_normalised_return(experiment)
    np.testing.assert_allclose(scores.value, [-52.1 / 1818.9, 147.9 / 1818.9])
    assert scores.agent_step.tolist() == [10, 15]
    losses = recorded_metric(experiment, metric="redormant_fraction")
    assert losses.value.tolist() == [0.25]
    assert recorded_metric(experiment, metric="unheard_of").empty


def test_returns_of_an_unknown_game_cannot_be_normalised(tmp_path: Path):
    write_run(tmp_path / "smoke", "0" * 12, {"Dense": np.ones((1, 4))}, [10])
    write_index(tmp_path / "smoke", "redo", [("0" * 12, "Chess", 0)])
    with pytest.raises(FigureError, match="human scores in 'Chess' is not known"):
        human_normalised_return(Results(tmp_path, "smoke").experiment("redo"))


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_share_of_what_is_not_finite_is_not_a_number(tmp_path: Path, wrong: float):
    """One infinite neuron would make all others dormant, NaN would make none."""
    dense = np.array(DENSE)
    dense[2, 3] = wrong
    neurons = {"Conv": np.array(CONV), "Dense": dense}
    write_run(tmp_path / "laptop", "0" * 12, neurons, [100, 200, 300])
    write_index(tmp_path / "laptop", "overlap", [("0" * 12, "Pong", 0)])
    experiment = Results(tmp_path, "laptop").experiment("overlap")
    np.testing.assert_allclose(dormant_share(experiment).value, [50, 100 / 3, np.nan], rtol=1e-6)
    np.testing.assert_array_equal(overlap(experiment).value, [np.nan, 50, np.nan])
    np.testing.assert_array_equal(overlap(experiment).chance, [np.nan, 50, np.nan])
    # The other layer is as it was.
    np.testing.assert_allclose(dormant_share(experiment, layer="Conv").value, [50, 0, 100])
    assert diverged(experiment) == {"DQN on Pong, seed 0 (run 000000000000)": 300}


def test_a_run_that_says_it_diverged_has(tmp_path: Path):
    metrics = {"diverged": np.array([0.0, 1.0, 1.0])}
    write_run(tmp_path / "laptop", "0" * 12, {"Dense": np.ones((3, 4))}, [1, 2, 3], None, metrics)
    write_index(tmp_path / "laptop", "overlap", [("0" * 12, "Pong", 0)])
    experiment = Results(tmp_path, "laptop").experiment("overlap")
    assert diverged(experiment) == {"DQN on Pong, seed 0 (run 000000000000)": 2}
