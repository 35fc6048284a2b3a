"""What an offline learner regresses on: bootstrapped values, or targets that never change."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt8
import numpy as np

from agents.dqn.agent import Agent, DQNState
from agents.fleet.execution import IN_A_HURRY
from agents.replay.ring import Batch
from agents.replay.stored import Draw
from agents.standardising import scale_over

Targets = Callable[[DQNState, Draw], Float[Array, " batch"]]

# Of the coarse view of a frame, along each axis.
_BLOCKS = 7

AnyArray = Array | np.ndarray


def bootstrapped(agent: Agent) -> Targets:
    """The targets of DQN: they move with the network that learns from them."""
    return lambda state, draw: agent.bootstrap(state, draw.batch)


def random_network(
    agent: Agent, key: PRNGKeyArray, observations: UInt8[np.ndarray, "batch stack height width"]
) -> Targets:
    """The taken action's value according to a fixed, freshly initialised network.

    Args:
      agent: whose architecture and initialisation the network has.
      key: of that initialisation.
      observations: the values of every action have mean 0 and variance 1 over these.
    """
    params = jax.jit(agent.init_params, compiler_options=IN_A_HURRY)(key)
    scale = scale_over(jax.jit(agent.apply)(params, observations)[0])

    def targets(_: DQNState, draw: Draw) -> Float[Array, " batch"]:
        values, _ = agent.apply(params, draw.batch.frames[:, : observations.shape[1]])
        return taken(scale.standardise(values), draw.batch)

    return targets


def noise(key: PRNGKeyArray) -> Targets:
    """A standard normal number for every stored transition, decided by where it is stored."""

    def of_one(buffer: Int[Array, ""], position: Int[Array, ""]) -> Float[Array, ""]:
        return jax.random.normal(jax.random.fold_in(jax.random.fold_in(key, buffer), position))

    return lambda _, draw: jax.vmap(of_one)(draw.buffers, draw.positions)


def monte_carlo() -> Targets:
    """The return to the end of the episode, which the stored transitions bring along."""
    return lambda _, draw: jnp.asarray(draw.batch.r_t)


def smooth(
    key: PRNGKeyArray, observations: UInt8[np.ndarray, "batch stack height width"]
) -> Targets:
    """A random linear function of the newest frame's blocks.

    Args:
      key: of its weights, standard normal numbers, one a block.
      observations: the targets have mean 0 and variance 1 over these.
    """
    stack = observations.shape[1]
    newest = block_means(observations[:, -1])
    weights = jax.random.normal(key, newest.shape[1:])
    scale = scale_over(jnp.tensordot(newest, weights, 2))

    def targets(_: DQNState, draw: Draw) -> Float[Array, " batch"]:
        newest = block_means(draw.batch.frames[:, stack - 1])
        return scale.standardise(jnp.tensordot(newest, weights, 2))

    return targets


def block_means(
    frames: UInt8[AnyArray, "batch height width"],
) -> Float[Array, "batch rows columns"]:
    """Mean brightness of at most 7x7 equal blocks; the rest at the far edges is not seen."""
    sides = [max(side // _BLOCKS, 1) for side in frames.shape[1:]]
    rows, columns = (min(side, _BLOCKS) for side in frames.shape[1:])
    seen = jnp.asarray(frames, jnp.float32)[:, : rows * sides[0], : columns * sides[1]]
    return seen.reshape(len(frames), rows, sides[0], columns, sides[1]).mean(axis=(2, 4))


def taken(values: Float[Array, "batch actions"], batch: Batch) -> Float[Array, " batch"]:
    """The values of the actions that were taken."""
    return jnp.take_along_axis(values, batch.a_tm1[:, None], axis=-1)[:, 0]
