"""What all agents that play have in common: environments, a replay and phases of evaluation.

Every iteration begins with freshly seeded environments, because an emulator's inner state cannot
be saved (as in google-deepmind/dqn_zoo). A run that was interrupted in the middle of one leads
them back by playing the actions that are in the replay.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from agents.environments.replaying import Replayable
from agents.environments.steps import Steps
from agents.evaluation import Rule, evaluate
from agents.experience import Experience
from agents.fleet.members import Fleet
from agents.identity import Spec
from agents.randomness import Purpose, environment_seed, generator

# Agent steps between the beginnings of two phases, on the clock of their random actions.
_EVALUATION_STRIDE = 10_000_000


class Playing(Experience):
    """Environments that the members of a fleet play in, and their replays.

    Args:
      specs: the runs, with the same agent and schedule.
      fleet: of their compiled functions.
      environments: makes them, from a task for each.
      replay: of all members, nothing in it yet.
      iteration_steps: agent steps of an iteration.
      rule: which episodes of an evaluation count.
      eval_epsilon: exploration in evaluations.
    """

    plays = True

    def __init__(
        self,
        specs: Sequence[Spec],
        fleet: Fleet,
        environments: type[Replayable],
        replay: Any,
        iteration_steps: int,
        rule: Rule,
        eval_epsilon: float,
    ):
        self._specs, self._agent, self._fleet = specs, specs[0].agent, fleet
        self._make, self._replay = environments, replay
        self._iteration_steps = iteration_steps
        self._rule, self._eval_epsilon = rule, eval_epsilon
        # Up to where the transitions of each member are in snapshots.
        self._saved = [0] * len(specs)

    @property
    def can_be_interrupted(self) -> bool:
        # The replay must hold all actions of an iteration to lead the environments back.
        return self._replay.capacity >= self._iteration_steps

    def restore(self, member: int, transitions: dict[str, np.ndarray]) -> None:
        self._replay.restore(member, transitions)
        self._saved[member] = self._replay.added

    def begin(self, iteration: int) -> None:
        self._environments = self._make([spec.task for spec in self._specs])
        seeds = [
            environment_seed(spec.seed, Purpose.TRAIN_ENVIRONMENT, iteration)
            for spec in self._specs
        ]
        played = self._replay.actions_since(iteration * self._iteration_steps)
        self._observations, self._scores = self._environments.replay(seeds, played)

    def _go_on(self, steps: Steps) -> list[tuple[int, float]]:
        """Takes what an agent step has led to; returns members with the returns of ended games."""
        self._observations = steps.observations
        self._scores += steps.rewards
        ended = np.flatnonzero(steps.terminal | steps.truncated)
        returns = [(int(member), float(self._scores[member])) for member in ended]
        self._scores[ended] = 0.0
        return returns

    def probe(self, size: int, purpose: Purpose, gradient_step: int) -> Any:
        return self._replay.sample((size,), self._generators(purpose, gradient_step))

    def end(self) -> None:
        self._environments.close()

    def evaluate(self, state: Any, iteration: int) -> Iterator[list[list[float]]]:
        width = self._specs[0].schedule.eval_environments
        streams = self._generators(Purpose.EVAL_ENVIRONMENT, iteration)
        seeds = [stream.integers(2**31 - 1, size=width).tolist() for stream in streams]
        begin = iteration * _EVALUATION_STRIDE

        def act(observations: np.ndarray, played: int) -> np.ndarray:
            step = (begin + played) % 2**31
            return self._fleet.act_in_parallel(state, observations, self._eval_epsilon, step)

        tasks = [spec.task for spec in self._specs for _ in range(width)]
        return evaluate(self._make(tasks), seeds, act, self._rule)

    def transitions(self, member: int) -> dict[str, np.ndarray]:
        since, self._saved[member] = self._saved[member], self._replay.added
        return self._replay.since(member, since)

    def _generators(self, purpose: Purpose, step: int) -> list[np.random.Generator]:
        """Random streams, one a member."""
        return [generator(spec.seed, purpose, step) for spec in self._specs]
