"""The published values that ship with the package."""

import numpy as np
import pytest

from experiments.catalog import EXPERIMENTS
from figures.reading import published

# Panels in which every condition of ours is shown.
_PANELS = {
    "fig1": ("17 games",),
    "fig2": ("DemonAttack", "Asterix"),
    "fig3": ("CIFAR-10",),
    "fig4": ("DemonAttack", "Asterix"),
    "fig5": ("DemonAttack", "Asterix"),
    "fig6": ("DemonAttack", "Asterix"),
    "fig7": ("DemonAttack",),
    "fig8": ("DemonAttack",),
    "fig9": ("DemonAttack",),
    "fig11": ("DemonAttack",),
    "fig12": ("DemonAttack",),
    "fig13": ("DemonAttack",),
}


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
    curve = published.curve("fig3", "CIFAR-10", "shuffled")
    assert curve.x.iloc[[0, -1]].tolist() == [1, 100]
    jumps = curve.y.diff()
    assert sorted(curve.x[jumps.nlargest(4).index]) == [21, 41, 61, 81]


def test_players():
    assert published.random_return("DemonAttack") == 152.1
    assert published.human_return("DemonAttack") == 1971.0
    assert np.isnan(published.random_return("Chess"))


@pytest.mark.parametrize(
    ("figure", "panel", "series"),
    [
        (figure, panel, condition.published_as or condition.name)
        for experiment in EXPERIMENTS.values()
        for figure in experiment.figures
        for condition in experiment.conditions
        for panel in _PANELS.get(figure, ())
        if "(regression)" not in condition.name
    ],
)
def test_every_condition_of_the_paper_has_a_published_curve(figure: str, panel: str, series: str):
    assert len(published.curve(figure, panel, series))


def test_single_values_are_second_hand_and_said_to_be():
    assert published.source("fig11", "τ = 0.1") == "published (paper Fig. 11, τ = 0.1, second-hand)"
    assert published.source("fig12") == "published (paper Fig. 12, digitised)"
    bar, same = (published.curve(name, "17 games", "DQN+ReDo").y for name in ("fig11", "fig13"))
    assert bar.tolist() == same.tolist()
    # The same runs, digitised.
    told = published.curve("fig11", "DemonAttack", "DQN", "dormant_percent")
    read = published.curve("fig12", "DemonAttack", "DQN width=1", "dormant_percent")
    assert told.y.item() == pytest.approx(read.y.iloc[-1], abs=1)


def test_what_the_paper_does_not_show_is_empty():
    assert published.curve("fig2", "Pong", "DQN").empty


def test_reference_returns():
    scores = published.reference_returns()
    assert scores.loc["demon_attack"].to_dict() == {"random": 152.1, "human": 1971.0}
    assert len(scores) == 57
    assert (scores.human > scores.random).sum() >= 55
