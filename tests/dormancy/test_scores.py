"""Definition 3.1: hand-computed values and the laws of a score."""

from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dormancy import (
    dormant_mask,
    dormant_share,
    dormant_shares,
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


@pytest.mark.parametrize("xp", [np, jnp])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda a: a.at[:, 7].set(jnp.nan),
        lambda a: a.at[3].set(jnp.nan),
        lambda a: a.at[:, 7].set(jnp.inf),
        lambda a: a.at[0, 7].set(-jnp.inf),
    ],
    ids=["NaN unit", "NaN input", "infinite unit", "infinite value"],
)
def test_a_layer_that_is_not_finite_is_neither_dormant_nor_healthy(xp, spoil):
    healthy = jnp.abs(jax.random.normal(jax.random.key(0), (32, 8))).at[:, :4].set(0)
    layers = {"spoilt": xp.asarray(spoil(healthy)), "healthy": xp.asarray(healthy)}
    scores = score_layers(layers)
    assert np.isnan(scores["spoilt"]).all()
    assert not dormant_mask(scores["spoilt"], 0.1).any()
    shares = dormant_shares(scores, 0.1)
    assert np.isnan(shares["spoilt"])
    assert shares["healthy"] == 0.5
    assert np.isnan(dormant_share(scores, 0.1))
    assert dormant_share({"healthy": scores["healthy"]}, 0.1) == 0.5


def test_shares_are_nan_at_the_records_that_are_not_finite_only():
    scores = {"a": np.array([[0.0, 2.0], [np.nan, np.nan]]), "b": np.ones((2, 2))}
    np.testing.assert_array_equal(dormant_share(scores, 0.0), [0.25, np.nan])


@given(magnitudes, st.sampled_from([0, 0.025, 0.1]))
def test_finite_shares_are_the_shares_of_the_masks(mean_abs, tau):
    scores = {"a": neuron_scores(mean_abs), "b": np.array([0.0, 2.0])}
    masks = {name: dormant_mask(score, tau) for name, score in scores.items()}
    assert dormant_share(scores, tau) == pooled_share(masks)
    assert dormant_shares(scores, tau) == layer_shares(masks)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16, jnp.float32])
def test_scores_are_in_single_precision_whatever_the_activations_are(dtype):
    """In half precision this neuron's score would round to 0.1001 for both factors."""
    activation = jnp.abs(jax.random.normal(jax.random.key(3), (4096, 512))).astype(dtype)
    scores = score_layers({"a": activation})["a"]
    assert scores.dtype == jnp.float32
    exact = neuron_scores(np.asarray(activation, np.float64).mean(axis=0))
    np.testing.assert_allclose(scores, exact, rtol=1e-5)


def test_many_samples_are_averaged_as_exactly_in_numpy():
    activation = np.tile(np.array([1.0, 0.1], np.float32), (500_000, 1))
    mean = mean_abs_activation(activation)
    assert mean.dtype == np.float32
    np.testing.assert_allclose(mean, [1.0, 0.1], rtol=1e-6)
    np.testing.assert_allclose(mean_abs_activation(activation, subtract_mean=True), 0, atol=1e-6)


@pytest.mark.parametrize("xp", [np, jnp])
def test_a_constant_neuron_is_silent_when_its_mean_is_subtracted(xp):
    activation = xp.asarray([[5.0, 1.0, 0.0], [5.0, 3.0, 0.0]])
    assert mean_abs_activation(activation, subtract_mean=True).tolist() == [0, 1, 0]
    assert score_layers({"a": activation}, subtract_mean=True)["a"].tolist() == [0, 3, 0]
