"""Seconds: proves that everything works and says nothing about the claims."""

import dataclasses

from agents.distillation.spec import DistillationSpec
from agents.offline.spec import OfflineSchedule, OfflineSpec
from agents.sac.spec import ContinuousSchedule, ContinuousSpec, SACSpec
from agents.spec import AtariTask, DQNSpec, NetworkSpec, RunSpec, ScheduleSpec
from agents.supervised.spec import ClassificationSpec
from experiments.presets.drq import DRQ
from experiments.presets.preset import Preset

_ATARI = RunSpec(
    task=AtariTask(frame_size_px=42, max_episode_agent_steps=500),
    network=NetworkSpec(width=0.25),
    agent=DQNSpec(
        learning_rate=1e-3,
        replay_ratio=2.0,
        target_period_gradient_steps=100,
        replay_capacity_transitions=1_000,
        min_replay_agent_steps=200,
        epsilon_decay_agent_steps=200,
    ),
    schedule=ScheduleSpec(
        iterations=3,
        agent_steps_per_iteration=200,
        eval_episodes=2,
        eval_environments=2,
        log_period_gradient_steps=40,
    ),
)

SMOKE = Preset(
    name="smoke",
    purpose="seconds; proves that everything works, says nothing about the claims",
    seed_count=2,
    atari=_ATARI,
    classification=ClassificationSpec(
        training_images=200,
        width=0.125,
        batch_size=50,
        epochs=6,
        shuffle_period_epochs=2,
        probe_images=50,
        checkpoint_period_epochs=2,
    ),
    distillation=DistillationSpec(
        learning_rate=1e-3,
        gradient_steps=200,
        log_period_gradient_steps=20,
        checkpoint_period_gradient_steps=100,
    ),
    offline=OfflineSpec(
        network=_ATARI.network,
        agent=DQNSpec(learning_rate=1e-3, target_period_gradient_steps=100),
        buffers_in_memory=2,
        schedule=OfflineSchedule(
            iterations=2,
            gradient_steps_per_iteration=100,
            log_period_gradient_steps=50,
        ),
    ),
    control=ContinuousSpec(
        agent=SACSpec(width=0.125, batch_size=32, min_replay_environment_steps=100),
        schedule=ContinuousSchedule(
            iterations=3,
            environment_steps_per_iteration=200,
            eval_episodes=2,
            eval_environments=2,
            log_period_gradient_steps=50,
        ),
    ),
    control_period_gradient_steps=100,
    redo_period_gradient_steps=80,
    reset_period_gradient_steps=80,
    widths=(0.125, 0.25, 0.5),
    residual_width=0.125,
    whole_episode_agent_steps=600,
    drq=dataclasses.replace(
        DRQ,
        task=dataclasses.replace(DRQ.task, frame_size_px=42, max_episode_agent_steps=500),
        network=dataclasses.replace(DRQ.network, width=0.25),
        agent=dataclasses.replace(
            DRQ.agent,
            learning_rate=1e-3,
            replay_capacity_transitions=1_000,
            min_replay_agent_steps=200,
            epsilon_decay_agent_steps=200,
        ),
        schedule=ScheduleSpec(
            iterations=2,
            agent_steps_per_iteration=200,
            eval_episodes=2,
            eval_environments=2,
            log_period_gradient_steps=40,
        ),
    ),
    games={
        "regularization": ("DemonAttack", "Asterix"),
        "learning_rate": ("DemonAttack", "Asterix"),
        "continuous_control": ("HalfCheetah", "Hopper"),
        "control_dormancy": ("DemonAttack", "HalfCheetah", "Hopper"),
        "redo_replay_ratio": ("DemonAttack",),
        "width_scaling": ("DemonAttack",),
        "generality": ("DemonAttack", "Asterix", "Pong"),
        "active_neurons": ("DemonAttack",),
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
        "drq": ("Pong",),
    },
)
