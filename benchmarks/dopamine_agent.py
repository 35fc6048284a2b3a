"""The peer's program: Dopamine 4.1.2's `JaxDQNAgent` on its own environment and replay.

Everything is Dopamine's and as it ships: preprocessing, frame stacking, accumulator,
compressed replay, agent, Adam. Only numbers are set that both sides share: the game, the batch
size, the replay ratio, the loss (Huber, as in the paper's code) and a short warm-up. Left out,
which favours Dopamine: its runner's statistics and checkpoints, summaries for TensorBoard (no
summary writer) and any measurement of neurons. Added is a look at Adam's count of updates at every
agent step.
"""

import json
import sys
from typing import Any

import gin
import numpy as np

from agents.spec import RunSpec
from benchmarks import arrow_snappy, dopamine_import
from benchmarks.processes import Window

_MAX_STEPS_PER_EPISODE = 27_000  # the runner's default


def main(spec: dict[str, Any], warm_up_agent_steps: int) -> None:
    """Plays and learns until the parent has measured enough.

    Args:
      spec: the run to be like, as `RunSpec.to_dict` writes it: its game, batch size and
        warm-up, and its replay ratio, which is the inverse of a whole number.
      warm_up_agent_steps: agent steps before the first measurement.
    """
    run = RunSpec.from_dict(spec)
    atari_lib = dopamine_import.load("discrete_domains.atari_lib")
    dqn_agent = dopamine_import.load("jax.agents.dqn.dqn_agent")
    dopamine_import.load("jax.replay_memory.elements").snappy = arrow_snappy
    gin.bind_parameter("ReplayBuffer.max_capacity", 1_000_000)
    gin.bind_parameter("ReplayBuffer.batch_size", run.agent.batch_size)

    environment = atari_lib.create_atari_environment(game_name=run.game)
    agent = dqn_agent.JaxDQNAgent(
        num_actions=environment.action_space.n,
        min_replay_history=run.agent.min_replay_agent_steps,
        update_period=round(1 / run.agent.replay_ratio),
        loss_type="huber",
        seed=0,
    )
    window = Window(warm_up_agent_steps)
    agent_step = 0
    while True:
        # As `Runner._run_one_episode` does.
        action = agent.begin_episode(environment.reset())
        for _ in range(_MAX_STEPS_PER_EPISODE):
            observation, reward, terminal, _ = environment.step(action)
            agent_step += 1
            # Adam counts the gradient steps.
            window.step(agent_step, int(agent.optimizer_state[0].count))
            reward = np.clip(reward, -1, 1)
            if environment.game_over:
                break
            action = agent.step(reward, observation)
        agent.end_episode(reward, terminal)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
