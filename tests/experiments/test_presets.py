import pytest

from agents.kinds import parse_spec
from agents.spec import NetworkSpec, RunSpec
from experiments import continuous_control, distillation, redo, regularization
from experiments.catalog import EXPERIMENTS
from experiments.presets.changes import changed
from experiments.presets.paths import replaced, value_at
from experiments.presets.presets import (
    DESK,
    LAPTOP,
    PAPER,
    PRESETS,
    SMOKE,
    TUNING_SEEDS,
)
from experiments.presets.scale_down import scale_down
from experiments.selection import select


def test_paper_preset_is_the_published_run():
    assert PAPER.run("DemonAttack", 3) == RunSpec(seed=3)
    assert scale_down(PAPER.atari, PAPER.atari) == []


# The paper's Tables 1 to 5, and google/dopamine where they are silent.
PUBLISHED = {
    "atari": {
        "task.frame_size_px": 84,
        "task.frame_stack": 4,
        "task.frame_skip": 4,
        "task.sticky_action_probability": 0.25,
        "task.max_episode_agent_steps": 27_000,
        "task.terminal_on_life_loss": False,
        "network.kind": "nature",
        "network.width": 1.0,
        "agent.learning_rate": 6.25e-5,
        "agent.adam_b1": 0.9,
        "agent.adam_b2": 0.999,
        "agent.adam_epsilon": 1.5e-4,
        "agent.weight_decay": 0.0,
        "agent.loss": "huber",
        "agent.discount": 0.99,
        "agent.n_step": 1,
        "agent.batch_size": 32,
        "agent.replay_ratio": 0.25,
        "agent.update_period_agent_steps": 4,
        "agent.target_period_gradient_steps": 2_000,
        "agent.replay_capacity_transitions": 1_000_000,
        "agent.min_replay_agent_steps": 20_000,
        "agent.epsilon_train": 0.01,
        "agent.epsilon_decay_agent_steps": 250_000,
        "agent.epsilon_eval": 0.001,
        "agent.double": False,
        "schedule.agent_steps_per_iteration": 250_000,
        "schedule.eval_agent_steps": 125_000,
        "schedule.log_period_gradient_steps": 20_000,
        "schedule.probe_batch_size": 64,
    },
    "drq": {
        "task.sticky_action_probability": 0.0,
        "task.terminal_on_life_loss": True,
        "task.noop_frames": 30,
        "network.kind": "dueling",
        "agent.learning_rate": 1e-4,
        "agent.adam_epsilon": 1.5e-4,
        "agent.n_step": 10,
        "agent.update_period_agent_steps": 1,
        "agent.replay_capacity_transitions": 1_000_000,
        "agent.min_replay_agent_steps": 1_600,
        "agent.epsilon_decay_agent_steps": 5_000,
        "agent.double": True,
        "agent.augmentation": "drq",
    },
    "control": {
        "agent.width": 1.0,
        "agent.learning_rate": 3e-4,
        "agent.batch_size": 256,
        "agent.discount": 0.99,
        "agent.target_smoothing": 0.005,
        "agent.reward_scale": 0.1,
        "agent.replay_ratio": 1,
        "agent.replay_capacity_transitions": 1_000_000,
        "agent.min_replay_environment_steps": 10_000,
        "schedule.eval_episodes": 30,
        "schedule.probe_batch_size": 256,
    },
    "classification": {"training_images": 10_000, "epochs": 100, "shuffle_period_epochs": 20},
    "offline": {
        "agent.learning_rate": 6.25e-5,
        "agent.target_period_gradient_steps": 2_000,
        "buffers_in_memory": 5,
        "schedule.iterations": 100,
        "schedule.gradient_steps_per_iteration": 62_500,
    },
    "distillation": {"gradient_steps": 50_000, "learning_rate": 6.25e-5, "batch_size": 32},
}


@pytest.mark.parametrize("kind", PUBLISHED)
def test_every_number_of_the_paper_preset_is_the_published_one(kind):
    """No id tells it: that of a run says only what differs from the defaults, which these are."""
    spec = getattr(PAPER, kind)
    assert {path: value_at(spec, path) for path in PUBLISHED[kind]} == PUBLISHED[kind]


def test_each_width_of_a_preset_is_twice_the_one_before():
    for preset in PRESETS.values():
        first, second, third = preset.widths
        assert (second, third) == (2 * first, 4 * first)
    assert PAPER.widths == (1, 2, 4)


def test_a_path_into_a_value_that_is_set_as_well_changes_a_field_of_that_one():
    network = NetworkSpec("impala", width=2.0)
    for order in (1, -1):
        values = [("network", network), ("network.width", 0.5)][::order]
        assert replaced(RunSpec(), dict(values)).network == NetworkSpec("impala", width=0.5)


def test_settings_are_chosen_on_other_seeds_than_reported():
    for preset in PRESETS.values():
        assert preset.seeds == tuple(range(preset.seed_count))
        assert not set(preset.seeds) & set(TUNING_SEEDS)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_presets_can_be_trained(preset):
    run = preset.run("Asterix", 1)
    run.check()
    assert (run.task.game, run.seed) == ("Asterix", 1)
    assert run.total_gradient_steps >= 5 * run.schedule.log_period_gradient_steps


def test_scale_down_is_readable():
    rows = {field: (ours, papers) for field, ours, papers in scale_down(LAPTOP.atari, PAPER.atari)}
    assert rows["frame size (pixels)"] == ("42", "84")
    assert rows["network width"] == ("0.25", "1")
    assert rows["gradient steps per run"][1] == "6,245,000"
    assert not any("." in field or "_" in field for field in rows)


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_what_every_experiment_trains_can_be_trained(preset, name):
    experiment = EXPERIMENTS[name]
    seeds = experiment.seeds_of(preset)
    runs = experiment.runs(preset, experiment.games_of(preset), seeds)
    assert {run.spec.seed for run in runs} == set(seeds)
    assert not set(seeds) & set(TUNING_SEEDS)
    # One line of a figure has each game and seed once.
    assert len({(run.condition.name, run.spec.game, run.spec.seed) for run in runs}) == len(runs)
    assert len({run.spec.run_id for run in runs}) == len(runs)
    # Seeds are alike in all else.
    for spec in (run.spec for run in runs if run.spec.seed == seeds[0]):
        assert parse_spec(spec.to_json()) == spec
        for trained in (spec, *spec.requires):
            trained.check()
    # Captions tell the scale-down by field names that a reader understands.
    rows = scale_down(experiment.typical(preset), experiment.typical(PAPER))
    assert bool(rows) == (experiment.typical(preset) != experiment.typical(PAPER))
    assert not any("." in field or "_" in field for field, _, _ in rows)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_that_leaves_out_conditions_keeps_whole_claims(preset):
    for name, kept in preset.conditions.items():
        experiment = EXPERIMENTS[name]
        assert set(kept) < {condition.name for condition in experiment.conditions}
        (selection,) = select([experiment], preset)
        assert {run.condition.name for run in selection.runs} == set(kept)
        # What a user names is trained all the same.
        left_out = next(c.name for c in experiment.conditions if c.name not in kept)
        (selection,) = select([experiment], preset, conditions=[left_out])
        assert {run.condition.name for run in selection.runs} == {left_out}
        for claim in experiment.claims:
            named = {value for value in claim.arguments.values() if isinstance(value, str)}
            about = named & {condition.name for condition in experiment.conditions}
            assert about <= set(kept) or not about & set(kept), claim.name


def test_published_lengths():
    # Figure 7: 40M frames at every replay ratio; Figures 1, 11, 12 and 13: 10M frames at 1.
    for ratio in (0.5, 1.0, 2.0):
        run = PAPER.sweep_run("DemonAttack", 0, ratio)
        assert run.total_agent_steps * run.task.frame_skip == 40_000_000
        assert run.agent.target_period_gradient_steps == 2_000
    assert PAPER.sweep_run("DemonAttack", 0, 0.25) == PAPER.run("DemonAttack", 0)
    run = PAPER.high_replay_run("Pong", 0)
    assert (run.total_agent_steps, run.agent.replay_ratio) == (2_500_000, 1.0)


def test_a_comparison_is_a_run_of_its_own_only_where_it_is_shorter():
    for preset in (SMOKE, LAPTOP):
        assert preset.comparison_run("Pong", 1) == preset.run("Pong", 1)
    shorter = PAPER.comparison_run("DemonAttack", 0)
    assert shorter.total_agent_steps == 10_000_000
    assert shorter.run_id != PAPER.run("DemonAttack", 0).run_id


def test_figure_5_uses_the_runs_of_figure_2():
    needed = [
        {run.spec.run_id for run in EXPERIMENTS[name].runs(SMOKE, ["Asterix", "Pong"], [0, 1])}
        for name in ("prevalence", "overlap")
    ]
    assert needed[0] == needed[1]
    assert len(needed[0]) == 4


def test_desk_is_the_regime_that_was_found():
    run = DESK.comparison_run("Asterix", 0)
    assert (run.total_agent_steps, run.agent.replay_ratio) == (400_000, 1.0)
    assert (run.agent.learning_rate, run.agent.adam_epsilon) == (2.5e-4, 1.5e-4)
    assert (run.task.frame_size_px, run.network.width) == (42, 0.25)
    agent = run.agent
    assert (agent.target_period_gradient_steps, agent.replay_capacity_transitions) == (
        1_000,
        200_000,
    )
    # At replay ratio 1 the runs of Figures 1, 11, 12 and 13 are those of Figures 2, 5 and 9.
    assert DESK.high_replay_run("Asterix", 0) == run
    (recycled,) = {r.spec for r in redo.runs_of(DESK, "Asterix", 0) if r.condition.name != "DQN"}
    assert (recycled.intervention.tau, recycled.intervention.period_gradient_steps) == (0.1, 1_000)
    assert any(r.spec == recycled for r in regularization.runs_of(DESK, "Asterix", 0))
    # A student that starts as its teacher would have nothing to learn.
    for planned in distillation.EXPERIMENT.runs(DESK, ["Asterix"], [0, 1]):
        assert planned.spec.student.run_id != planned.spec.teacher.run_id


@pytest.mark.parametrize("preset", [DESK, LAPTOP, PAPER], ids=lambda preset: preset.name)
def test_sac_is_recycled_four_times_in_a_run_whatever_its_length(preset):
    run = continuous_control.treated(preset, preset.control, kind="redo")
    # A step of a hundred passes over none that is due.
    steps = range(100, run.total_gradient_steps + 1, 100)
    assert run.intervention.period_gradient_steps % 100 == 0
    assert sum(run.intervention.is_due(step) for step in steps) == 4
    # Not longer than the published run, and shorter where a preset is.
    assert (run.total_agent_steps == 1_000_000) == (preset is PAPER)


def test_sac_at_desk_is_as_published_but_for_its_length():
    assert DESK.control.agent == PAPER.control.agent
    assert DESK.control.total_agent_steps == 200_000


def test_the_paper_has_ten_seeds_of_what_it_has_ten_seeds_of():
    for name, count in (("drq", 10), ("continuous_control", 10), ("redo", 5)):
        assert len(EXPERIMENTS[name].seeds_of(PAPER)) == count
        assert EXPERIMENTS[name].seeds_of(LAPTOP) == (0, 1, 2)
    assert len(EXPERIMENTS["drq"].seeds_of(changed(PAPER, ["drq.agent.n_step=5"]))) == 10


def test_the_paper_recycles_below_a_tenth_but_for_default_dqn():
    runs = EXPERIMENTS["redo_replay_ratio"].runs(PAPER, ("Asterix",), (0,))
    taus = {r.condition.name: r.spec.intervention.tau for r in runs if "ReDo" in r.condition.name}
    assert [name for name, tau in taus.items() if tau != 0.1] == ["DQN+ReDo, (n=1), RR=0.25"]


def test_published_interventions_come_before_the_target_networks_copy():
    """As in the code that made the published curves; smaller presets had runs by then."""
    for preset, order in ((PAPER, "after"), (DESK, "before"), (LAPTOP, "before")):
        for name in ("redo", "regularization", "pruning", "drq"):
            runs = EXPERIMENTS[name].runs(preset, ("Assault",), (0,))
            changed = [r.spec.intervention for r in runs if r.spec.intervention.kind != "none"]
            assert {each.target_copy for each in changed} == {order}
