"""Which runs Figure 4 compares; `test_from_run_to_claim` trains some and judges them."""

import dataclasses

import pytest

from experiments import offline
from experiments.presets.presets import PAPER, PRESETS

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
