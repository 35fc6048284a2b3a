"""Continuous control: SAC on MuJoCo tasks, with a replay of whole transitions.

Every iteration begins with freshly seeded tasks, and a run that was interrupted in the middle of
one plays its stored actions again, as in `agents.dqn.training`.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from agents import loop
from agents.environments.mujoco import MujocoEnvironments
from agents.evaluation import Rule, evaluate
from agents.events import Snapshot
from agents.fleet.execution import Execution, plan_execution
from agents.fleet.members import Fleet, build_fleet
from agents.loop import Experience, FleetEvent, Moment, Timetable
from agents.randomness import Purpose, environment_seed, generator, update_seeds
from agents.replay.rows import RowBatch, RowReplay
from agents.sac.learner import build_learner
from agents.sac.spec import ContinuousSpec

# Environment steps between the beginnings of two evaluations, on the clock of their actions.
_EVALUATION_STRIDE = 10_000_000
# The epsilon of a policy that does not sample.
_MODE = 0.0


def train(
    specs: Sequence[ContinuousSpec],
    resume: Iterable[Snapshot | None],
    runs: Path | None = None,
    execution: Execution | None = None,
) -> Iterator[FleetEvent]:
    """Trains agents in step; see `agents.kinds.train_fleet`."""
    del runs
    spec = specs[0]
    tasks = MujocoEnvironments([spec.task])
    learner = build_learner(spec, tasks.features, tasks.actions)
    fleet = build_fleet(
        [each.seed for each in specs],
        [learner] * len(specs),
        execution or plan_execution(members=len(specs)),
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


class Controlling(Experience):
    """Tasks that the members control, and their replays.

    Args:
      specs: the runs, which differ in their seeds only.
      fleet: of their compiled functions.
      features, actions: lengths of an observation and of an action.
    """

    plays = True

    def __init__(self, specs: Sequence[ContinuousSpec], fleet: Fleet, features: int, actions: int):
        self._specs, self._fleet, self._actions = specs, fleet, actions
        self._agent = specs[0].agent
        capacity = min(self._agent.replay_capacity_transitions, specs[0].total_agent_steps)
        self._replay = RowReplay(len(specs), capacity, features, actions, self._agent.discount)
        # Up to where the transitions of each member are in snapshots.
        self._saved = [0] * len(specs)

    @property
    def can_be_interrupted(self) -> bool:
        # The replay must hold all actions of an iteration to lead the tasks back.
        return self._replay.capacity >= self._specs[0].schedule.environment_steps_per_iteration

    def restore(self, member: int, transitions: dict[str, np.ndarray]) -> None:
        self._replay.restore(member, transitions)
        self._saved[member] = self._replay.added

    def begin(self, iteration: int) -> None:
        self._tasks = MujocoEnvironments([spec.task for spec in self._specs])
        seeds = [
            environment_seed(s.seed, Purpose.TRAIN_ENVIRONMENT, iteration) for s in self._specs
        ]
        played = self._replay.actions_since(
            iteration * self._specs[0].schedule.environment_steps_per_iteration
        )
        self._observations, self._scores = self._tasks.replay(seeds, played)

    def play(self, state: Any, agent_step: int, end: int) -> tuple[int, list[tuple[int, float]]]:
        del end
        actions = self._act(state, agent_step)
        steps = self._tasks.step(actions)
        self._replay.add(self._observations, actions, steps.rewards, steps.reached, steps.terminal)
        self._observations = steps.observations
        self._scores += steps.rewards
        returns = []
        for member in np.flatnonzero(steps.terminal | steps.truncated):
            returns.append((int(member), float(self._scores[member])))
            self._scores[member] = 0.0
        return agent_step + 1, returns

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

    def probe(self, size: int, purpose: Purpose, gradient_step: int) -> RowBatch:
        return self._replay.sample((size,), self._generators(purpose, gradient_step))

    def end(self) -> None:
        self._tasks.close()

    def evaluate(self, state: Any, iteration: int) -> Iterator[list[list[float]]]:
        schedule = self._specs[0].schedule
        width = schedule.eval_environments
        streams = self._generators(Purpose.EVAL_ENVIRONMENT, iteration)
        seeds = [stream.integers(2**31 - 1, size=width).tolist() for stream in streams]
        begin = iteration * _EVALUATION_STRIDE

        def act(observations: np.ndarray, played: int) -> np.ndarray:
            step = (begin + played) % 2**31
            return self._fleet.act_in_parallel(state, observations, _MODE, step)

        tasks = [spec.task for spec in self._specs for _ in range(width)]
        # Episodes have a time limit of their own: their number decides, not their lengths.
        rule = Rule(agent_steps=0, episodes=schedule.eval_episodes)
        return evaluate(MujocoEnvironments(tasks), seeds, act, rule)

    def transitions(self, member: int) -> dict[str, np.ndarray]:
        since, self._saved[member] = self._saved[member], self._replay.added
        return self._replay.since(member, since)

    def _generators(self, purpose: Purpose, step: int) -> list[np.random.Generator]:
        """Random streams, one a member."""
        return [generator(spec.seed, purpose, step) for spec in self._specs]
