"""What a log records."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from agents.events import Log, Progress
from agents.kinds import train
from agents.measuring import ACTIVATION, Accumulator, describe_neurons, measure_network
from agents.networks.traced import trace
from agents.spec import AtariTask, DQNSpec, NetworkSpec, RunSpec, ScheduleSpec


def test_sums_and_counts_of_any_quantity():
    pending = Accumulator()
    for value in (1.0, 3.0):
        pending.add("critic_loss", value)
        pending.add("recycled_neurons", value)
    pending.add("train_return", 7.0)
    copy = Accumulator(pending.save())
    expected = {
        "critic_loss": 2.0,
        "recycled_neurons": 4.0,
        "train_return_mean": 7.0,
        "train_episodes": 1.0,
    }
    assert pending.drain() == copy.drain() == expected
    assert pending.drain() == {}


def test_what_older_versions_saved_is_read():
    rows = np.zeros((8, 2))
    rows[0], rows[5], rows[6] = (6.0, 3), (4.0, 1), (1.0, 1)
    assert Accumulator(rows).drain() == {"td_loss": 2.0, "redormant_fraction": 0.25}
    # Of a version with fewer quantities.
    assert Accumulator(rows[:2]).drain() == {"td_loss": 2.0}
    assert Accumulator({}).drain() == {}


def two_layers(params, inputs):
    first = jax.nn.relu(inputs @ params["first"])
    second = jax.nn.relu(first @ params["second"])
    return second @ params["head"], {"first": first, "second": second}


def test_activations_gradients_and_ranks_by_hand():
    params = {
        "first": jnp.array([[1.0, -1.0], [0.0, 0.0]]),
        "second": jnp.array([[2.0, 0.0], [0.0, 1.0]]),
        "head": jnp.array([[1.0], [1.0]]),
    }
    inputs = jnp.array([[1.0, 0.0], [3.0, 0.0]])

    def loss(params):
        outputs, activations = two_layers(params, inputs)
        return jnp.mean(outputs), activations

    gradients, activations = jax.grad(loss, has_aux=True)(params)
    measure = measure_network(trace(two_layers, lambda _: params, inputs))
    metrics, neurons = measure(params, activations, gradients)
    assert list(neurons) == ["first", "second"]
    np.testing.assert_allclose(neurons["first"][ACTIVATION], [2, 0])
    np.testing.assert_allclose(neurons["second"][ACTIVATION], [4, 0])
    # d mean(2 w x) / dw = (2 mean(x), 0) for the live unit; the silent one has no gradient.
    np.testing.assert_allclose(neurons["first"]["mean_abs_gradient"], [2, 0])
    np.testing.assert_allclose(neurons["second"]["mean_abs_gradient"], [1, 0])
    # Both features of the two samples: (2, 0) and (6, 0).
    assert metrics["srank"] == 1
    np.testing.assert_allclose(metrics["effective_rank"], 1, rtol=1e-5)
    np.testing.assert_allclose(metrics["stable_rank"], 1, rtol=1e-5)
    np.testing.assert_allclose(metrics["feature_norm"], 4)
    np.testing.assert_allclose(metrics["weight_norm"], np.sqrt(1 + 1 + 4 + 1 + 1 + 1), rtol=1e-6)


def test_shares_of_what_is_no_number_are_none():
    healthy = {"a": {ACTIVATION: np.array([1.0, 0.0], np.float32)}}
    assert describe_neurons(healthy)["dormant_fraction_tau_0"] == 0.5
    broken = {"a": {ACTIVATION: np.array([np.nan, 0.0], np.float32)}}
    assert all(np.isnan(value) for value in describe_neurons(broken).values())


@pytest.mark.filterwarnings("ignore:.*overflow")
def test_a_run_that_diverges_says_so():
    spec = RunSpec(
        task=AtariTask(game="Asterix", frame_size_px=20),
        network=NetworkSpec(width=0.125),
        agent=DQNSpec(
            learning_rate=1e30,
            replay_ratio=0.5,
            min_replay_agent_steps=20,
            replay_capacity_transitions=100,
        ),
        schedule=ScheduleSpec(
            iterations=1,
            agent_steps_per_iteration=60,
            eval_episodes=1,
            eval_environments=1,
            log_period_gradient_steps=10,
            probe_batch_size=8,
        ),
    )
    events = list(train(spec))
    logs = [event for event in events if isinstance(event, Log) and event.neurons]
    assert [log.metrics["diverged"] for log in logs] == [0, 1, 1]
    assert np.isnan(logs[-1].metrics["dormant_fraction_tau_0"])
    assert any(event.diverged for event in events if isinstance(event, Progress))
    small = dataclasses.replace(spec.agent, learning_rate=1e-4)
    assert not any(
        event.diverged
        for event in train(dataclasses.replace(spec, agent=small))
        if isinstance(event, Progress)
    )
