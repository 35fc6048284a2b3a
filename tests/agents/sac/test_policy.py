"""The squashed normal distribution is a distribution, and keeps its digits at the border."""

from hypothesis import given, strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate

from agents.sac import policy


def log_density(mean, log_std, action):
    """Of one squashed action, from the textbook formula in double precision."""
    unsquashed = np.arctanh(action)
    normal = -0.5 * ((unsquashed - mean) / np.exp(log_std)) ** 2 - log_std
    return normal - 0.5 * np.log(2 * np.pi) - np.log(1 - action**2)


@given(mean=st.floats(-1, 1), log_std=st.floats(-1.5, 0.5), seed=st.integers(0, 1_000))
def test_log_densities_are_those_of_the_textbook(mean, log_std, seed):
    outputs = jnp.array([[mean, log_std]])
    actions, log_pi = policy.sample(outputs, jax.random.key(seed))
    expected = log_density(mean, log_std, np.float64(actions[0, 0]))
    if abs(actions[0, 0]) < 0.99:
        assert log_pi[0] == pytest.approx(expected, abs=2e-3)


def test_the_density_integrates_to_one():
    total, _ = integrate.quad(lambda a: np.exp(log_density(0.3, -0.7, a)), -1, 1)
    assert total == pytest.approx(1, abs=1e-6)


def test_components_add_up():
    outputs = jnp.array([[0.1, -0.4, -0.5, 0.2]])
    actions, log_pi = policy.sample(outputs, jax.random.key(0))
    parts = [
        log_density(float(outputs[0, i]), float(outputs[0, i + 2]), float(actions[0, i]))
        for i in range(2)
    ]
    assert log_pi[0] == pytest.approx(sum(parts), abs=1e-3)


def test_far_out_everything_stays_finite():
    outputs = jnp.array([[60.0, 5.0], [-60.0, -50.0]])
    actions, log_pi = policy.sample(outputs, jax.random.key(1))
    assert jnp.isfinite(actions).all() and jnp.isfinite(log_pi).all()


@pytest.mark.parametrize(("beyond", "bound"), [(5.0, 2.0), (-50.0, -20.0)])
def test_the_standard_deviation_is_clipped(beyond, bound):
    outputs = (jnp.array([[0.3, log_std]]) for log_std in (beyond, bound))
    clipped, expected = (policy.sample(each, jax.random.key(2)) for each in outputs)
    jax.tree.map(np.testing.assert_array_equal, clipped, expected)


def test_the_mode_is_the_squashed_mean():
    outputs = jnp.array([[0.5, -2.0, 0.0, 0.0]])
    np.testing.assert_allclose(policy.mode(outputs), np.tanh([[0.5, -2.0]]), rtol=1e-6)
