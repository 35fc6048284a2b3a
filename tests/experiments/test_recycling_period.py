"""The question of ReDo's period: what is varied, and what is shared with Figure 9."""

import dataclasses

from experiments import recycling_period, redo
from experiments.presets.presets import PRESETS


def test_only_the_period_is_varied():
    for preset in PRESETS.values():
        runs = recycling_period.runs_of(preset, "DemonAttack", 0)
        periods = [run.columns["period"] for run in runs]
        assert periods[0] == 0
        assert periods[1:] == sorted(set(periods[1:])), "each is longer than the one before"
        plain, *recycled = [run.spec for run in runs]
        for run, period in zip(recycled, periods[1:], strict=True):
            assert run.intervention.period_gradient_steps == period
            assert dataclasses.replace(run, intervention=plain.intervention) == plain


def test_the_runs_of_figure_9_are_taken_over():
    for preset in PRESETS.values():
        ours = {run.spec.run_id for run in recycling_period.runs_of(preset, "DemonAttack", 0)}
        theirs = redo.runs_of(preset, "DemonAttack", 0)
        recycled = next(run.spec for run in theirs if run.condition.name == "DQN+ReDo")
        assert recycled.run_id in ours
