"""Inputs to score a network on that are not its replay: states of random play.

They do not depend on what the agent has learned, so that the same batch is scored at every log.
Unlike the replay's oldest transitions they are there however long a run is, and a resumed
run finds them again: they follow from its seed.
"""

import dataclasses

import numpy as np

from agents.environments.atari import AtariEnvironments
from agents.randomness import Purpose, generator
from agents.replay.ring import Batch
from agents.spec import AtariTask

INITIAL, START, OTHER_GAME, LATEST = "initial", "start", "other_game", "latest"
# Agent steps after a start that still count as one: the emulator's first frame is always the same.
START_AGENT_STEPS = 16

_ENVIRONMENTS = 8
# As far apart as groups of updates are by default.
_APART_AGENT_STEPS = 4


def random_play(
    task: AtariTask, size: int, draws: np.random.Generator, start: bool = False
) -> np.ndarray:
    """Observations of uniformly random play, which is how an agent begins.

    Args:
      task: what is played.
      size: how many.
      draws: decides seeds and actions.
      start: only the first agent steps of episodes; otherwise four agent steps lie between two
        observations of an episode.

    Returns:
      (size, stack, height, width) uint8.
    """
    environments = AtariEnvironments([task] * _ENVIRONMENTS)
    try:
        kept: list[np.ndarray] = []
        rounds = -(-size // _ENVIRONMENTS)
        apart = 1 if start else _APART_AGENT_STEPS
        while len(kept) < rounds:
            seeds = draws.integers(2**31 - 1, size=_ENVIRONMENTS).tolist()
            observations = environments.reset(seeds)
            length = START_AGENT_STEPS if start else rounds * apart
            for step in range(length):
                if step % apart == 0:
                    kept.append(observations)
                actions = draws.integers(environments.num_actions).astype(np.int32)
                observations = environments.step(actions).observations
    finally:
        environments.close()
    return np.concatenate(kept)[:size]


def random_probes(task: AtariTask, n_step: int, seed: int, size: int) -> dict[str, Batch]:
    """A batch of random play, of starts, and of another game, for a run of this seed."""
    other = "Pong" if task.game != "Pong" else "Breakout"
    kinds = {
        INITIAL: (task, False),
        START: (task, True),
        OTHER_GAME: (dataclasses.replace(task, game=other), False),
    }
    return {
        source: as_batch(
            random_play(played, size, generator(seed, Purpose.RANDOM_PLAY, place), start), n_step
        )
        for place, (source, (played, start)) in enumerate(kinds.items())
    }


def as_batch(observations: np.ndarray, n_step: int) -> Batch:
    """Observations in the form of transitions, of which only the observations mean anything.

    Args:
      observations: (size, stack, height, width) uint8.
      n_step: length of the return.
    """
    size = len(observations)
    ahead = np.repeat(observations[:, -1:], n_step, axis=1)
    nothing = np.zeros(size, np.float32)
    frames = np.concatenate([observations, ahead], axis=1)
    return Batch(frames, np.zeros(size, np.int32), nothing, nothing)
