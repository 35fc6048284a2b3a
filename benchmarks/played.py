"""Real transitions to fill replays with: a game played at random, over and over again."""

from collections.abc import Iterator
import itertools
from typing import NamedTuple

import numpy as np

from agents.environments.atari import AtariEnvironments
from agents.spec import AtariTask


class Transition(NamedTuple):
    """What `FleetReplay.add` takes of a single member: arrays with one entry.

    Attributes:
      observations: (1, 1, height, width) uint8; of the stack, only its newest frame.
      actions, rewards, terminal, truncated: (1,).
    """

    observations: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    terminal: np.ndarray
    truncated: np.ndarray


def play(task: AtariTask, agent_steps: int) -> list[Transition]:
    """Plays random actions; the last transition ends its episode."""
    environments = AtariEnvironments([task])
    rng = np.random.default_rng(0)
    observations = environments.reset([0])
    transitions = []
    for agent_step in range(1, agent_steps + 1):
        actions = rng.integers(environments.num_actions)
        steps = environments.step(actions)
        last = agent_step == agent_steps
        truncated = steps.truncated | (last & ~steps.terminal)
        # A copy: the rest of the stack must not stay alive with its newest frame.
        newest = observations[:, -1:].copy()
        transitions.append(Transition(newest, actions, steps.rewards, steps.terminal, truncated))
        observations = steps.observations
    environments.close()
    return transitions


def endless(task: AtariTask, distinct_agent_steps: int = 5_000) -> Iterator[Transition]:
    """The same transitions again and again: many are needed, and playing takes long."""
    return itertools.cycle(play(task, distinct_agent_steps))
