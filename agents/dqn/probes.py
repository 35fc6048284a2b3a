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
# Another batch of the replay, drawn as the first one.
SECOND = "second_batch"
# Agent steps after a start that still count as one: the emulator's first frame is always the same.
START_AGENT_STEPS = 16

_ENVIRONMENTS = 8
# Played by each environment for observations from anywhere: two episodes or so.
_PLAYED_AGENT_STEPS = 1_000


def random_play(
    task: AtariTask, size: int, draws: np.random.Generator, start: bool = False
) -> np.ndarray:
    """Observations of uniformly random play, which is how an agent begins.

    Args:
      task: what is played.
      size: how many.
      draws: decides seeds and actions.
      start: only the first agent steps of episodes; otherwise any of the first two episodes or
        so, each observation as likely as any other.

    Returns:
      (size, stack, height, width) uint8, from earlier ones to later ones.
    """
    environments = AtariEnvironments([task] * _ENVIRONMENTS)
    length = START_AGENT_STEPS if start else _PLAYED_AGENT_STEPS
    kept: list[np.ndarray] = []
    try:
        while (missing := size - len(kept)) > 0:
            seen = length * _ENVIRONMENTS
            # Of a round that is not needed as a whole, which of its observations.
            wanted = np.sort(draws.permutation(seen)[:missing])
            observations = environments.reset(
                draws.integers(2**31 - 1, size=_ENVIRONMENTS).tolist()
            )
            for step in range(wanted[-1] // _ENVIRONMENTS + 1):
                here = wanted[wanted // _ENVIRONMENTS == step] % _ENVIRONMENTS
                kept.extend(observations[here])
                actions = draws.integers(environments.num_actions).astype(np.int32)
                observations = environments.step(actions).observations
    finally:
        environments.close()
    return np.stack(kept)


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
