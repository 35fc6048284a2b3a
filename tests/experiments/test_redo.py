import dataclasses

import pytest

from agents.spec import InterventionSpec
from experiments import prevalence, redo
from experiments.presets.presets import LAPTOP, PAPER, PRESETS, SMOKE
from experiments.storing.index import write_index
from experiments.storing.schema import EXPERIMENT_KEY, Store
from experiments.storing.store import read_metadata

GAMES, SEEDS = ("DemonAttack", "Asterix"), (0, 1)


def of_condition(preset, condition):
    return [
        run.spec
        for run in redo.EXPERIMENT.runs(preset, GAMES, SEEDS)
        if run.condition.name == condition
    ]


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_the_baseline_is_the_run_of_figure_2(preset):
    shared = [run.spec.run_id for run in prevalence.EXPERIMENT.runs(preset, GAMES, SEEDS)]
    assert [spec.run_id for spec in of_condition(preset, "DQN")] == shared


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_only_redo_and_the_length_differ(preset):
    for plain, recycled in zip(
        of_condition(preset, "DQN"), of_condition(preset, "DQN+ReDo"), strict=True
    ):
        recycled.check()
        assert recycled.total_gradient_steps <= plain.total_gradient_steps
        assert plain == dataclasses.replace(
            recycled, intervention=InterventionSpec(), schedule=plain.schedule
        )
        # A neuron can be found dormant again from the second recycling on.
        assert recycled.total_gradient_steps >= 3 * recycled.intervention.period_gradient_steps


def test_published_settings():
    spec = of_condition(PAPER, "DQN+ReDo")[0]
    assert spec.total_agent_steps * spec.task.frame_skip == 40_000_000
    recycling = spec.intervention
    assert (recycling.kind, recycling.tau) == ("redo", 0.025)
    assert (recycling.period_gradient_steps, recycling.probe_batch_size) == (1_000, 64)


def test_pairs_come_together_and_seed_by_seed():
    runs = redo.EXPERIMENT.runs(LAPTOP, GAMES, SEEDS)
    assert [(r.spec.seed, r.spec.task.game, r.condition.name) for r in runs[:4]] == [
        (0, "DemonAttack", "DQN"),
        (0, "DemonAttack", "DQN+ReDo"),
        (0, "Asterix", "DQN"),
        (0, "Asterix", "DQN+ReDo"),
    ]


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        (PAPER, []),
        (LAPTOP, [["agent steps per run", "80,000", "10,000,000"]]),
        (SMOKE, [["intervention period (gradient steps)", "80", "1,000"]]),
    ],
    ids=["paper", "laptop", "smoke"],
)
def test_the_scale_down_is_told_of_the_comparison(tmp_path, preset, expected):
    store = Store(tmp_path, preset.name)
    store.folder.mkdir()
    write_index(store, redo.EXPERIMENT, preset, redo.EXPERIMENT.runs(preset, GAMES, SEEDS))
    rows = read_metadata(store.index("redo"), EXPERIMENT_KEY)["scale_down"]
    assert [row for row in rows if row in expected] == expected
    assert bool(rows) == bool(expected)
