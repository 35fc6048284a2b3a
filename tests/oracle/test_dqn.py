"""DQN updates equal Dopamine's jitted `train`; exploration equals its schedule."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from agents.dqn import agent as dqn
from agents.networks.nature import NatureNetwork
from agents.replay.ring import Batch
from agents.spec import DQNSpec
from tests.oracle import dopamine_shim, official_nature

dqn_agent = dopamine_shim.load("jax.agents.dqn.dqn_agent")

BATCH, STACK, UPDATES = 32, 4, 3
SPEC = DQNSpec()
OPTIMIZER = dqn_agent.create_optimizer("adam")


def make_batch(seed, n_step):
    """One batch as we sample it, and the same as Dopamine's replay hands it out."""
    rng = np.random.default_rng(seed)
    frames = np.concatenate(
        [official_nature.observations(1_000 * seed + i, BATCH) for i in range(2)], axis=-1
    )[..., : STACK + n_step]
    terminal = rng.uniform(size=BATCH) < 0.25
    actions = rng.integers(official_nature.NUM_ACTIONS, size=BATCH).astype(np.int32)
    # Large enough that some errors lie on the linear part of the Huber loss.
    rewards = rng.choice([-2.0, 0.0, 0.0, 2.0], size=BATCH).astype(np.float32)
    gamma = np.float32(SPEC.discount**n_step)
    ours = Batch(
        frames=np.moveaxis(frames, -1, 1),
        a_tm1=actions,
        r_t=rewards,
        discount_t=np.where(terminal, np.float32(0), gamma),
    )
    theirs = {
        "states": frames[..., :STACK],
        "actions": actions,
        "next_states": frames[..., -STACK:],
        "rewards": rewards,
        "terminals": terminal,
    }
    return ours, theirs


def close(ours, theirs, tolerance, what):
    """Every tensor equal up to `tolerance` times its largest absolute entry."""

    def compare(path, a, b):
        atol = tolerance * np.abs(b).max()
        np.testing.assert_allclose(a, b, rtol=0, atol=atol, err_msg=f"{what} {path}")

    jax.tree_util.tree_map_with_path(compare, ours, theirs)


@pytest.mark.parametrize(("loss", "n_step"), [("huber", 1), ("huber", 3), ("mse", 1)])
def test_updates_equal_dopamine(loss, n_step):
    """Loss, Adam moments, parameters and their steps, of three updates in a row.

    Steps are compared, not only parameters: a step is 1,000 times smaller than a parameter,
    and would hide in the parameter's tolerance.
    """
    spec = dataclasses.replace(SPEC, loss=loss, n_step=n_step)
    network = NatureNetwork(official_nature.NUM_ACTIONS)
    agent = dqn.build(network, spec, frame_size_px=84, frame_stack=STACK)
    online, target = official_nature.parameters(0), official_nature.parameters(1)
    state = agent.init(jax.random.key(0)).replace(
        params=jax.tree.map(jnp.asarray, official_nature.to_ours(online)),
        target_params=jax.tree.map(jnp.asarray, official_nature.to_ours(target)),
    )
    their_params = official_nature.as_official(online)
    their_target = official_nature.as_official(target)
    their_adam = OPTIMIZER.init(their_params)
    update = jax.jit(agent.update)

    for step in range(UPDATES):
        ours, theirs = make_batch(step, n_step)
        before = official_nature.from_ours(state.params), their_params["params"]
        state, metrics = update(state, ours)
        their_adam, their_params, their_loss = dqn_agent.train(
            official_nature.NETWORK,
            their_params,
            their_target,
            OPTIMIZER,
            their_adam,
            **theirs,
            cumulative_gamma=SPEC.discount**n_step,
            loss_type=loss,
        )
        after = official_nature.from_ours(state.params), their_params["params"]

        np.testing.assert_allclose(metrics["td_loss"], their_loss, rtol=1e-5)
        adam = state.opt_state[0]
        assert adam.count == their_adam[0].count == state.gradient_step == step + 1
        close(official_nature.from_ours(adam.mu), their_adam[0].mu["params"], 1e-5, "mu")
        close(official_nature.from_ours(adam.nu), their_adam[0].nu["params"], 1e-5, "nu")
        close(*after, 1e-6, "parameters")
        steps = (jax.tree.map(jnp.subtract, *pair) for pair in zip(after, before, strict=True))
        close(*steps, 1e-3, "step")


def test_the_batches_reach_both_parts_of_the_huber_loss():
    values = jax.jit(jax.vmap(official_nature.NETWORK.apply, in_axes=(None, 0)))
    for seed in range(UPDATES):
        _, batch = make_batch(seed, 1)
        q_t = values(
            official_nature.as_official(official_nature.parameters(1)), batch["next_states"]
        ).q_values
        q_tm1 = values(
            official_nature.as_official(official_nature.parameters(0)), batch["states"]
        ).q_values
        targets = batch["rewards"] + SPEC.discount * q_t.max(-1) * (1 - batch["terminals"])
        errors = np.abs(targets - q_tm1[np.arange(BATCH), batch["actions"]])
        assert 4 < (errors > 1).sum() < BATCH - 4


@pytest.mark.parametrize(
    "spec",
    [
        SPEC,
        DQNSpec(min_replay_agent_steps=1_600, epsilon_decay_agent_steps=5_000),
        DQNSpec(min_replay_agent_steps=500, epsilon_decay_agent_steps=999, epsilon_train=0.1),
    ],
)
def test_epsilon_schedule_equals_dopamine(spec):
    warmup, decay = spec.min_replay_agent_steps, spec.epsilon_decay_agent_steps
    borders = [b + d for b in (0, warmup, warmup + decay) for d in (-1, 0, 1) if b + d >= 0]
    steps = [*borders, *np.linspace(0, warmup + 2 * decay, 50, dtype=int).tolist()]
    ours = [dqn.linear_epsilon(spec, step) for step in steps]
    theirs = [
        dqn_agent.linearly_decaying_epsilon(decay, step, warmup, spec.epsilon_train)
        for step in steps
    ]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-7)
