"""One update of DrQ(epsilon) is that of Dopamine's Atari-100k agent, given its pictures."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from agents.dqn.agent import build
from agents.networks.build import build_network
from agents.replay.ring import Batch
from agents.spec import DQNSpec, NetworkSpec
from tests.oracle import dopamine_shim, official_nature

networks = dopamine_shim.load("labs.redo.networks")
official = dopamine_shim.load("jax.agents.full_rainbow.full_rainbow_agent")

ACTIONS, SIDE, BATCH, STEPS = 4, 20, 8, 10
SPEC = DQNSpec(learning_rate=1e-4, n_step=STEPS, double=True, target_period_gradient_steps=1)
NETWORK = NetworkSpec(kind="dueling")


def to_theirs(params):
    params = dict(params)
    head = params.pop("head")
    return {"params": params | {"Dense_1": head["advantage"], "Dense_2": head["value"]}}


def test_an_update_is_equal():
    agent = build(build_network(NETWORK, ACTIONS), SPEC, frame_size_px=SIDE, frame_stack=4)
    state = jax.jit(agent.init)(jax.random.key(0))
    # A target network that is not the online one, so that it matters who chooses the action.
    other = jax.jit(agent.init)(jax.random.key(1))
    state = state.replace(target_params=other.params)
    frames = np.moveaxis(official_nature.observations(3, BATCH)[:, :SIDE, :SIDE], -1, 1)
    frames = np.concatenate([frames, frames[:, :, ::-1], frames[..., ::-1], frames], axis=1)
    frames = frames[:, : 4 + STEPS]
    rng = np.random.default_rng(0)
    ended = rng.random(BATCH) < 0.4
    batch = Batch(
        frames,
        rng.integers(ACTIONS, size=BATCH).astype(np.int32),
        rng.normal(size=BATCH).astype(np.float32),
        np.where(ended, 0, 0.99**STEPS).astype(np.float32),
    )
    after, metrics = jax.jit(agent.update)(state, batch)

    definition = networks.FullRainbowNetwork(
        num_actions=ACTIONS, num_atoms=1, noisy=False, dueling=True, distributional=False
    )
    definition = definition.clone(inputs_preprocessed=True)
    optimizer = optax.adam(1e-4, eps=1.5e-4)
    params = to_theirs(state.params)
    _, updated, _, loss, _ = official.train(
        definition,
        params,
        to_theirs(state.target_params),
        optimizer,
        optimizer.init(params),
        jnp.moveaxis(frames[:, :4], 1, -1) / 255.0,
        batch.a_tm1,
        jnp.moveaxis(frames[:, -4:], 1, -1) / 255.0,
        batch.r_t,
        ended,
        jnp.ones(BATCH),
        None,
        0.99**STEPS,
        True,
        False,
        False,
        jax.random.key(0),
    )
    np.testing.assert_allclose(metrics["td_loss"], loss, rtol=1e-5)
    jax.tree.map(
        lambda ours, theirs: np.testing.assert_allclose(ours, theirs, atol=2e-6),
        to_theirs(after.params),
        updated,
    )
    # A period of one: the target is the online network from here on.
    jax.tree.map(np.testing.assert_array_equal, after.target_params, after.params)


def test_augmentation_changes_what_is_learned_from_and_nothing_that_is_measured():
    spec = DQNSpec(double=True, augmentation="drq")
    agent = build(build_network(NETWORK, ACTIONS), spec, frame_size_px=SIDE, frame_stack=4)
    state = jax.jit(agent.init)(jax.random.key(0))
    frames = np.moveaxis(official_nature.observations(3, BATCH)[:, :SIDE, :SIDE], -1, 1)
    frames = np.concatenate([frames, frames[:, -1:]], axis=1)
    ones = np.ones(BATCH, np.float32)
    batch = Batch(frames, np.zeros(BATCH, np.int32), ones, ones)
    bootstrap = jax.jit(agent.bootstrap)
    plain = bootstrap(state, batch)
    first = bootstrap(state, batch._replace(seed=np.uint32(1)))
    again = bootstrap(state, batch._replace(seed=np.uint32(1)))
    second = bootstrap(state, batch._replace(seed=np.uint32(2)))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, second) and not np.allclose(first, plain)
