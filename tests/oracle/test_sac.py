"""Updates of SAC are those of Stable-Baselines3, given its weights, batches and random numbers.

It is an extra, because it brings PyTorch: `make setup EXTRAS=peers`.
"""

import gymnasium
import jax
import numpy as np
import pytest

from agents.replay.rows import RowBatch
from agents.sac import agent as sac
from agents.sac.spec import SACSpec

torch = pytest.importorskip("torch")
peer = pytest.importorskip("stable_baselines3")

FEATURES, ACTIONS, BATCH, UPDATES = 5, 3, 32, 20
SPEC = SACSpec(
    width=0.125,
    # Large enough to move everything within a few updates.
    learning_rate=1e-2,
    # PyTorch's.
    adam_epsilon=1e-8,
    target_smoothing=0.05,
    reward_scale=1.0,
    target_entropy_per_action=-1.0,
    batch_size=BATCH,
)
UNITS = 32


class Task(gymnasium.Env):
    """Spaces of the right size; it is never played."""

    observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (FEATURES,), np.float32)
    action_space = gymnasium.spaces.Box(-1, 1, (ACTIONS,), np.float32)


def build_peer():
    agent = peer.SAC(
        "MlpPolicy",
        Task(),
        learning_rate=SPEC.learning_rate,
        buffer_size=1,
        tau=SPEC.target_smoothing,
        gamma=SPEC.discount,
        ent_coef="auto",
        target_entropy=float(SPEC.target_entropy_per_action * ACTIONS),
        policy_kwargs={"net_arch": [UNITS, UNITS]},
        device="cpu",
    )
    agent.set_logger(peer.common.logger.configure(None, []))
    return agent


def dense(linear):
    weights = {"kernel": linear.weight.T, "bias": linear.bias}
    # Copies: theirs change in place.
    return {name: weight.detach().numpy().copy() for name, weight in weights.items()}


def actor_of(theirs):
    first, _, second, _ = theirs.latent_pi
    mean, log_std = dense(theirs.mu), dense(theirs.log_std)
    head = {name: np.concatenate([mean[name], log_std[name]], axis=-1) for name in mean}
    return {"Dense_0": dense(first), "Dense_1": dense(second), "head": head}


def critics_of(theirs):
    each = []
    for network in theirs.q_networks:
        first, _, second, _, head = network
        each.append({"Dense_0": dense(first), "Dense_1": dense(second), "head": dense(head)})
    return jax.tree.map(lambda *leaves: np.stack(leaves), *each)


def batch_of(rng):
    ended = rng.random(BATCH) < 0.3
    return RowBatch(
        rng.normal(size=(BATCH, FEATURES)).astype(np.float32),
        rng.uniform(-1, 1, size=(BATCH, ACTIONS)).astype(np.float32),
        rng.normal(size=BATCH).astype(np.float32),
        np.where(ended, 0, SPEC.discount).astype(np.float32),
        rng.normal(size=(BATCH, FEATURES)).astype(np.float32),
    )


def to_theirs(rows):
    tensors = [
        rows.s_tm1,
        rows.a_tm1,
        rows.s_t,
        (rows.discount_t == 0).astype(np.float32)[:, None],
        rows.r_t[:, None],
    ]
    return peer.common.type_aliases.ReplayBufferSamples(*map(torch.as_tensor, tensors))


def test_updates_are_equal(monkeypatch):
    theirs = build_peer()
    ours = sac.build(SPEC, FEATURES, ACTIONS)
    state = ours.init(jax.random.key(0)).replace(
        actor=actor_of(theirs.actor),
        critics=critics_of(theirs.critic),
        target_critics=critics_of(theirs.critic_target),
    )
    begun = state
    rng, update = np.random.default_rng(0), jax.jit(ours.update)
    for step in range(UPDATES):
        rows, key = batch_of(rng), jax.random.key(step)
        # They draw the actions of the first observations first, we those of the second.
        noise = [
            torch.as_tensor(np.array(jax.random.normal(each, (BATCH, ACTIONS))))
            for each in reversed(jax.random.split(key))
        ]
        monkeypatch.setattr(
            torch.distributions.normal,
            "_standard_normal",
            lambda *shape, noise=noise, **kind: noise.pop(0),
        )
        monkeypatch.setattr(
            theirs.replay_buffer, "sample", lambda *size, rows=rows, **env: to_theirs(rows)
        )
        theirs.train(1, BATCH)
        state, metrics = update(state, rows, key)
        logged = theirs.logger.name_to_value
        # They add 1e-6 within the logarithm of the density, which ours needs not.
        close = {"rtol": 1e-4, "atol": 1e-4}
        np.testing.assert_allclose(metrics["critic_loss"], logged["train/critic_loss"], **close)
        np.testing.assert_allclose(metrics["actor_loss"], logged["train/actor_loss"], **close)
    compared = {
        "actor": (state.actor, actor_of(theirs.actor), begun.actor),
        "critics": (state.critics, critics_of(theirs.critic), begun.critics),
        "targets": (
            state.target_critics,
            critics_of(theirs.critic_target),
            begun.target_critics,
        ),
        "temperature": (
            state.log_temperature,
            theirs.log_ent_coef.detach().numpy()[0].copy(),
            begun.log_temperature,
        ),
    }
    for name, (found, expected, before) in compared.items():
        apart, moved = _furthest(found, expected), _furthest(expected, before)
        assert apart < 1e-3 * moved, name
        assert moved > 0.03, name


def _furthest(one, other):
    """The largest difference of any two numbers."""
    gaps = jax.tree.map(lambda a, b: float(np.max(np.abs(np.asarray(a) - b))), one, other)
    return max(jax.tree.leaves(gaps))
