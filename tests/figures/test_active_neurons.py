"""Numbers of active neurons and what a doubling of the width makes of them."""

from pathlib import Path

from hypothesis import given, strategies as st
from made_up_store import CONDITIONS, Fill, write_index, write_run
import numpy as np
import pandas as pd
import pytest

from figures import question_active_neurons
from figures.claims.conditions import trend_over_conditions
from figures.curves.levels import late_intervals
from figures.curves.measures import measure
from figures.curves.neurons import active_neurons, dormant_share
from figures.reading.data import ExperimentResults, Results

_PLAIN = [f"DQN, width {width}" for width in (1, 2, 4)]


@pytest.fixture
def experiment(tmp_path: Path) -> ExperimentResults:
    """Of every 8 neurons of each layer 3 are silent, at any width; two seeds."""
    runs = []
    for number, (condition, seed) in enumerate((c, s) for c in _PLAIN for s in (0, 1)):
        width = CONDITIONS["active_neurons"][condition]["width_multiple"]
        layer = np.tile([0, 0, 0, 1, 1, 1, 1, 1.0], (3, width))
        run_id = f"{number:012x}"
        runs.append((run_id, "Pong", seed))
        neurons = {"Conv": layer[:, : 4 * width] + 1, "Dense": layer}
        write_run(tmp_path / "laptop", run_id, neurons, [100, 200, 300])
    names = [condition for condition in _PLAIN for _ in (0, 1)]
    write_index(tmp_path / "laptop", "active_neurons", runs, names)
    return Results(tmp_path, "laptop").experiment("active_neurons")


def test_active_neurons_are_counted_over_layers(experiment: ExperimentResults):
    frame = active_neurons(experiment.select(condition=_PLAIN[1]))
    # 8 of the convolution, which are all active, and 10 of 16 of the dense layer.
    assert frame.value.tolist() == [18.0] * 6
    dense = active_neurons(experiment.select(condition=_PLAIN[1]), layer="Dense")
    assert dense.value.tolist() == [10.0] * 6


def test_growth_in_proportion_is_one_doubling_per_doubling(experiment: ExperimentResults):
    of = {"measure": "doublings", "of": "active_neurons", "tau": 0.0, "number": "width_multiple"}
    estimate = trend_over_conditions(experiment, conditions=_PLAIN, margin=-0.75, **of)
    np.testing.assert_allclose(estimate.estimated.value, 0.25, rtol=1e-6)
    assert estimate.unit == "doublings per doubling above 0.75"
    falls = trend_over_conditions(experiment, conditions=_PLAIN, trend="falls", margin=1.25, **of)
    np.testing.assert_allclose(falls.estimated.value, 0.25, rtol=1e-6)
    assert falls.unit == "doublings per doubling below 1.25"


@given(tau=st.floats(0, 2))
def test_active_and_dormant_neurons_are_all(store_of_one: ExperimentResults, tau: float):
    active, dormant = active_neurons(store_of_one, tau), dormant_share(store_of_one, tau)
    total = sum(store_of_one.started[0].records(n).mean_abs.shape[1] for n in ("Conv", "Dense"))
    np.testing.assert_allclose(active.value / total + dormant.value / 100, 1)


@pytest.fixture(scope="module")
def store_of_one(tmp_path_factory: pytest.TempPathFactory) -> ExperimentResults:
    root = tmp_path_factory.mktemp("one")
    random = np.random.default_rng(0)
    neurons = {"Conv": random.random((2, 4)), "Dense": random.lognormal(size=(2, 20))}
    write_run(root / "laptop", "a" * 12, neurons, [100, 200])
    write_index(root / "laptop", "prevalence", [("a" * 12, "Pong", 0)])
    return Results(root, "laptop").experiment("prevalence")


def test_what_is_not_positive_has_no_logarithm(experiment: ExperimentResults):
    # Nobody is active at a threshold above the largest score.
    frame = measure("doublings", experiment, of="active_neurons", tau=10.0)
    assert frame.value.isna().all()


def test_late_levels_are_means_over_seeds_with_their_interval():
    frame = pd.DataFrame(
        {
            "run_id": ["a", "a", "b", "b", "c"],
            "condition": ["x", "x", "x", "x", "y"],
            "gradient_step": [0, 100, 0, 100, 100],
            "value": [9.0, 1.0, 9.0, 3.0, np.nan],
        }
    )
    levels = late_intervals(frame)
    assert list(levels) == ["x"]
    # Mean 2, standard error 1, and the t quantile of one degree of freedom.
    np.testing.assert_allclose(levels["x"], [2, 2 - 12.7062, 2 + 12.7062], rtol=1e-5)


def test_the_question_is_drawn_with_ranks_and_without(
    fill: Fill, experiment: ExperimentResults, tmp_path: Path
):
    missing = "These runs recorded no rank of their features."
    without = question_active_neurons.render(Results(tmp_path, "laptop"))
    assert len(without.figure.axes) == 2
    assert missing in without.remarks
    root = fill(experiment="active_neurons", games=["DemonAttack"], seeds=2)
    picture = question_active_neurons.render(Results(root, "laptop"))
    assert len(picture.figure.axes) == 3
    assert missing not in picture.remarks
