"""Figure 4 from the first frame of the behaviour run to the verdicts, at smoke scale."""

import dataclasses

import numpy as np
import pytest

from agents.replay.archive import Buffers
from experiments import offline
from experiments.presets.presets import PAPER, PRESETS, SMOKE
from experiments.running.runner import run_one
from experiments.storing import transitions
from experiments.storing.index import write_index
from experiments.storing.schema import Store
from figures import fig4
from figures.claims.verdict import evaluate
from figures.reading.data import Results

GAMES, SEEDS = ("DemonAttack", "Asterix"), (0, 1)
BOTH = ["bootstrapped targets", "random targets"]


def of_condition(preset, condition):
    return [
        run.spec
        for run in offline.EXPERIMENT.runs(preset, GAMES, SEEDS)
        if run.condition.name == condition
    ]


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_only_the_targets_differ(preset):
    moving, still = (of_condition(preset, condition) for condition in BOTH)
    for one, other in zip(moving, still, strict=True):
        assert one.targets == "bootstrapped"
        assert dataclasses.replace(one, targets="random_network") == other
        # Nothing is trained for the sake of the data: the run is that of other figures.
        assert one.data == preset.comparison_run(one.game, one.seed)


def test_published_settings():
    spec = of_condition(PAPER, BOTH[0])[0]
    assert spec.total_gradient_steps == 6_250_000
    assert spec.schedule.log_period_gradient_steps == 20_000
    assert (spec.agent.learning_rate, spec.agent.adam_epsilon) == (6.25e-5, 1.5e-4)
    assert (spec.agent.target_period_gradient_steps, spec.agent.batch_size) == (2_000, 32)
    assert spec.requires_transitions_of == (spec.data,)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A root of results with both runs of one game and seed, and the run before them."""
    root = tmp_path_factory.mktemp("results")
    store = Store(root, SMOKE.name)
    runs = offline.EXPERIMENT.runs(SMOKE, GAMES[:1], SEEDS[:1])
    transitions.keep(store.run_folder(runs[0].spec.data))
    for spec in (*runs[0].spec.requires, *(run.spec for run in runs)):
        run_one(spec, store.run_folder(spec))
    write_index(store, offline.EXPERIMENT, SMOKE, runs)
    return root


def test_the_behaviour_run_leaves_a_buffer_an_iteration(results):
    spec = of_condition(SMOKE, BOTH[0])[0].data
    folder = Store(results, SMOKE.name).run_folder(spec) / "transitions"
    assert Buffers(folder).numbers == list(range(spec.schedule.iterations))


def test_the_tables_hold_both_curves(results):
    experiment = Results(results, SMOKE.name).experiment("offline")
    assert experiment.conditions == BOTH
    schedule = SMOKE.offline.schedule
    for run in experiment.runs:
        assert run.complete
        losses = run.metric("td_loss")
        expected = np.arange(0, SMOKE.offline.total_gradient_steps + 1)
        expected = expected[:: schedule.log_period_gradient_steps]
        # Nothing has been learned before the first log.
        np.testing.assert_array_equal(losses.gradient_step, expected[1:])
        np.testing.assert_array_equal(run.records("Dense_0").gradient_step, expected)


def test_figure_4_compares_both_targets(results):
    picture = fig4.render(Results(results, SMOKE.name))
    (sentence,) = picture.sentences
    assert sentence.startswith("DemonAttack, dormant share in the last quarter: bootstrapped")
    assert "random targets" in sentence


def test_the_claims_can_be_judged(results):
    experiment = Results(results, SMOKE.name).experiment("offline")
    difference, rise = (evaluate(claim, experiment) for claim in experiment.claims)
    assert np.isfinite(difference.value)
    assert difference.reason == "DemonAttack has one seed and an interval needs two"
    # A minimum is located on the other seeds, and there is none.
    assert np.isnan(rise.value)
