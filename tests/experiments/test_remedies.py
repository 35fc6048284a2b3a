"""What the paper's remedies change of a run, and that they change nothing else."""

import dataclasses

from agents.spec import InterventionSpec
from experiments import drq, recycling_strategies, regularization
from experiments.conditions import RESET, described
from experiments.presets.changes import changed
from experiments.presets.presets import LAPTOP, PAPER
from experiments.treatments import (
    with_pruning,
    with_redo,
    with_resets,
    with_scheduled_recycling,
    with_weight_decay,
)

PLAIN = PAPER.high_replay_run("DemonAttack", 0)


def due_steps(run, steps):
    return [step for step in steps if run.intervention.is_due(step)]


def test_redo_has_the_published_settings():
    run = with_redo(PLAIN, PAPER, tau=0.1)
    assert run.intervention == InterventionSpec(
        kind="redo",
        tau=0.1,
        period_gradient_steps=1_000,
        probe_batch_size=64,
        target_copy="after",
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


def test_a_caption_says_which_layers_are_reset():
    told = []
    for layers in ("penultimate", "penultimate_and_output"):
        preset = changed(PAPER, [f"intervention.reset_layers={layers}"], "other")
        told.append(described(RESET, with_resets(PLAIN, preset))["treatment"])
    begin = "Reset re-initialises, every 100,000 gradient steps, the penultimate layer"
    assert told == [f"{begin}.", f"{begin} and the output."]


def test_weight_decay_is_the_published_one():
    run = with_weight_decay(PLAIN)
    assert run.agent == dataclasses.replace(PLAIN.agent, weight_decay=1e-5)


def test_pruning_follows_the_logs():
    run = with_pruning(LAPTOP.run("Asterix", 1), LAPTOP)
    assert run.intervention.tau == 0
    assert due_steps(run, range(1, 3_001)) == [1_000, 2_000, 3_000]
    assert run.intervention.probe_batch_size == run.schedule.probe_batch_size


def test_the_conditions_of_figure_13_share_everything_else():
    runs = regularization.runs_of(LAPTOP, "Asterix", 2)
    assert [run.condition.name for run in runs] == ["DQN", "DQN+ReDo", "DQN+Reset", "DQN+WD"]
    plain = runs[0].spec
    for run in runs:
        assert run.spec.schedule == plain.schedule
        assert run.spec.network == plain.network
        assert dataclasses.replace(run.spec.agent, weight_decay=0.0) == plain.agent


def test_scheduled_recycling_ends_with_the_run_on_the_official_clock():
    run = with_scheduled_recycling(PLAIN, PAPER, share=0.1, select="highest")
    assert run.intervention == InterventionSpec(
        kind="redo",
        select="highest",
        share=0.1,
        tau=0.1,
        period_gradient_steps=1_000,
        clock_offset_gradient_steps=20_000,
        # The official code's `reset_end_step`.
        end_gradient_step=2_500_000,
        target_copy="after",
    )
    assert dataclasses.replace(run, intervention=InterventionSpec()) == PLAIN


def test_ties_are_an_option_of_all_strategies():
    for ties in recycling_strategies.EXPERIMENT.options["ties"]:
        runs = recycling_strategies.runs_of(PAPER, "Asterix", 3, ties=ties)
        assert {run.spec.intervention.ties for run in runs} == {ties}


def test_drq_has_the_published_settings():
    runs = drq.runs_of(PAPER, "Pong", 3)
    assert [run.spec.agent.updates_per_period for run in runs] == [1, 2, 4, 8] * 2
    plain, recycled = runs[0].spec, runs[4].spec
    assert (plain.total_agent_steps, plain.schedule.eval_episodes) == (400_000, 100)
    assert (plain.agent.n_step, plain.agent.target_period_gradient_steps) == (10, 1)
    assert (plain.task.sticky_action_probability, plain.task.terminal_on_life_loss) == (0.0, True)
    assert (recycled.intervention.tau, recycled.intervention.period_gradient_steps) == (0.1, 1_000)
    assert recycled.intervention.end_gradient_step is None
    assert dataclasses.replace(recycled, intervention=InterventionSpec()) == plain
    assert len(drq.EXPERIMENT.games_of(PAPER)) == 26


def test_the_target_of_drq_is_copied_once_an_agent_step_unless_asked_for():
    """As the official agent does: after all updates of an agent step, whose number the ratio is."""
    for ratio in drq.RATIOS:
        agent = drq.drq_run(PAPER, "Pong", 3, ratio).agent
        assert agent.target_period_gradient_steps == agent.updates_per_period == ratio
    every = drq.runs_of(PAPER, "Pong", 3, target="gradient_step")
    assert {run.spec.agent.target_period_gradient_steps for run in every} == {1}
    assert every[0].spec == drq.runs_of(PAPER, "Pong", 3)[0].spec
    other = drq.runs_of(PAPER, "Pong", 3, tau="0.025")[4].spec.intervention
    assert other.tau == 0.025
