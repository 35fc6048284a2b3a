"""Online DQN: agents that play Atari games and learn from their replays."""

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
from agents.evaluation import Rule
from agents.events import Snapshot
from agents.experience import Moment
from agents.fleet import members
from agents.fleet.execution import Execution
from agents.fleet.members import Fleet
from agents.loop import FleetEvent, Timetable
from agents.playing import Playing
from agents.randomness import Purpose, generator, update_seeds
from agents.replay.coverage import distinct_share
from agents.replay.fleet import build_replay
from agents.replay.ring import Batch
from agents.spec import RunSpec

# Of the replay, that a log looks through for different situations.
_COVERAGE_FRAMES = 1_024


def train(
    specs: Sequence[RunSpec],
    resume: Iterable[Snapshot | None],
    runs: Path | None,
    execution: Execution,
) -> Iterator[FleetEvent]:
    """Trains agents in step; see `agents.kinds.train_fleet`."""
    del runs
    spec = specs[0]
    num_actions = {task: count_actions(task) for task in dict.fromkeys(s.task for s in specs)}
    fleet = build_fleet(specs, [num_actions[s.task] for s in specs], execution)
    experience = PlayingGames(specs, fleet, execution.replay_on_device)
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


class PlayingGames(Playing):
    """Games that the members play, and their replays.

    Args:
      specs: the runs, which differ in seed and game only.
      fleet: of their compiled functions.
      replay_on_device: where the frames lie.
    """

    def __init__(self, specs: Sequence[RunSpec], fleet: Fleet, replay_on_device: bool):
        schedule = specs[0].schedule
        super().__init__(
            specs,
            fleet,
            AtariEnvironments,
            build_replay(specs[0], len(specs), replay_on_device),
            schedule.agent_steps_per_iteration,
            Rule(schedule.eval_agent_steps, schedule.eval_episodes),
            specs[0].agent.epsilon_eval,
        )
        self._random_play: dict[str, Batch] = {}

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
            returns += self._go_on(steps)
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
        return {
            SECOND: self.probe(size, Purpose.SECOND_PROBE, gradient_step),
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
        super().end()
        self._replay.cut_episodes()
