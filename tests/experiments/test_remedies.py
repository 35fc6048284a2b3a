"""What the paper's remedies change of a run, and that they change nothing else."""

import dataclasses

from agents.spec import InterventionSpec
from experiments import regularization
from experiments.presets.presets import LAPTOP, PAPER
from experiments.treatments import with_pruning, with_redo, with_resets, with_weight_decay

PLAIN = PAPER.high_replay_run("DemonAttack", 0)


def due_steps(run, steps):
    return [step for step in steps if run.intervention.is_due(step)]


def test_redo_has_the_published_settings():
    run = with_redo(PLAIN, PAPER, tau=0.1)
    assert run.intervention == InterventionSpec(
        kind="redo", tau=0.1, period_gradient_steps=1_000, probe_batch_size=64
    )
    assert dataclasses.replace(run, intervention=InterventionSpec()) == PLAIN


def test_resets_fall_on_the_end_of_every_second_iteration_and_spare_the_last():
    run = with_resets(PLAIN, PAPER)
    # At replay ratio 1 a gradient step is an agent step, and 20,000 were played before.
    ends = [250_000 * iteration - 20_000 for iteration in range(1, 11)]
    assert due_steps(run, ends) == [ends[1], ends[3], ends[5], ends[7]]
    assert ends[-1] == run.total_gradient_steps
    every = range(1_000, run.total_gradient_steps + 1, 1_000)
    assert len(due_steps(run, every)) == 24  # the official code's 25 without the last
    assert dataclasses.replace(run, intervention=InterventionSpec()) == PLAIN


def test_weight_decay_is_the_published_one():
    run = with_weight_decay(PLAIN)
    assert run.agent == dataclasses.replace(PLAIN.agent, weight_decay=1e-5)


def test_pruning_follows_the_logs():
    run = with_pruning(LAPTOP.run("Asterix", 1), LAPTOP)
    assert run.intervention.tau == 0
    assert due_steps(run, range(1, 3_001)) == [1_000, 2_000, 3_000]
    assert run.intervention.probe_batch_size == run.schedule.probe_batch_size


def test_the_conditions_of_figure_13_share_everything_else():
    runs = regularization.runs(LAPTOP, ["Asterix"], [2])
    assert [run.condition.name for run in runs] == ["DQN", "DQN+ReDo", "DQN+Reset", "DQN+WD"]
    plain = runs[0].spec
    for run in runs:
        assert run.spec.schedule == plain.schedule
        assert run.spec.network == plain.network
        assert dataclasses.replace(run.spec.agent, weight_decay=0.0) == plain.agent
