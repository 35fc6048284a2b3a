"""The evaluation phase: the greedy policy (almost) plays, nothing is learned."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from agents.environments.atari import AtariEnvironments
from agents.fleet.members import Fleet
from agents.randomness import Purpose, environment_seed
from agents.spec import RunSpec

# Between two signs of life.
_CHUNK_AGENT_STEPS = 200


def evaluate(
    specs: Sequence[RunSpec], fleet: Fleet, state: Any, iteration: int
) -> Iterator[list[list[float]]]:
    """Undiscounted, unclipped returns of the episodes of one evaluation phase.

    Plays `eval_agent_steps` agent steps with epsilon `epsilon_eval`. The episode that is
    running at the end counts only if no other has ended (one long episode would otherwise
    leave nothing to report).

    Args:
      specs: the members of the fleet.
      fleet: their compiled functions.
      state: of the fleet.
      iteration: number of the phase; seeds it.

    Yields:
      Often, for each member the returns of the episodes that have ended since; at least one
      in all.
    """
    length, epsilon = specs[0].schedule.eval_agent_steps, specs[0].agent.epsilon_eval
    environments = AtariEnvironments([spec.task for spec in specs])
    observations = environments.reset(
        [environment_seed(spec.seed, Purpose.EVAL_ENVIRONMENT, iteration) for spec in specs]
    )
    returns: list[list[float]] = [[] for _ in specs]
    scores, episodes = np.zeros(len(specs)), np.zeros(len(specs), int)
    for step in range(iteration * length, (iteration + 1) * length):
        actions = fleet.act(state, observations, epsilon, step, Purpose.EVAL_ACT)
        observations, rewards, terminal, truncated = environments.step(actions)
        scores += rewards
        for member in np.flatnonzero(terminal | truncated):
            returns[member].append(float(scores[member]))
            episodes[member] += 1
            scores[member] = 0.0
        if (step + 1) % _CHUNK_AGENT_STEPS == 0:
            yield returns
            returns = [[] for _ in specs]
    environments.close()
    for member in np.flatnonzero(episodes == 0):
        returns[member] = [float(scores[member])]
    yield returns
