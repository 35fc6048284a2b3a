"""Every random draw is a function of (seed, purpose, step): there is no generator to save.

A run that is resumed at step t therefore draws what an uninterrupted run draws at step t.
"""

from collections.abc import Sequence
import enum

import jax
import jax.numpy as jnp
from jaxtyping import Array, Key, PRNGKeyArray
import numpy as np


class Purpose(enum.IntEnum):
    """What a draw is for; different purposes never share a stream."""

    INIT = 0
    ACT = 1
    TRAIN_ENVIRONMENT = 2
    EVAL_ENVIRONMENT = 3
    EVAL_ACT = 4
    SAMPLE = 5
    PROBE = 6
    INTERVENE = 7
    # 8 has been in use, and whoever takes it would repeat those draws.
    TARGETS = 9
    LABELS = 10
    DATA = 11
    # What each kind of run initialises; two kinds of one seed share no parameters.
    OFFLINE_INIT = 12
    STUDENT_INIT = 13
    CLASSIFIER_INIT = 14
    # What a learner draws within an update: augmentation, a policy's actions.
    UPDATE = 15
    SAC_INIT = 16
    # Which frames of the replay a log compares.
    COVERAGE = 17
    # Games that are played at random, to score networks on.
    RANDOM_PLAY = 18
    # The second of two batches that show how far batches alone differ.
    SECOND_PROBE = 19


def generator(seed: int, purpose: Purpose, step: int) -> np.random.Generator:
    """Numpy generator for one purpose at one step of one run."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, purpose, step])))


def update_seeds(seeds: Sequence[int], steps: range) -> np.ndarray:
    """(members, updates) uint32: from what learners draw within these gradient steps."""
    streams = [generator(seed, Purpose.UPDATE, steps.start) for seed in seeds]
    return np.stack([each.integers(2**32, size=len(steps), dtype=np.uint32) for each in streams])


def environment_seed(seed: int, purpose: Purpose, iteration: int) -> int:
    """Seed for an emulator, below 2**31 as ale-py wants it."""
    return int(generator(seed, purpose, iteration).integers(2**31 - 1))


def run_key(seed: int, purpose: Purpose) -> PRNGKeyArray:
    """The key from which a run derives all its keys for one purpose."""
    return jax.random.key(environment_seed(seed, purpose, 0))


def run_keys(seeds: Sequence[int], purpose: Purpose) -> Key[Array, " members"]:
    """`run_key` of each member."""
    return jnp.stack([run_key(seed, purpose) for seed in seeds])
