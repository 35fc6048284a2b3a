"""The evaluation phase: the greedy policy (almost) plays, nothing is learned."""

from collections.abc import Iterator
from typing import Any

from agents.environments import AtariEnvironment
from agents.learner import Learner
from agents.randomness import Purpose, environment_seed
from agents.spec import RunSpec

# Between two signs of life.
_CHUNK_AGENT_STEPS = 200


def evaluate(spec: RunSpec, learner: Learner, params: Any, iteration: int) -> Iterator[list[float]]:
    """Undiscounted, unclipped returns of the episodes of one evaluation phase.

    Plays `eval_agent_steps` agent steps with epsilon `epsilon_eval`. The episode that is
    running at the end counts only if no other has ended (one long episode would otherwise
    leave nothing to report).

    Args:
      spec: the run.
      learner: its compiled functions.
      params: of the online network.
      iteration: number of the phase; seeds it.

    Yields:
      Often, the returns of the episodes that have ended since; at least one in all.
    """
    environment = AtariEnvironment(spec.task)
    observation = environment.reset(
        environment_seed(spec.seed, Purpose.EVAL_ENVIRONMENT, iteration)
    )
    first_step = iteration * spec.schedule.eval_agent_steps
    returns, episodes, score = [], 0, 0.0
    for step in range(first_step, first_step + spec.schedule.eval_agent_steps):
        action = int(
            learner.act(params, observation, spec.agent.epsilon_eval, step, Purpose.EVAL_ACT)
        )
        observation, reward, terminal, truncated = environment.step(action)
        score += reward
        if terminal or truncated:
            returns.append(score)
            episodes, score = episodes + 1, 0.0
            observation = environment.begin_episode()
        if (step + 1) % _CHUNK_AGENT_STEPS == 0:
            yield returns
            returns = []
    environment.close()
    yield returns if episodes else [score]
