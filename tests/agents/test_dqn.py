"""One agent, by hand; and the same functions over a leading axis of seeds."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from agents.dqn import agent as dqn
from agents.dqn.learner import build_learner
from agents.fleet.execution import Execution
from agents.fleet.updates import compile_updates
from agents.networks.nature import NatureNetwork
from agents.replay.ring import Batch
from agents.spec import AtariTask, DQNSpec, InterventionSpec, NetworkSpec, RunSpec
from dormancy import score_layers
from tests.compiled import compiled

SIDE, STACK, ACTIONS = 20, 4, 3
SPEC = DQNSpec(learning_rate=1e-2, target_period_gradient_steps=2)
RUN = RunSpec(task=AtariTask(frame_size_px=SIDE), network=NetworkSpec(width=0.125), agent=SPEC)


def agent(**changes) -> dqn.Agent:
    spec = dataclasses.replace(SPEC, **changes)
    built = dqn.build(NatureNetwork(ACTIONS, 0.125), spec, frame_size_px=SIDE, frame_stack=STACK)
    return compiled(built, "init", "act", "apply", "update")


def batch(seed: int, *lead: int, n_step: int = 1) -> Batch:
    generator = np.random.default_rng(seed)
    shape = (*lead, 8)
    return Batch(
        frames=generator.integers(0, 256, (*shape, STACK + n_step, SIDE, SIDE)).astype(np.uint8),
        a_tm1=generator.integers(0, ACTIONS, shape).astype(np.int32),
        r_t=generator.normal(size=shape).astype(np.float32),
        discount_t=np.where(generator.random(shape) < 0.3, 0, 0.99).astype(np.float32),
    )


def test_targets_by_hand():
    q_t = jnp.array([[1.0, 3.0], [5.0, 2.0], [7.0, 7.0]])
    targets = dqn.td_targets(jnp.array([1.0, -1.0, 0.5]), jnp.array([0.5, 0.9, 0.0]), q_t)
    np.testing.assert_allclose(targets, [2.5, 3.5, 0.5])


@pytest.mark.parametrize(
    ("step", "epsilon"), [(0, 1), (20_000, 1), (145_000, 0.505), (270_000, 0.01), (10**7, 0.01)]
)
def test_published_exploration_schedule(step, epsilon):
    assert dqn.linear_epsilon(DQNSpec(), step) == pytest.approx(epsilon)


def test_the_target_network_is_copied_every_period():
    one = agent()
    state = one.init(jax.random.key(0))
    for step in range(1, 5):
        state, _ = one.update(state, batch(step))
        same = jax.tree.map(np.array_equal, state.params, state.target_params)
        assert jax.tree.all(same) == (step % 2 == 0)
        assert state.gradient_step == step


def test_greedy_and_random_actions():
    one = agent()
    params = one.init(jax.random.key(0)).params
    observation = batch(0).frames[0, :STACK]
    values, _ = one.apply(params, observation[None])
    keys = jax.random.split(jax.random.key(1), 300)
    greedy = jax.vmap(lambda key: one.act(params, observation, 0.0, key))(keys)
    assert (greedy == values[0].argmax()).all()
    uniform = jax.vmap(lambda key: one.act(params, observation, 1.0, key))(keys)
    assert (np.bincount(uniform, minlength=ACTIONS) > 60).all()


def test_exploration_can_be_constant_after_the_warm_up():
    spec = DQNSpec(epsilon_train=0.1, epsilon_decay_agent_steps=0)
    epsilons = [dqn.linear_epsilon(spec, step) for step in (19_999, 20_000, 10**6)]
    assert epsilons == pytest.approx([1, 0.1, 0.1])


@pytest.mark.parametrize(("decay", "begin"), [(250_000, 20_000), (7, 3), (0, 5)])
def test_the_devices_table_of_exploration_is_the_formula_to_the_bit(decay, begin):
    spec = DQNSpec(epsilon_decay_agent_steps=decay, min_replay_agent_steps=begin)
    table = dqn.epsilons(spec)
    assert table.shape == (begin + decay + 1,)
    steps = [*range(min(len(table), 50)), *range(0, len(table), 997), len(table) - 1]
    one_by_one = [np.float32(dqn.linear_epsilon(spec, step)) for step in steps]
    np.testing.assert_array_equal(table[steps], one_by_one)
    # What `Fleet.act` takes for all later steps.
    assert table[-1] == np.float32(dqn.linear_epsilon(spec, 10**8))


def test_gradient_descent_by_hand():
    optimizer = dqn.make_optimizer(dataclasses.replace(SPEC, optimizer="sgd", weight_decay=0.5))
    params, gradients = {"w": jnp.array([2.0, -1.0])}, {"w": jnp.array([3.0, 0.0])}
    updates, _ = optimizer.update(gradients, optimizer.init(params), params)
    # -0.01 * (gradient + 0.5 * weight)
    np.testing.assert_allclose(updates["w"], [-0.04, 0.005], rtol=1e-6)


def test_weight_decay_enters_the_gradient_before_adam():
    optimizer = dqn.make_optimizer(dataclasses.replace(SPEC, weight_decay=0.5))
    params, gradient = jnp.array([2.0]), jnp.array([-1.0])
    updates, _ = optimizer.update(gradient, optimizer.init(params), params)
    # The decayed gradient is -1 + 0.5 * 2 = 0; AdamW would move the parameter all the same.
    np.testing.assert_allclose(updates, [0.0])


def test_loss_is_huber_with_delta_one_or_mse():
    for loss, expected in (("huber", optax.losses.huber_loss), ("mse", optax.losses.squared_error)):
        one = agent(loss=loss)
        state, data = one.init(jax.random.key(0)), batch(1)
        data = data._replace(r_t=data.r_t * 10)
        _, metrics = one.update(state, data)
        q_tm1, _ = one.apply(state.params, data.frames[:, :STACK])
        q_t, _ = one.apply(state.target_params, data.frames[:, -STACK:])
        chosen = q_tm1[jnp.arange(8), data.a_tm1]
        targets = data.r_t + data.discount_t * q_t.max(-1)
        assert metrics["td_loss"] == pytest.approx(
            float(expected(chosen, targets).mean()), rel=1e-5
        )


def test_three_seeds_in_one_vmapped_call_give_what_three_calls_give():
    one = agent()
    keys = jax.random.split(jax.random.key(0), 3)
    singles = [one.init(key) for key in keys]
    fleet = jax.vmap(one.init)(keys)
    fleet_update = jax.jit(jax.vmap(one.update))
    for step in range(5):
        data = batch(step, 3)
        fleet, fleet_metrics = fleet_update(fleet, data)
        results = [
            one.update(state, jax.tree.map(lambda leaf, i=i: leaf[i], data))
            for i, state in enumerate(singles)
        ]
        singles = [state for state, _ in results]
        losses = [metrics["td_loss"] for _, metrics in results]
        np.testing.assert_allclose(fleet_metrics["td_loss"], losses, rtol=1e-4)
    together = jax.tree.map(lambda *leaves: np.stack(leaves), *singles)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-5), fleet, together
    )
    observations = batch(9, 3).frames[:, 0, :STACK]
    actions = jax.vmap(one.act, in_axes=(0, 0, None, 0))(fleet.params, observations, 0.3, keys)
    for i in range(3):
        assert actions[i] == one.act(singles[i].params, observations[i], 0.3, keys[i])


def learned(convolution: str = "native", fused: bool = False):
    """State and losses of the updates 2 to 6, with a target that is copied after every second."""
    learner = compiled(build_learner(RUN, ACTIONS, convolution), "init")
    update = compile_updates(learner, Execution(fuse_updates=fused), members=1)
    state = learner.init(jax.random.key(0)).agent
    state, parts = update(state, batch(0, 1, 5), 1, True)
    losses = [np.ravel(part["td_loss"]) for part in parts]
    return state, np.concatenate(losses)


@pytest.mark.parametrize("choice", [{"fused": True}, {"convolution": "matmul"}])
def test_how_updates_are_executed_changes_rounding_only(choice):
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-5),
        learned(**choice),
        learned(),
    )


@pytest.mark.parametrize("kind", ["none", "redo"])
def test_only_recycling_recycles(kind):
    spec = dataclasses.replace(RUN, intervention=InterventionSpec(kind=kind, tau=0.1))
    learner = compiled(build_learner(spec, ACTIONS), "init")
    state = learner.init(jax.random.key(0))
    after, found = learner.intervene(jax.random.key(1), state, batch(1), np.int32(4))
    assert (found["recycled_neurons"] > 0) == (kind == "redo")
    # Neurons are scored on what the agent saw before its action.
    _, activations = agent().apply(state.agent.params, batch(1).frames[:, :STACK])
    for name, scores in score_layers(activations).items():
        np.testing.assert_allclose(after.intervention.scores[name], scores, rtol=1e-3, atol=1e-5)


def test_hidden_layers_are_in_order_of_depth():
    learner = build_learner(RUN, ACTIONS)
    assert learner.layers == ("Conv_0", "Conv_1", "Conv_2", "Dense_0")
