"""The preset smoke with less of what takes its time, for tests of what becomes of a run.

Frames and networks are smaller, runs are half as long and evaluations short. It is stored under
the name of smoke, so that figures judge nothing by it either.
"""

import dataclasses

from experiments.presets.paths import replaced
from experiments.presets.presets import SMOKE

NETWORK = {"network.width": 0.125}
ATARI = NETWORK | {
    "task.frame_size_px": 20,
    "task.max_episode_agent_steps": 50,
    "agent.min_replay_agent_steps": 100,
    "schedule.agent_steps_per_iteration": 100,
    "schedule.eval_episodes": 1,
    "schedule.eval_environments": 1,
}

TINY = dataclasses.replace(
    SMOKE,
    atari=replaced(SMOKE.atari, ATARI),
    offline=replaced(SMOKE.offline, NETWORK),
    redo_period_gradient_steps=40,
)
