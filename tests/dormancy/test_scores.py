"""Definition 3.1: hand-computed values and the laws of a score."""

from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
import jax.numpy as jnp
import numpy as np
import pytest

from dormancy import (
    dormant_mask,
    layer_shares,
    mean_abs_activation,
    neuron_scores,
    pooled_share,
    score_layers,
)

# Far above the subnormal numbers, which XLA rounds to zero and numpy does not.
magnitudes = hnp.arrays(
    np.float32, st.integers(1, 40), elements=st.just(0.0) | st.floats(2**-60, 1e3, width=32)
)


def test_a_convolution_is_averaged_over_batch_and_space():
    activation = np.zeros((2, 3, 3, 2), np.float32)
    activation[0, 1, 1, 0] = -9.0
    activation[..., 1] = 2.0
    np.testing.assert_allclose(mean_abs_activation(jnp.asarray(activation)), [0.5, 2.0])


def test_scores_by_hand():
    np.testing.assert_allclose(
        neuron_scores(np.array([4.0, 1.0, 1.0, 0.0])), [8 / 3, 2 / 3, 2 / 3, 0]
    )


@given(magnitudes)
def test_scores_average_to_one_unless_the_layer_is_dead(mean_abs):
    expected = 1.0 if mean_abs.any() else 0.0
    assert neuron_scores(mean_abs.astype(np.float64)).mean() == pytest.approx(expected)


@given(magnitudes, st.floats(0.01, 100))
def test_scores_do_not_change_when_a_layer_is_scaled(mean_abs, factor):
    mean_abs = mean_abs.astype(np.float64)
    np.testing.assert_allclose(
        neuron_scores(mean_abs * factor), neuron_scores(mean_abs), rtol=1e-9, atol=1e-12
    )


@given(st.integers(1, 50), st.sampled_from([0, 0.025, 0.1]))
def test_a_totally_dead_layer_is_all_dormant(neurons, tau):
    assert dormant_mask(neuron_scores(np.zeros(neurons)), tau).all()


@given(magnitudes)
def test_a_larger_threshold_never_wakes_a_neuron(mean_abs):
    scores = neuron_scores(mean_abs)
    assert not (dormant_mask(scores, 0.025) & ~dormant_mask(scores, 0.1)).any()


@given(magnitudes)
def test_numpy_and_jax_agree(mean_abs):
    np.testing.assert_allclose(
        neuron_scores(jnp.asarray(mean_abs)), neuron_scores(mean_abs), rtol=1e-5
    )


def test_the_threshold_is_inclusive():
    assert dormant_mask(np.array([0.1, 0.2]), 0.1).tolist() == [True, False]


def test_shares_pool_neurons_not_layers():
    masks = {"narrow": np.array([True, True]), "wide": np.array([True] + [False] * 7)}
    assert float(pooled_share(masks)) == pytest.approx(0.3)
    shares = layer_shares(masks)
    assert (float(shares["narrow"]), float(shares["wide"])) == (1.0, 0.125)


def test_shares_keep_leading_axes():
    masks = {"a": np.zeros((5, 3), bool), "b": np.ones((5, 1), bool)}
    np.testing.assert_allclose(pooled_share(masks), np.full(5, 0.25))


def test_no_layers_is_an_error():
    with pytest.raises(ValueError, match="at least one layer"):
        pooled_share({})


def test_score_layers_scores_every_layer():
    scores = score_layers({"a": jnp.ones((2, 3)), "b": jnp.array([[2.0, 0.0]])})
    np.testing.assert_allclose(scores["a"], [1, 1, 1])
    np.testing.assert_allclose(scores["b"], [2, 0])
