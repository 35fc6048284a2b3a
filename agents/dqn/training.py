"""Online DQN: agents that play Atari games and learn from their replays.

Every iteration begins with a freshly seeded emulator, because an emulator's inner state cannot
be saved (as in google-deepmind/dqn_zoo). A run that was interrupted in the middle of one leads
it back by playing the actions that are in the replay.
"""

from collections.abc import Iterable, Iterator, Sequence
import functools
from pathlib import Path
from typing import Any

import jax
import numpy as np

from agents import loop
from agents.dqn.agent import linear_epsilon
from agents.dqn.learner import build_learner
from agents.dqn.probes import LATEST, SECOND, random_probes
from agents.environments.atari import AtariEnvironments, count_actions
from agents.evaluation import Rule, evaluate
from agents.events import Snapshot
from agents.fleet import members
from agents.fleet.execution import Execution, plan_execution
from agents.fleet.members import Fleet
from agents.loop import Experience, FleetEvent, Moment, Timetable
from agents.randomness import Purpose, environment_seed, generator, update_seeds
from agents.replay.coverage import distinct_share
from agents.replay.fleet import build_replay
from agents.replay.ring import Batch
from agents.spec import RunSpec

# Agent steps between the beginnings of two phases, on the clock of their random actions.
_EVALUATION_STRIDE = 10_000_000
# Of the replay, that a log looks through for different situations.
_COVERAGE_FRAMES = 1_024


def train(
    specs: Sequence[RunSpec],
    resume: Iterable[Snapshot | None],
    runs: Path | None = None,
    execution: Execution | None = None,
) -> Iterator[FleetEvent]:
    """Trains agents in step; see `agents.kinds.train_fleet`."""
    del runs
    spec = specs[0]
    execution = execution or plan_execution(members=len(specs))
    num_actions = {task: count_actions(task) for task in dict.fromkeys(s.task for s in specs)}
    fleet = build_fleet(specs, [num_actions[s.task] for s in specs], execution)
    experience = Playing(specs, fleet, execution.replay_on_device)
    length = spec.schedule.agent_steps_per_iteration
    timetable = Timetable(
        iterations_end=range(length, spec.total_agent_steps + 1, length),
        log_period_gradient_steps=spec.schedule.log_period_gradient_steps,
        probe_batch_size=spec.schedule.probe_batch_size,
        intervention=spec.intervention,
        crossed=spec.schedule.crossed_probes,
    )
    yield from loop.train(fleet, experience, timetable, resume)


def build_fleet(
    specs: Sequence[RunSpec], num_actions: Sequence[int], execution: Execution
) -> Fleet:
    """Compiles what the members need.

    Args:
      specs: the runs, which differ in seed and game only.
      num_actions: of the game of each.
      execution: how to use the device.
    """
    numbers = [int(number) for number in num_actions]
    learners = {n: build_learner(specs[0], n, execution.convolution) for n in set(numbers)}
    return members.build_fleet(
        [spec.seed for spec in specs],
        [learners[number] for number in numbers],
        execution,
        common=learners[max(numbers)],
        num_actions=numbers,
    )


class Playing(Experience):
    """Games that the members play, and their replays.

    Args:
      specs: the runs, which differ in seed and game only.
      fleet: of their compiled functions.
      replay_on_device: where the frames lie.
    """

    plays = True

    def __init__(self, specs: Sequence[RunSpec], fleet: Fleet, replay_on_device: bool):
        self._specs, self._fleet = specs, fleet
        self._agent = specs[0].agent
        self._replay = build_replay(specs[0], len(specs), replay_on_device)
        self._random_play: dict[str, Batch] = {}
        # Up to where the transitions of each member are in snapshots.
        self._saved = [0] * len(specs)

    @property
    def can_be_interrupted(self) -> bool:
        # The replay must hold all actions of an iteration to lead the emulators back.
        length = self._specs[0].schedule.agent_steps_per_iteration
        return self._agent.replay_capacity_transitions >= length

    def restore(self, member: int, transitions: dict[str, np.ndarray]) -> None:
        self._replay.restore(member, transitions)
        self._saved[member] = int(transitions["first_step"]) + len(transitions["action"])

    def begin(self, iteration: int) -> None:
        self._environments = AtariEnvironments([spec.task for spec in self._specs])
        seeds = [
            environment_seed(s.seed, Purpose.TRAIN_ENVIRONMENT, iteration) for s in self._specs
        ]
        played = self._replay.actions_since(
            iteration * self._specs[0].schedule.agent_steps_per_iteration
        )
        self._observations, self._scores = self._environments.replay(seeds, played)

    def play(self, state: Any, agent_step: int, end: int) -> tuple[int, list[tuple[int, float]]]:
        returns = []
        while agent_step < end:
            act = functools.partial(self._fleet.act, state, self._observations, agent_step)
            actions = np.asarray(self._replay.store_beside(self._observations, act))
            steps = self._environments.step(actions)
            # The paper clips rewards for learning; returns are reported unclipped.
            clipped = np.clip(steps.rewards, -1.0, 1.0)
            ended = steps.terminal | steps.life_lost
            self._replay.append(actions, clipped, ended, steps.truncated)
            self._scores += steps.rewards
            self._observations = steps.observations
            for member in np.flatnonzero(steps.terminal | steps.truncated):
                returns.append((int(member), float(self._scores[member])))
                self._scores[member] = 0.0
            agent_step += 1
            if agent_step % self._agent.update_period_agent_steps == 0:
                break
        return agent_step, returns

    def updates_due(self, now: Moment, end: int) -> int:
        del end
        agent = self._agent
        between = now.agent_step % agent.update_period_agent_steps
        if between or now.agent_step <= agent.min_replay_agent_steps:
            return 0
        return agent.updates_per_period

    def draw(self, steps: range) -> Batch:
        size = (len(steps), self._agent.batch_size)
        batches = self._replay.sample(size, self._generators(Purpose.SAMPLE, steps.start))
        if self._agent.augmentation == "none":
            return batches
        return batches._replace(seed=update_seeds([spec.seed for spec in self._specs], steps))

    def probe(self, size: int, purpose: Purpose, gradient_step: int) -> Batch:
        return self._replay.sample((size,), self._generators(purpose, gradient_step))

    def further_probes(self, size: int, gradient_step: int) -> dict[str, Batch]:
        spec = self._specs[0]
        if not spec.schedule.further_probes:
            return {}
        if not self._random_play:
            own = [random_probes(s.task, self._agent.n_step, s.seed, size) for s in self._specs]
            self._random_play = {
                source: jax.tree.map(lambda *parts: np.stack(parts), *(o[source] for o in own))
                for source in own[0]
            }
        second = self._generators(Purpose.SECOND_PROBE, gradient_step)
        return {
            SECOND: self._replay.sample((size,), second),
            LATEST: self._replay.latest(size),
            **self._random_play,
        }

    def describe(self, member: int, now: Moment) -> dict[str, float]:
        stream = generator(self._specs[member].seed, Purpose.COVERAGE, now.gradient_step)
        frames = self._replay.newest_frames(member, stream.random(_COVERAGE_FRAMES))
        described = {
            "epsilon": float(linear_epsilon(self._agent, now.agent_step)),
            "distinct_frames": distinct_share(frames),
        }
        if self._agent.targets == "monte_carlo":
            described["unfinished_share"] = self._replay.unfinished_share(member)
        return described

    def end(self) -> None:
        self._environments.close()
        self._replay.cut_episodes()

    def evaluate(self, state: Any, iteration: int) -> Iterator[list[list[float]]]:
        schedule, epsilon = self._specs[0].schedule, self._agent.epsilon_eval
        width = schedule.eval_environments
        streams = [generator(s.seed, Purpose.EVAL_ENVIRONMENT, iteration) for s in self._specs]
        seeds = [stream.integers(2**31 - 1, size=width).tolist() for stream in streams]
        begin = iteration * _EVALUATION_STRIDE

        def act(observations: np.ndarray, played: int) -> np.ndarray:
            step = (begin + played) % 2**31
            return self._fleet.act_in_parallel(state, observations, epsilon, step)

        tasks = [spec.task for spec in self._specs for _ in range(width)]
        rule = Rule(schedule.eval_agent_steps, schedule.eval_episodes)
        return evaluate(AtariEnvironments(tasks), seeds, act, rule)

    def transitions(self, member: int) -> dict[str, np.ndarray]:
        since, self._saved[member] = self._saved[member], self._replay.added
        return self._replay.since(member, since)

    def _generators(self, purpose: Purpose, step: int) -> list[np.random.Generator]:
        """Random streams, one a member."""
        return [generator(spec.seed, purpose, step) for spec in self._specs]
