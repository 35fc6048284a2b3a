"""Figure 3 from CIFAR-10's binary files to the verdicts: smoke scale, made-up images, one seed."""

import dataclasses

import numpy as np
import pytest

from agents.errors import UserError
from experiments import label_shuffling
from experiments.presets.presets import LAPTOP, PAPER, PRESETS, SMOKE
from experiments.running.runner import run_one
from experiments.storing.index import write_index
from experiments.storing.schema import Store
from figures import fig3
from figures.claims.verdict import evaluate
from figures.reading.data import Results
from tests.agents.made_up_cifar10 import write_folder

GAMES, SEEDS = ("CIFAR-10",), (0, 1)
NAMES = [condition.name for condition in label_shuffling.CHANGES]


def specs(preset, seed=0):
    """Condition -> run."""
    return {
        run.condition.name: run.spec
        for run in label_shuffling.EXPERIMENT.runs(preset, GAMES, [seed])
    }


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_conditions_differ_in_nothing_but_what_they_say(preset):
    planned = specs(preset)
    assert len({spec.run_id for spec in planned.values()}) == 4
    for condition, changes in label_shuffling.CHANGES.items():
        spec = planned[condition.name]
        spec.check()
        assert spec == dataclasses.replace(planned["fixed labels"], **changes)
        # The jumps are judged at the shuffles, of which there must be some.
        assert spec.epochs > 2 * spec.shuffle_period_epochs


def test_published_settings():
    spec = specs(PAPER)["shuffled labels"]
    assert (spec.objective, spec.labels) == ("classification", "shuffled")
    assert (spec.training_images, spec.epochs, spec.shuffle_period_epochs) == (10_000, 100, 20)
    assert (spec.batch_size, spec.learning_rate, spec.momentum) == (256, 0.01, 0.9)
    assert label_shuffling.EXPERIMENT.seeds_of(PAPER) == (0, 1, 2)


def test_conditions_of_a_seed_come_together():
    runs = label_shuffling.EXPERIMENT.runs(LAPTOP, GAMES, SEEDS)
    assert [run.spec.seed for run in runs] == [0] * 4 + [1] * 4
    assert [run.condition.name for run in runs[:4]] == NAMES


def test_games_are_refused():
    label_shuffling.EXPERIMENT.check_game("CIFAR-10")
    sentence = "no games, only the images of CIFAR-10"
    with pytest.raises(UserError, match=sentence):
        label_shuffling.EXPERIMENT.check_game("Hopper")
    with pytest.raises(UserError, match=sentence):
        label_shuffling.runs_of(LAPTOP, "Pong", 0)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A root of results with all runs of one seed, trained on made-up images."""
    root, images = tmp_path_factory.mktemp("results"), tmp_path_factory.mktemp("cifar10")
    write_folder(images, images_per_file=SMOKE.classification.training_images)
    store = Store(root, SMOKE.name)
    runs = label_shuffling.EXPERIMENT.runs(SMOKE, GAMES, SEEDS[:1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DORMANT_CIFAR10", str(images))
        for run in runs:
            run_one(run.spec, store.run_folder(run.spec))
    write_index(store, label_shuffling.EXPERIMENT, SMOKE, runs)
    return root


def test_the_tables_hold_every_epoch(results):
    experiment = Results(results, SMOKE.name).experiment("label_shuffling")
    spec = SMOKE.classification
    every_epoch = np.arange(spec.epochs + 1) * spec.steps_per_epoch
    assert experiment.conditions == NAMES
    assert experiment.games == ["CIFAR-10"]
    for run in experiment.runs:
        assert run.complete
        np.testing.assert_array_equal(run.records("Conv_0").gradient_step, every_epoch)
        score = "train_r2" if "regression" in run.condition else "train_accuracy"
        np.testing.assert_array_equal(run.metric(score).agent_step, every_epoch[1:])
        assert run.metric(score).value.le(1).all()


@pytest.mark.parametrize("tau", [0.0, 0.1])
def test_figure_3_shows_both_objectives_over_epochs(results, tau):
    picture = fig3.render(Results(results, SMOKE.name), tau=tau)
    ours, regression, published = picture.figure.axes
    assert ours.get_title(loc="left") == "classification"
    assert regression.get_title(loc="left") == "regression (not in the paper)"
    assert {axes.get_xlabel() for axes in picture.figure.axes} == {"epochs"}
    # One line for each of two conditions: the mean of a single seed is the seed.
    for axes in (ours, regression):
        assert [line.get_xdata()[-1] for line in axes.lines] == 2 * [SMOKE.classification.epochs]
    # So short a run would be a stroke beside the published curves, which are below it.
    assert [line.get_xdata()[-1] for line in published.lines] == [100, 100]
    assert all(condition in picture.sentences[0] for condition in NAMES)


def test_every_claim_can_be_judged(results):
    experiment = Results(results, SMOKE.name).experiment("label_shuffling")
    assert len(experiment.claims) == len(label_shuffling.CLAIMS) == 5
    for claim in experiment.claims:
        verdict = evaluate(claim, experiment)
        assert np.isfinite(verdict.value), claim["name"]
        assert verdict.unit == "percentage points"
        assert verdict.reason == "CIFAR-10 has one seed and an interval needs two"
