"""Scores of conditions are compared over the same games, and what is left out is named."""

import shutil

from made_up_store import Fill
import numpy as np
import pytest

from figures import fig1, fig10
from figures.curves.scores import Scores
from figures.reading.data import ExperimentResults, Results

SMALL = {"seeds": 2, "period": 5_000, "total": 46_000}


def without(experiment: ExperimentResults, condition: str, game: str) -> ExperimentResults:
    return experiment.restricted(lambda run: (run.condition, run.game) != (condition, game))


def test_only_games_that_all_conditions_have_count(fill: Fill):
    games = ["DemonAttack", "Asterix"]
    root = fill(**SMALL, games=games, experiment="regularization")
    whole = Results(root, "laptop").experiment("regularization")
    assert Scores(whole, "fig1").games == games
    scores = Scores(without(whole, "DQN+WD", "Asterix"), "fig1")
    alone = Scores(whole.select(game="DemonAttack"), "fig1")
    assert (scores.games, scores.games_not_in_all) == (["DemonAttack"], ["Asterix"])
    assert scores.levels == alone.levels != Scores(whole, "fig1").levels
    for ours, expected in zip(scores.curve("DQN")[1], alone.curve("DQN")[1], strict=True):
        np.testing.assert_array_equal(ours, expected)
    # A condition without any run yet is not waited for.
    begun = without(without(whole, "DQN+WD", "Asterix"), "DQN+WD", "DemonAttack")
    assert Scores(begun, "fig1").games == games


def remove(root, experiment: str, condition: str, game: str) -> None:
    """As if these runs had not begun."""
    found = Results(root, "laptop").experiment(experiment)
    for run in found.select(condition=condition, game=game).runs:
        shutil.rmtree(run.folder)


@pytest.mark.parametrize(
    ("lacking", "axis", "told"),
    [
        (
            [("DQN+WD", "Asterix")],
            "IQM score (random 0, human 1)",
            "Not evaluated under all conditions and left out: Asterix.",
        ),
        (
            [("DQN+WD", "Asterix"), ("DQN", "DemonAttack")],
            "evaluation return",
            "Not evaluated under all conditions and left out: DemonAttack, Asterix. Instead of",
        ),
    ],
)
def test_pictures_name_the_games_that_a_condition_lacks(fill: Fill, lacking, axis, told):
    root = fill(**SMALL, games=["DemonAttack", "Asterix"], experiment="regularization")
    for condition, game in lacking:
        remove(root, "regularization", condition, game)
    picture = fig1.render(Results(root, "laptop"))
    assert picture.figure.axes[0].get_ylabel() == axis
    assert told in picture.as_markdown()


def test_figure_10_names_them_by_panel(fill: Fill):
    root = fill(**SMALL, games=["DemonAttack", "Asterix"], experiment="redo_replay_ratio")
    settings = Results(root, "laptop").experiment("redo_replay_ratio").column("setting")
    condition = next(name for name, setting in settings.items() if setting == "DQN (n=3)")
    remove(root, "redo_replay_ratio", condition, "Asterix")
    titles = [axes.get_title("left") for axes in fig10.render(Results(root, "laptop")).figure.axes]
    assert titles[:2] == ["DQN (n=1), 2 games", "DQN (n=3), DemonAttack"]
    told = "DQN (n=3): Not evaluated under all conditions and left out: Asterix."
    assert told in fig10.render(Results(root, "laptop")).remarks
