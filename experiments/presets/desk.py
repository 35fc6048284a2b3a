"""Hours: the smallest regime known to us in which the agent learns as in the paper.

At replay ratio 1 and a learning rate four times the published one, 400,000 agent steps of Asterix
show the published shapes at the thresholds 0.025 and 0.1: a dip, then dormant neurons that become
common, and far fewer of them with ReDo at its published period. (Breakout is learned, too, but its
dormant neurons become fewer.) A run takes about an hour of a core. At the learning rate of the
preset laptop the same agent would not learn.

Continuous control is as published, but a fifth as long and on two of the tasks: 6 ms an environment
step on HalfCheetah, 20 minutes a run without its evaluations. Whether the published shapes are
there by then was not tried.
"""

import dataclasses

from agents.distillation.spec import DistillationSpec
from agents.offline.spec import OfflineSchedule, OfflineSpec
from agents.sac.spec import ContinuousSchedule, ContinuousSpec
from agents.spec import AtariTask, DQNSpec, NetworkSpec, RunSpec, ScheduleSpec
from experiments.presets.drq import DRQ
from experiments.presets.preset import Preset

_ATARI = RunSpec(
    task=AtariTask(frame_size_px=42),
    network=NetworkSpec(width=0.25),
    agent=DQNSpec(
        learning_rate=2.5e-4,
        replay_ratio=1.0,
        target_period_gradient_steps=1_000,
        replay_capacity_transitions=200_000,
        min_replay_agent_steps=2_000,
        epsilon_decay_agent_steps=20_000,
    ),
    schedule=ScheduleSpec(
        iterations=20,
        agent_steps_per_iteration=20_000,
        eval_episodes=20,
        eval_environments=10,
        log_period_gradient_steps=2_000,
    ),
)

# Games of the paper that one tuning run each learned here. DemonAttack, which Figures 9 and 12
# show, still scores like random play after half of such a run.
_LEARNED = ("Asterix", "Breakout")

DESK = Preset(
    name="desk",
    purpose="the smallest regime in which the agent learns: an hour a run, on a CPU core",
    seed_count=5,
    atari=_ATARI,
    # What the paper uses at this replay ratio.
    redo_tau=0.1,
    # The teacher learns at replay ratio 1 here.
    student_replay_ratio=2.0,
    # As in the paper, at the end of every second iteration.
    reset_period_gradient_steps=40_000,
    widths=(0.125, 0.25, 0.5),
    residual_width=0.125,
    drq=dataclasses.replace(
        DRQ,
        task=dataclasses.replace(DRQ.task, frame_size_px=42),
        network=dataclasses.replace(DRQ.network, width=0.25),
        agent=dataclasses.replace(
            DRQ.agent,
            learning_rate=2.5e-4,
            replay_capacity_transitions=100_000,
        ),
        schedule=ScheduleSpec(
            iterations=10,
            agent_steps_per_iteration=10_000,
            eval_episodes=20,
            eval_environments=10,
            log_period_gradient_steps=2_000,
        ),
    ),
    games={
        "prevalence": _LEARNED,
        "overlap": _LEARNED,
        "distribution": _LEARNED,
        "redo": _LEARNED,
        "replay_ratio": ("Asterix",),
        "distillation": ("Asterix",),
        "distillation_variants": ("Asterix",),
        "capacity": ("Asterix",),
        "regularization": _LEARNED,
        "learning_rate": _LEARNED,
        "redo_replay_ratio": ("Asterix",),
        "width_scaling": ("Asterix",),
        "active_neurons": ("Asterix",),
        # Whose random episodes are short: most of them end before an iteration does.
        "bootstrapping": ("Asterix",),
        "exploration": ("Asterix",),
        "fixed_targets": ("Asterix",),
        "sharpness": ("Asterix",),
        "recycling_strategies": ("Asterix",),
        "replay_ratio_games": ("Asterix",),
        "activation_function": ("Asterix",),
        "outgoing_weights": ("Asterix",),
        "incoming_weights": ("Asterix",),
        "probe_batch": ("Asterix",),
        "drq": ("Breakout",),
        "feature_rank": ("Asterix",),
        # One of Figure 14 and one of Figure 20.
        "continuous_control": ("HalfCheetah", "Hopper"),
        "control_dormancy": ("Asterix", "DemonAttack", "HalfCheetah", "Hopper"),
    },
    control=ContinuousSpec(
        schedule=ContinuousSchedule(
            iterations=20, eval_episodes=10, log_period_gradient_steps=5_000
        ),
    ),
    # A fifth of a run, as in the paper.
    control_period_gradient_steps=40_000,
    distillation=DistillationSpec(learning_rate=2.5e-4, buffers_in_memory=20),
    offline=OfflineSpec(
        network=_ATARI.network,
        agent=DQNSpec(learning_rate=2.5e-4, target_period_gradient_steps=1_000),
        buffers_in_memory=20,
        schedule=OfflineSchedule(
            iterations=20,
            gradient_steps_per_iteration=20_000,
            log_period_gradient_steps=2_000,
        ),
    ),
)
