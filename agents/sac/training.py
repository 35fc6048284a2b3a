"""Continuous control: SAC on MuJoCo tasks, with a replay of whole transitions."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from agents import loop
from agents.environments.mujoco import MujocoEnvironments
from agents.evaluation import Rule
from agents.events import Snapshot
from agents.experience import Moment
from agents.fleet.execution import Execution
from agents.fleet.members import Fleet, build_fleet
from agents.loop import FleetEvent, Timetable
from agents.playing import Playing
from agents.randomness import Purpose, update_seeds
from agents.replay.rows import RowBatch, RowReplay
from agents.sac.learner import build_learner
from agents.sac.spec import ContinuousSpec

# The epsilon of a policy that does not sample.
_MODE = 0.0


def train(
    specs: Sequence[ContinuousSpec],
    resume: Iterable[Snapshot | None],
    runs: Path | None,
    execution: Execution,
) -> Iterator[FleetEvent]:
    """Trains agents in step; see `agents.kinds.train_fleet`."""
    del runs
    spec = specs[0]
    tasks = MujocoEnvironments([spec.task])
    learner = build_learner(spec, tasks.features, tasks.actions)
    fleet = build_fleet(
        [each.seed for each in specs],
        [learner] * len(specs),
        execution,
        init=Purpose.SAC_INIT,
    )
    experience = Controlling(specs, fleet, tasks.features, tasks.actions)
    tasks.close()
    length = spec.schedule.environment_steps_per_iteration
    timetable = Timetable(
        iterations_end=range(length, spec.total_agent_steps + 1, length),
        log_period_gradient_steps=spec.schedule.log_period_gradient_steps,
        probe_batch_size=spec.schedule.probe_batch_size,
        intervention=spec.intervention,
    )
    yield from loop.train(fleet, experience, timetable, resume)


class Controlling(Playing):
    """Tasks that the members control, and their replays.

    Args:
      specs: the runs, which differ in their seeds only.
      fleet: of their compiled functions.
      features, actions: lengths of an observation and of an action.
    """

    def __init__(self, specs: Sequence[ContinuousSpec], fleet: Fleet, features: int, actions: int):
        agent, schedule = specs[0].agent, specs[0].schedule
        capacity = min(agent.replay_capacity_transitions, specs[0].total_agent_steps)
        super().__init__(
            specs,
            fleet,
            MujocoEnvironments,
            RowReplay(len(specs), capacity, features, actions, agent.discount),
            schedule.environment_steps_per_iteration,
            # Episodes have a time limit of their own: their number decides, not their lengths.
            Rule(agent_steps=0, episodes=schedule.eval_episodes),
            _MODE,
        )
        self._actions = actions

    def play(self, state: Any, agent_step: int, end: int) -> tuple[int, list[tuple[int, float]]]:
        del end
        actions = self._act(state, agent_step)
        steps = self._environments.step(actions)
        self._replay.add(self._observations, actions, steps.rewards, steps.reached, steps.terminal)
        return agent_step + 1, self._go_on(steps)

    def _act(self, state: Any, step: int) -> np.ndarray:
        """(members, actions): uniformly random at first, then of the policy."""
        if step >= self._agent.min_replay_environment_steps:
            actions, _ = self._fleet.act(state, self._observations, step)
            return np.asarray(actions)
        streams = self._generators(Purpose.ACT, step)
        return np.stack([each.uniform(-1, 1, self._actions) for each in streams]).astype(np.float32)

    def updates_due(self, now: Moment, end: int) -> int:
        del end
        learning = now.agent_step > self._agent.min_replay_environment_steps
        return self._agent.replay_ratio if learning else 0

    def draw(self, steps: range) -> RowBatch:
        size = (len(steps), self._agent.batch_size)
        rows = self._replay.sample(size, self._generators(Purpose.SAMPLE, steps.start))
        return rows._replace(seed=update_seeds([spec.seed for spec in self._specs], steps))
