"""SAC's update against numbers computed by hand and against what each part is for."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from agents.replay.rows import RowBatch
from agents.sac import agent as sac, policy
from agents.sac.spec import SACSpec
from tests.compiled import compiled

FEATURES, ACTIONS, BATCH = 3, 2, 16
SPEC = SACSpec(width=0.05)
AGENT = compiled(
    sac.build(SPEC, FEATURES, ACTIONS), "init", "update", "apply_actor", "apply_critic"
)


def rows(seed=0, batch=BATCH):
    keys = jax.random.split(jax.random.key(seed), 5)
    return RowBatch(
        s_tm1=jax.random.normal(keys[0], (batch, FEATURES)),
        a_tm1=jnp.tanh(jax.random.normal(keys[1], (batch, ACTIONS))),
        r_t=jax.random.normal(keys[2], (batch,)),
        discount_t=0.99 * jax.random.bernoulli(keys[3], 0.8, (batch,)),
        s_t=jax.random.normal(keys[4], (batch, FEATURES)),
    )


def test_targets_by_hand():
    found = sac.soft_targets(
        r_t=np.array([1.0, 2.0], np.float32),
        discount_t=np.array([0.5, 0.0], np.float32),
        q_t=jnp.array([[4.0, 9.0], [3.0, 9.0]]),
        log_pi_t=jnp.array([-2.0, 1.0]),
        temperature=jnp.array(0.25),
    )
    # 1 + 0.5 * (3 + 0.25 * 2), and an ended episode: 2.
    np.testing.assert_allclose(found, [2.75, 2.0])


def test_the_critics_start_differently_and_the_targets_alike():
    state = AGENT.init(jax.random.key(0))
    first, second = (jax.tree.map(lambda leaf, i=i: leaf[i], state.critics) for i in range(2))
    assert not np.array_equal(first["Dense_0"]["kernel"], second["Dense_0"]["kernel"])
    jax.tree.map(np.testing.assert_array_equal, state.critics, state.target_critics)


def values(critics, observations, actions):
    """(2, batch) of both critics."""
    return jax.vmap(lambda own: AGENT.apply_critic(own, (observations, actions))[0])(critics)


def apart():
    """A state whose target critics are not the critics, with a temperature that is not 1."""
    state = AGENT.init(jax.random.key(0))
    targets = jax.tree.map(lambda leaf: 1.5 * leaf + 0.1, state.critics)
    return state.replace(target_critics=targets, log_temperature=jnp.log(0.3))


def test_the_critics_move_along_the_gradient_of_half_the_squared_error():
    state, batch, key = apart(), rows(), jax.random.key(5)
    target_key, _ = jax.random.split(key)
    outputs, _ = AGENT.apply_actor(state.actor, batch.s_t)
    a_t, log_pi_t = policy.sample(outputs, target_key)
    q_t = values(state.target_critics, batch.s_t, a_t)
    targets = 0.1 * batch.r_t + batch.discount_t * (jnp.minimum(*q_t) - 0.3 * log_pi_t)

    def loss(critics):
        q_tm1 = values(critics, batch.s_tm1, batch.a_tm1)
        return 0.5 * jnp.mean((q_tm1[0] - targets) ** 2) + 0.5 * jnp.mean((q_tm1[1] - targets) ** 2)

    value, gradients = jax.jit(jax.value_and_grad(loss))(state.critics)
    adam = optax.adam(3e-4, eps=1e-7)
    updates, _ = adam.update(gradients, adam.init(state.critics))
    expected = optax.apply_updates(state.critics, updates)
    after, metrics = AGENT.update(state, batch, key)
    assert metrics["critic_loss"] == pytest.approx(float(value), rel=1e-5)
    jax.tree.map(
        lambda ours, theirs: np.testing.assert_allclose(ours, theirs, atol=1e-6),
        after.critics,
        expected,
    )


def test_the_actors_loss_is_what_entropy_costs_less_what_the_worse_critic_says():
    state, batch, key = apart(), rows(), jax.random.key(5)
    _, actor_key = jax.random.split(key)
    chosen, log_pi = policy.sample(AGENT.apply_actor(state.actor, batch.s_tm1)[0], actor_key)
    after, metrics = AGENT.update(state, batch, key)
    # The critics learn first.
    worse = jnp.minimum(*values(after.critics, batch.s_tm1, chosen))
    expected = float(jnp.mean(0.3 * log_pi - worse))
    assert metrics["actor_loss"] == pytest.approx(expected, rel=1e-5)
    assert metrics["entropy"] == pytest.approx(-float(log_pi.mean()), rel=1e-5)


def test_targets_follow_slowly():
    state = AGENT.init(jax.random.key(0))
    after, _ = AGENT.update(state, rows(), jax.random.key(1))
    expected = jax.tree.map(
        lambda old, new: 0.995 * old + 0.005 * new, state.target_critics, after.critics
    )
    jax.tree.map(
        lambda ours, theirs: np.testing.assert_allclose(ours, theirs, atol=1e-6),
        after.target_critics,
        expected,
    )


# Around the entropy of -1/2 for each of two components, which log_std = -1.9 has.
@pytest.mark.parametrize(("log_std", "sign"), [(-8.0, 1), (-2.1, 1), (-1.7, -1), (-0.1, -1)])
def test_the_temperature_rises_where_the_policy_is_too_certain(log_std, sign):
    state = AGENT.init(jax.random.key(0))
    head = state.actor["head"]
    bias = head["bias"].at[ACTIONS:].set(log_std)
    actor = state.actor | {"head": {"kernel": 0 * head["kernel"], "bias": bias}}
    batch = rows(batch=256)
    after, _ = AGENT.update(state.replace(actor=actor), batch, jax.random.key(1))
    assert np.sign(after.log_temperature) == sign


def test_the_actor_climbs_the_critics():
    state = AGENT.init(jax.random.key(0))
    # Critics that prefer large first components, whatever the state, and hardly any entropy.
    state = state.replace(log_temperature=jnp.array(-9.0))
    batch = rows(batch=64)

    def chosen(state):
        return float(jnp.mean(policy.mode(AGENT.apply_actor(state.actor, batch.s_tm1)[0])[:, 0]))

    spec = SACSpec(width=0.05, learning_rate=3e-3)
    agent = sac.build(spec, FEATURES, ACTIONS)
    state = state.replace(
        actor_opt=agent.actor_optimizer.init(state.actor),
        critic_opt=agent.critic_optimizer.init(state.critics),
    )
    reward = batch._replace(r_t=50 * batch.a_tm1[:, 0], discount_t=0 * batch.r_t)
    update, before = jax.jit(agent.update), chosen(state)
    for step in range(300):
        state, _ = update(state, reward, jax.random.key(step))
    assert chosen(state) > max(before, 0) + 0.3


@pytest.mark.parametrize(
    ("network", "slope"), [("actor", 2.0), ("critics", 1.0)], ids=["actor", "critics"]
)
def test_weight_decay_adds_the_slope_of_its_penalty_to_the_gradients_of_kernels(network, slope):
    decay = 0.1
    built = sac.build(SACSpec(width=0.05, weight_decay=decay), FEATURES, ACTIONS)
    agent = compiled(built, "init")
    optimizer = {"actor": agent.actor_optimizer, "critics": agent.critic_optimizer}[network]
    # Biases start at 0, where nothing decays.
    params = jax.tree.map(lambda leaf: leaf + 0.5, getattr(agent.init(jax.random.key(0)), network))
    gradients = jax.tree.map(lambda leaf: 0.3 * jnp.cos(leaf), params)
    expected = {
        layer: {
            "kernel": gradients[layer]["kernel"] + slope * decay * own["kernel"],
            "bias": gradients[layer]["bias"],
        }
        for layer, own in params.items()
    }
    adam = optax.adam(3e-4, eps=1e-7)
    ours, theirs = optimizer.init(params), adam.init(params)
    for scale in (1.0, -0.2):  # Adam's first step is the sign of its gradient.
        scaled = jax.tree.map(lambda leaf, by=scale: by * leaf, gradients)
        shifted = jax.tree.map(
            lambda ours, whole, part: ours + whole - part, scaled, expected, gradients
        )
        updates, ours = optimizer.update(scaled, ours, params)
        wanted, theirs = adam.update(shifted, theirs, params)
    jax.tree.map(
        lambda found, exact: np.testing.assert_allclose(found, exact, rtol=1e-4),
        updates,
        wanted,
    )


def test_weight_decay_changes_an_update():
    built = sac.build(SACSpec(width=0.05, weight_decay=0.1), FEATURES, ACTIONS)
    decayed = compiled(built, "init", "update")
    state = decayed.init(jax.random.key(0))
    plain, _ = AGENT.update(AGENT.init(jax.random.key(0)), rows(), jax.random.key(1))
    after, _ = decayed.update(state, rows(), jax.random.key(1))
    for network in ("actor", "critics"):
        ours, theirs = getattr(after, network), getattr(plain, network)
        assert not np.allclose(ours["Dense_0"]["kernel"], theirs["Dense_0"]["kernel"])


def test_activations_are_recorded_in_order_of_depth():
    state = AGENT.init(jax.random.key(0))
    _, activations = AGENT.apply_actor(state.actor, rows().s_tm1)
    assert list(activations) == ["Dense_0", "Dense_1"]
