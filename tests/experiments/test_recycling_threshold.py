"""The question of ReDo's threshold: what is varied, and what is shared with Figure 9."""

import dataclasses

import pytest

from experiments import recycling_threshold, redo
from experiments.presets.presets import PRESETS


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_only_the_threshold_is_varied(preset):
    plain, *recycled = [run.spec for run in recycling_threshold.runs_of(preset, "Breakout", 0)]
    assert [run.intervention.tau for run in recycled] == [0.0, 0.025, 0.1]
    for run in recycled:
        assert run.intervention.kind == "redo"
        as_first = dataclasses.replace(run.intervention, tau=0.0)
        assert as_first == recycled[0].intervention
        assert dataclasses.replace(run, intervention=plain.intervention) == plain


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_the_run_with_redo_of_figure_9_is_taken_over(preset):
    ours = {run.spec.run_id for run in recycling_threshold.runs_of(preset, "Breakout", 0)}
    theirs = redo.runs_of(preset, "Breakout", 0)
    (recycled,) = (run.spec for run in theirs if run.condition.name == "DQN+ReDo")
    assert recycled.run_id in ours
