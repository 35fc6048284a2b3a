"""The evaluation phase: the greedy policy (almost) plays, nothing is learned."""

from agents.environments import AtariEnvironment
from agents.learner import Learner
from agents.randomness import Purpose, environment_seed
from agents.spec import RunSpec


def evaluate(spec: RunSpec, learner: Learner, params, iteration: int) -> list[float]:
    """Undiscounted, unclipped returns of the episodes of one evaluation phase.

    Plays `eval_agent_steps` agent steps with epsilon `epsilon_eval`. The episode that is
    running at the end counts only if no other has ended (one long episode would otherwise
    leave nothing to report).

    Args:
      spec: the run.
      learner: its compiled functions.
      params: of the online network.
      iteration: number of the phase; seeds it.

    Returns:
      At least one return.
    """
    environment = AtariEnvironment(spec.task)
    observation = environment.reset(
        environment_seed(spec.seed, Purpose.EVAL_ENVIRONMENT, iteration)
    )
    first_step = iteration * spec.schedule.eval_agent_steps
    returns, score = [], 0.0
    for step in range(first_step, first_step + spec.schedule.eval_agent_steps):
        action = int(
            learner.act(params, observation, spec.agent.epsilon_eval, step, Purpose.EVAL_ACT)
        )
        observation, reward, terminal, truncated = environment.step(action)
        score += reward
        if terminal or truncated:
            returns.append(score)
            score = 0.0
            observation = environment.begin_episode()
    environment.close()
    return returns or [score]
