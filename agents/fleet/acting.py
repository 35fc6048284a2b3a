"""What a fleet does in its environments, as one program for all members."""

from collections.abc import Callable, Sequence
import functools

import jax
import jax.numpy as jnp
import numpy as np

from agents.fleet.over_members import STATE, over_members
from agents.learner import Learner
from agents.randomness import Purpose, run_keys


def compile_acting(
    learner: Learner, seeds: Sequence[int], num_actions: Sequence[int] | None
) -> tuple[Callable, Callable]:
    """`act` and `act_in_parallel` of a `Fleet`.

    Args:
      learner: of any member, or one that is wide enough for all.
      seeds: one a member.
      num_actions: of the game of each; None where actions are not numbered.
    """
    members = len(seeds)
    keys, evaluation_keys = run_keys(seeds, Purpose.ACT), run_keys(seeds, Purpose.EVAL_ACT)
    available = jnp.array(num_actions or [0] * members, jnp.int32)
    epsilons = jnp.asarray(learner.epsilons)
    act_for_each = over_members(learner.act, members, in_axes=(0, STATE, 0, None, None, 0))

    @functools.partial(jax.jit, donate_argnames="ring")
    def act_and_store(keys, agent, observations, when, available, epsilons, ring):
        agent_step, slot = when
        epsilon = epsilons[jnp.minimum(agent_step, len(epsilons) - 1)]
        actions = act_for_each(keys, agent, observations, epsilon, agent_step, available)
        if ring is not None:
            newest = observations[:, -1:]
            ring = jax.lax.dynamic_update_slice_in_dim(ring, newest, slot, axis=1)
        return actions, ring

    def act(state, observations, agent_step, ring=None, slot=0):
        when = np.array([agent_step, slot], np.int32)
        return act_and_store(keys, state.agent, observations, when, available, epsilons, ring)

    def act_on_each(key, agent, observations, epsilon, agent_step, num_actions):
        numbers = jnp.arange(observations.shape[0])
        each = jax.vmap(learner.act, in_axes=(0, None, 0, None, None, None))
        own_keys = jax.vmap(jax.random.fold_in, in_axes=(None, 0))(key, numbers)
        return each(own_keys, agent, observations, epsilon, agent_step, num_actions)

    act_on_all = jax.jit(over_members(act_on_each, members, in_axes=(0, STATE, 0, None, None, 0)))

    def act_in_parallel(state, observations, epsilon, agent_step) -> np.ndarray:
        epsilon, step = np.float32(epsilon), np.int32(agent_step)
        return np.asarray(
            act_on_all(evaluation_keys, state.agent, observations, epsilon, step, available)
        )

    return act, act_in_parallel
