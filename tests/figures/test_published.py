"""The published values that ship with the package."""

import numpy as np
import pandas as pd
import pytest

from figures.reading import published


def test_curve_is_ordered_and_ends_where_the_paper_does():
    curve = published.curve("fig5", "Asterix", "DQN")
    assert curve.x.is_monotonic_increasing
    assert curve.x.iloc[[0, -1]].between([40_000, 6.2e6], [40_000, 6.3e6]).all()
    assert 79 < curve.y.iloc[-1] < 81
    assert (curve.x_unit == "gradient_steps").all()


def test_metric_tells_the_halves_of_a_figure_apart():
    shares = published.curve("fig9", "DemonAttack", "DQN+ReDo", "dormant_percent")
    returns = published.curve("fig9", "DemonAttack", "DQN+ReDo", "return")
    assert shares.y.max() < 5 < 1000 < returns.y.max()


def test_returns_are_at_the_frames_after_which_they_were_measured():
    returns = published.curve("fig9", "DemonAttack", "DQN", "return")
    assert returns.x.iloc[[0, -1]].tolist() == [1e6, 40e6]


def test_figure_3_jumps_after_one_epoch_on_new_labels():
    """As ours do: the log at epoch 20 still shows the network before the shuffle."""
    curve = published.curve("fig3", "CIFAR-10", "shuffled labels")
    assert curve.x.iloc[[0, -1]].tolist() == [1, 100]
    jumps = curve.y.diff()
    assert sorted(curve.x[jumps.nlargest(4).index]) == [21, 41, 61, 81]


def test_players():
    assert published.random_return("DemonAttack") == 152.1
    assert published.human_return("DemonAttack") == 1971.0
    assert np.isnan(published.random_return("Chess"))


@pytest.mark.parametrize(
    ("figure", "panel", "ours", "theirs"),
    [
        ("fig1", "17 games", "DQN+Reset", "Reset"),
        ("fig3", "CIFAR-10", "fixed labels", "fixed_targets"),
        ("fig4", "Asterix", "random targets", "fixed_targets"),
        ("fig6", "Asterix", "DQN", "standard"),
        ("fig12", "DemonAttack", "DQN+ReDo, width 4", "DQN+ReDo width=4"),
        ("fig13", "DemonAttack", "DQN+WD", "WD"),
    ],
)
def test_conditions_that_the_paper_calls_otherwise(figure: str, panel: str, ours: str, theirs: str):
    curve = published.curve(figure, panel, ours)
    assert len(curve)
    pd.testing.assert_frame_equal(curve, published.curve(figure, panel, theirs))


def test_what_the_paper_does_not_show_is_empty():
    assert published.curve("fig2", "Pong", "DQN").empty


def test_reference_returns():
    scores = published.reference_returns()
    assert scores.loc["demon_attack"].to_dict() == {"random": 152.1, "human": 1971.0}
    assert len(scores) == 57
    assert (scores.human > scores.random).sum() >= 55
