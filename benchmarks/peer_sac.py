"""The peer's program: SAC of Stable-Baselines3, with our hyper-parameters and our evaluation."""

from collections.abc import Iterator
import json
import math
import sys
from typing import Any

import gymnasium
import numpy as np
from stable_baselines3 import SAC
import torch

from agents.environments.mujoco import MujocoEnvironments
from agents.evaluation import Rule, evaluate
from agents.networks.mlp import HIDDEN_UNITS
from agents.randomness import Purpose, generator
from agents.sac.spec import ContinuousSpec
from benchmarks.our_sac import answer_requests


def build(spec: ContinuousSpec) -> SAC:
    """The peer's agent for one of our runs; it knows neither scaled rewards nor weight decay."""
    agent, task = spec.agent, spec.task
    if agent.reward_scale != 1 or agent.weight_decay:
        raise ValueError("The peer has no scaling of rewards and no weight decay.")
    environment = gymnasium.make(f"{task.game}-v{task.version}")
    actions = environment.action_space.shape[0]
    # A core each, as ours; before anything is computed.
    torch.set_num_threads(1)
    return SAC(
        "MlpPolicy",
        environment,
        learning_rate=agent.learning_rate,
        buffer_size=min(agent.replay_capacity_transitions, spec.total_agent_steps),
        learning_starts=agent.min_replay_environment_steps,
        batch_size=agent.batch_size,
        tau=agent.target_smoothing,
        gamma=agent.discount,
        train_freq=1,
        gradient_steps=agent.replay_ratio,
        ent_coef="auto",
        target_entropy=agent.target_entropy_per_action * actions,
        policy_kwargs={"net_arch": [math.floor(agent.width * units) for units in HIDDEN_UNITS]},
        seed=spec.seed,
        device="cpu",
    )


def evaluations(spec: ContinuousSpec) -> Iterator[float]:
    """The mean return of every evaluation phase, while the peer is trained."""
    agent = build(spec)
    for iteration in range(spec.schedule.iterations):
        agent.learn(spec.schedule.environment_steps_per_iteration, reset_num_timesteps=False)
        yield mean_return(agent, spec, iteration)


def mean_return(agent: SAC, spec: ContinuousSpec, iteration: int) -> float:
    """As `agents.playing.Playing.evaluate`: the same seeds, episodes and counting."""
    width = spec.schedule.eval_environments
    stream = generator(spec.seed, Purpose.EVAL_ENVIRONMENT, iteration)
    seeds = [stream.integers(2**31 - 1, size=width).tolist()]

    def act(observations: np.ndarray, played: int) -> np.ndarray:
        del played
        actions, _ = agent.predict(observations[0], deterministic=True)
        return actions[None]

    environments = MujocoEnvironments([spec.task] * width)
    rule = Rule(agent_steps=0, episodes=spec.schedule.eval_episodes)
    *_, (returns,) = evaluate(environments, seeds, act, rule)
    return float(np.mean(returns))


def main(spec: dict[str, Any]) -> None:
    """Trains until the parent has asked for every iteration.

    Args:
      spec: the run, as `ContinuousSpec.to_dict` writes it.
    """
    run = ContinuousSpec.from_dict(spec)
    answer_requests(evaluations(run), run.schedule.environment_steps_per_iteration)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
