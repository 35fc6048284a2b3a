"""The share of dormant neurons split in two, against numbers counted by hand, and its laws."""

from pathlib import Path

from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
from made_up_store import Fill, write_index, write_run
import numpy as np
import pytest

from dormancy.scores import dormant_mask, neuron_scores
from figures import question_distribution
from figures.claims.one_condition import slope_after_minimum
from figures.curves.distribution import (
    dominance_over_silence,
    gini,
    most_active,
    scores_at,
    share_beyond_dominance,
    share_by_dominance,
    split_dormant,
    top_share,
)
from figures.curves.neurons import dormant_share
from figures.errors import FigureError
from figures.reading.data import ExperimentResults, Results

# One layer of four neurons with an average of 1 at every log.
DENSE = [[0.0, 0.1, 0.1, 3.8], [0.0, 0.05, 1.95, 2.0], [1.0, 1.0, 1.0, 1.0]]
# Powers of two keep products with a scale exact.
ACTIVITIES = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40),
    elements=st.integers(0, 64).map(lambda number: number / 16),
)


@pytest.fixture
def experiment(tmp_path: Path) -> ExperimentResults:
    write_run(tmp_path / "smoke", "a" * 12, {"Dense": np.array(DENSE)}, [100, 200, 300])
    write_index(tmp_path / "smoke", "prevalence", [("a" * 12, "Pong", 7)])
    return Results(tmp_path, "smoke").experiment("prevalence")


def test_a_share_is_split_as_counted_by_hand(experiment: ExperimentResults):
    # Without the largest the averages are 1/15, 2/3 and 1. At the first log three neurons are
    # at most 0.1, and one of them at most 1/150; at the second two, both at most 1/15.
    np.testing.assert_allclose(dormant_share(experiment, 0.1).value, [75, 50, 0])
    np.testing.assert_allclose(share_beyond_dominance(experiment, 0.1).value, [25, 50, 0])
    np.testing.assert_allclose(share_by_dominance(experiment, 0.1).value, [50, 0, 0])
    np.testing.assert_allclose(dominance_over_silence(experiment, 0.1).value, [25, -50, 0])


def test_what_the_most_active_hold(experiment: ExperimentResults):
    np.testing.assert_allclose(top_share(experiment).value, [95, 50, 25], rtol=1e-6)
    np.testing.assert_allclose(top_share(experiment, top=0.5).value, [97.5, 98.75, 50], rtol=1e-6)
    # Of 0, 0.1, 0.1, 3.8: (-0.1 + 0.1 + 3 * 3.8) / 16.
    np.testing.assert_allclose(gini(experiment).value[[0, 2]], [71.25, 0], atol=1e-5)


@pytest.mark.parametrize(
    ("neurons", "top", "count"), [(8, 0.01, 1), (128, 0.01, 2), (200, 0.01, 2), (1, 0.5, 1)]
)
def test_the_most_active_are_one_at_the_least(neurons: int, top: float, count: int):
    assert most_active(neurons, top) == count
    with pytest.raises(FigureError, match="between 0 and 1"):
        most_active(neurons, 1.0)


@given(ACTIVITIES, st.sampled_from([0.0, 0.025, 0.1, 0.5, 1.0]), st.sampled_from([0.01, 0.3]))
def test_the_parts_are_the_whole_whatever_the_scale(activity, tau, top):
    beyond, by = split_dormant(activity, tau, top)
    assert not (beyond & by).any()
    np.testing.assert_array_equal(beyond | by, dormant_mask(neuron_scores(activity), tau))
    # Silence is never owed to others.
    assert not (by & (activity == 0)).any()
    for part, scaled in zip((beyond, by), split_dormant(4 * activity, tau, top), strict=True):
        np.testing.assert_array_equal(part, scaled)


@given(ACTIVITIES, st.floats(1, 1000))
def test_a_louder_leader_wakes_nobody_and_makes_none_silent(activity, factor):
    """Only the part by dominance grows with the activation of the most active neuron."""
    louder = activity.copy()
    rows, leader = np.arange(len(activity)), activity.argmax(axis=-1)
    louder[rows, leader] *= np.float32(factor)
    before, after = split_dormant(activity, 0.1), split_dormant(louder, 0.1)
    assert (before[0] <= after[0] | after[1]).all()
    assert (after[1].sum(-1) >= before[1].sum(-1)).all()


def test_scores_are_pooled_over_the_logs_that_all_have(fill: Fill):
    experiment = Results(fill(games=["Pong"], seeds=2), "laptop").experiment("prevalence")
    scores = scores_at(experiment)
    assert list(scores) == list(range(1_000, 46_001, 1_000))
    assert all(len(pooled) == 2 * (8 + 16 + 16 + 128) for pooled in scores.values())


def test_a_slope_may_begin_where_another_curve_is_lowest(fill: Fill):
    """The dip of the share lies early; the slope of anything else is taken from there."""
    experiment = Results(fill(games=["Pong"], seeds=3), "laptop").experiment("prevalence")
    located = {"measure": "dormant_share", "tau": 0.0}
    own = slope_after_minimum(experiment, "dormant_share", tau=0.0)
    same = slope_after_minimum(experiment, "dormant_share", located_on=located, tau=0.0)
    assert same.values == own.values
    other = slope_after_minimum(experiment, "top_share", located_on=located, top=0.01)
    assert other.values != slope_after_minimum(experiment, "top_share", top=0.01).values


def test_the_question_is_drawn_with_what_the_rise_consists_of(fill: Fill):
    root = fill(seeds=2)
    runs = [(f"{n:012x}", game, n // 2) for n, game in enumerate(["DemonAttack", "Asterix"] * 2)]
    write_index(root / "laptop", "distribution", runs)
    picture = question_distribution.render(Results(root, "laptop"))
    assert len(picture.figure.axes) == 12
    assert all("beyond dominance and" in sentence for sentence in picture.sentences)
    assert len(question_distribution.render(Results(root, "laptop"), game="Asterix").sentences) == 1
