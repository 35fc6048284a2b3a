"""The paper's shape on real games in minutes, on two CPU cores; see docs/laptop-preset.md."""

import dataclasses

from agents.distillation.spec import DistillationSpec
from agents.offline.spec import OfflineSchedule, OfflineSpec
from agents.sac.spec import ContinuousSchedule, ContinuousSpec, SACSpec
from agents.spec import AtariTask, DQNSpec, NetworkSpec, RunSpec, ScheduleSpec
from agents.supervised.spec import ClassificationSpec
from experiments.presets.drq import DRQ
from experiments.presets.preset import Preset

_ATARI = RunSpec(
    # Five minutes of play. An agent that only stays alive can do so for half an hour, and ten
    # such episodes take longer than the training between two evaluations.
    task=AtariTask(frame_size_px=42, max_episode_agent_steps=4_500),
    network=NetworkSpec(width=0.25),
    agent=DQNSpec(
        learning_rate=1e-3,
        adam_epsilon=1e-4,
        replay_ratio=0.5,
        target_period_gradient_steps=500,
        replay_capacity_transitions=100_000,
        min_replay_agent_steps=1_000,
        epsilon_decay_agent_steps=10_000,
    ),
    schedule=ScheduleSpec(
        iterations=8,
        agent_steps_per_iteration=10_000,
        eval_episodes=10,
        eval_environments=10,
        log_period_gradient_steps=1_000,
        probe_batch_size=256,
    ),
)

LAPTOP = Preset(
    name="laptop",
    purpose="the paper's shape on real games in minutes, on two CPU cores",
    seed_count=3,
    # At 1,000 most neurons died between two recyclings; see docs/laptop-preset.md.
    redo_period_gradient_steps=100,
    sweep_iterations=4,
    high_replay_iterations=2,
    score_sweep_iterations=1,
    reset_period_gradient_steps=4_000,
    widths=(0.125, 0.25, 0.5),
    residual_width=0.125,
    drq=dataclasses.replace(
        DRQ,
        task=dataclasses.replace(DRQ.task, frame_size_px=42, max_episode_agent_steps=4_500),
        network=dataclasses.replace(DRQ.network, width=0.25),
        agent=dataclasses.replace(
            DRQ.agent,
            learning_rate=1e-3,
            adam_epsilon=1e-4,
            replay_capacity_transitions=10_000,
            min_replay_agent_steps=1_000,
            epsilon_decay_agent_steps=1_000,
        ),
        schedule=ScheduleSpec(
            iterations=3,
            agent_steps_per_iteration=2_000,
            eval_episodes=10,
            eval_environments=10,
            log_period_gradient_steps=400,
            probe_batch_size=256,
        ),
    ),
    games={
        "regularization": ("DemonAttack", "Asterix"),
        "learning_rate": ("DemonAttack", "Asterix"),
        "continuous_control": ("HalfCheetah", "Hopper"),
        "control_dormancy": ("DemonAttack", "Asterix", "HalfCheetah", "Hopper"),
        "redo_replay_ratio": ("DemonAttack",),
        "width_scaling": ("DemonAttack",),
        "active_neurons": ("DemonAttack",),
        # Whose random episodes are short: most of them end before an iteration does.
        "bootstrapping": ("Asterix",),
        "exploration": ("Asterix",),
        "fixed_targets": ("Asterix",),
        "sharpness": ("Asterix",),
        "recycling_strategies": ("DemonAttack",),
        "replay_ratio_games": ("DemonAttack", "Asterix"),
        "activation_function": ("DemonAttack",),
        "outgoing_weights": ("DemonAttack",),
        "incoming_weights": ("DemonAttack",),
        "probe_batch": ("DemonAttack",),
        "drq": ("Assault",),
    },
    # Without the residual network, whose updates take nine times as long, and with the replay
    # ratios that the claims are about.
    conditions={
        "redo_replay_ratio": tuple(
            f"{method}, (n={steps}), RR={ratio:g}"
            for method in ("DQN", "DQN+ReDo")
            for steps in (1, 3)
            for ratio in (0.5, 2)
        ),
        # The preset's own, as in Figure 2, and the highest.
        "replay_ratio_games": ("RR=0.5", "RR=2"),
        "drq": tuple(
            f"{method}, RR={ratio}" for method in ("DrQ(eps)", "DrQ(eps)+ReDo") for ratio in (1, 8)
        ),
    },
    atari=_ATARI,
    classification=ClassificationSpec(training_images=2_500, width=0.5, batch_size=32),
    control=ContinuousSpec(
        agent=SACSpec(
            width=0.5,
            learning_rate=1e-3,
            batch_size=128,
            min_replay_environment_steps=1_000,
        ),
        schedule=ContinuousSchedule(
            iterations=6,
            environment_steps_per_iteration=5_000,
            eval_episodes=10,
            log_period_gradient_steps=1_000,
        ),
    ),
    # A fifth of a run, as in the paper.
    control_period_gradient_steps=6_000,
    distillation=DistillationSpec(
        learning_rate=1e-3,
        adam_epsilon=1e-4,
        gradient_steps=10_000,
        probe_batch_size=256,
        buffers_in_memory=16,
    ),
    offline=OfflineSpec(
        network=_ATARI.network,
        agent=DQNSpec(learning_rate=1e-3, adam_epsilon=1e-4, target_period_gradient_steps=500),
        buffers_in_memory=16,
        schedule=OfflineSchedule(
            iterations=5,
            gradient_steps_per_iteration=5_000,
            log_period_gradient_steps=1_000,
            probe_batch_size=256,
        ),
    ),
)
