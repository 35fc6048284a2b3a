"""Real transitions to fill replays with: a game played at random, over and over again."""

from collections.abc import Iterator
import itertools
from typing import NamedTuple

import numpy as np

from agents.environments import AtariEnvironment
from agents.spec import AtariTask


class Transition(NamedTuple):
    """What `ReplayRing.add` takes."""

    frame: np.ndarray
    action: int
    reward: float
    terminal: bool
    truncated: bool


def play(task: AtariTask, agent_steps: int) -> list[Transition]:
    """Plays random actions; the last transition ends its episode."""
    environment = AtariEnvironment(task)
    rng = np.random.default_rng(0)
    observation = environment.reset(seed=0)
    transitions = []
    for agent_step in range(1, agent_steps + 1):
        action = int(rng.integers(environment.num_actions))
        step = environment.step(action)
        truncated = step.truncated or (agent_step == agent_steps and not step.terminal)
        # A copy: the rest of the stack must not stay alive with its newest frame.
        frame = observation[-1].copy()
        transitions.append(Transition(frame, action, step.reward, step.terminal, truncated))
        ended = step.terminal or step.truncated
        observation = environment.begin_episode() if ended else step.observation
    environment.close()
    return transitions


def endless(task: AtariTask, distinct_agent_steps: int = 5_000) -> Iterator[Transition]:
    """The same transitions again and again: many are needed, and playing takes long."""
    return itertools.cycle(play(task, distinct_agent_steps))
