"""Norms, concentration and churn: values by hand, on numpy and JAX arrays, and NaN."""

from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dormancy import (
    active_share,
    distance_from_init,
    dominance,
    feature_norm,
    gini,
    greedy_churn,
    top_share,
    value_churn,
    weight_norm,
    weight_rms,
)

both = pytest.mark.parametrize("xp", [np, jnp])
activities = hnp.arrays(
    np.float64, st.integers(2, 20), elements=st.floats(0, 100, width=32)
).filter(lambda a: a.sum() > 1e-3)


def test_norms_by_hand():
    assert feature_norm(jnp.array([[3.0, 4.0], [6.0, 8.0]])) == 7.5
    tree = {"a": jnp.array([[1.0, -2.0]]), "b": {"c": jnp.array([2.0])}}
    assert weight_norm(tree) == 3
    assert weight_rms(tree) == pytest.approx(np.sqrt(3))
    assert distance_from_init(tree, jax.tree.map(lambda leaf: leaf - 1, tree)) == pytest.approx(
        np.sqrt(3)
    )


def test_norms_of_half_precision_do_not_overflow():
    tree = {"w": jnp.full(8, 300.0, jnp.float16)}
    assert weight_norm(tree) == pytest.approx(300 * np.sqrt(8))
    assert feature_norm(jnp.full((2, 8), 300, jnp.float16)) == pytest.approx(300 * np.sqrt(8))


def test_a_network_without_parameters_has_norm_zero():
    assert weight_norm({}) == weight_rms({}) == 0


@both
def test_concentration_by_hand(xp):
    activity = xp.asarray([0.0, 1.0, 3.0, 4.0])
    assert dominance(activity / 2) == 2
    assert top_share(activity, 1) == 0.5
    assert top_share(activity, 2) == 0.875
    assert top_share(activity, 9) == 1
    # |differences| of the pairs: 1 + 3 + 4 + 2 + 3 + 1 = 14, each twice, over 2 * 4 * 8.
    assert gini(activity) == 28 / 64
    assert active_share(activity.reshape(2, 2)) == 0.75


@given(activities)
def test_gini_is_the_mean_difference_of_all_pairs(activity):
    pairs = np.abs(activity[:, None] - activity[None]).sum()
    np.testing.assert_allclose(
        gini(activity), pairs / (2 * activity.size * activity.sum()), atol=1e-9
    )


@both
def test_concentration_keeps_leading_axes(xp):
    activity = xp.asarray([[1.0, 1.0], [2.0, 0.0]])
    np.testing.assert_allclose(gini(activity), [0, 0.5])
    np.testing.assert_allclose(top_share(activity, 1), [0.5, 1])


@both
def test_a_silent_layer_has_no_concentration(xp):
    assert np.isnan(gini(xp.zeros(3)))
    assert np.isnan(top_share(xp.zeros(3), 1))
    assert dominance(xp.zeros(3)) == 0
    assert active_share(xp.zeros((2, 3))) == 0


@both
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_has_no_measure(xp, bad):
    activity = xp.asarray([1.0, bad, 2.0])
    assert np.isnan(gini(activity))
    assert np.isnan(top_share(activity, 1))
    assert np.isnan(active_share(activity[None]))
    values, broken = xp.asarray([[1.0, 2.0]]), xp.asarray([[1.0, bad]])
    for churn in (value_churn, greedy_churn):
        assert np.isnan(churn(values, broken))
        assert np.isnan(churn(broken, values))


@both
def test_churn_by_hand(xp):
    before = xp.asarray([[1.0, 2.0], [0.0, 0.0], [5.0, 4.0], [1.0, 3.0]])
    after = xp.asarray([[3.0, 2.0], [0.0, 0.0], [4.0, 4.0], [1.0, 4.0]])
    assert value_churn(before, after) == 0.5
    assert greedy_churn(before, after) == 0.25
    assert value_churn(before, before) == greedy_churn(before, before) == 0
