"""Ranks of features: values by hand, laws, and features that are not finite."""

from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dormancy import effective_rank, feature_rank, singular_values, srank, stable_rank

RANKS = {
    "srank": srank,
    "effective_rank": effective_rank,
    "stable_rank": stable_rank,
    "feature_rank": lambda sigma: feature_rank(sigma, samples=4),
}
spectra = hnp.arrays(
    np.float64, st.integers(1, 20), elements=st.just(0.0) | st.floats(1e-3, 1e3)
).map(lambda s: np.sort(s)[::-1].copy())


def test_by_hand():
    sigma = np.array([6.0, 3.0, 1.0, 0.0])
    assert srank(sigma) == 3
    assert srank(sigma, delta=0.11) == 2
    # Three quarters are held by the first two, and no more than that is asked for.
    assert srank(np.array([4.0, 2, 1, 1]), delta=0.25) == 2
    assert srank(sigma, delta=0.41) == 1
    assert effective_rank(sigma) == pytest.approx(
        np.exp(-(0.6 * np.log(0.6) + 0.3 * np.log(0.3) + 0.1 * np.log(0.1)))
    )
    assert stable_rank(sigma) == pytest.approx(46 / 36)
    assert feature_rank(np.array([0.3, 0.05, 0.02]), samples=25) == 1
    assert feature_rank(np.array([0.3, 0.06, 0.02]), samples=25) == 2


def test_singular_values_are_those_of_the_feature_matrix():
    rotation = np.array([[0.6, -0.8], [0.8, 0.6]])
    features = rotation @ np.diag([5.0, 2.0]) @ rotation.T
    np.testing.assert_allclose(singular_values(features), [5, 2])


@pytest.mark.parametrize("xp", [np, jnp])
@pytest.mark.parametrize("true_rank", [1, 7, 40])
def test_equal_directions_count_as_many_as_there_are(xp, true_rank):
    """An orthogonal projection of that rank: all measures agree on it."""
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(64, true_rank)))[0]
    sigma = singular_values(xp.asarray((basis @ basis.T).astype(np.float32)))
    assert srank(sigma) == np.ceil(0.99 * true_rank)
    assert effective_rank(sigma) == pytest.approx(true_rank, rel=1e-3)
    assert stable_rank(sigma) == pytest.approx(true_rank, rel=1e-5)
    assert feature_rank(sigma, samples=64) == true_rank


@pytest.mark.parametrize("name", RANKS)
@given(spectra)
def test_ranks_lie_between_one_and_the_number_of_directions(name, sigma):
    rank = RANKS[name](sigma)
    if not sigma.any():
        assert rank == 0
    elif name != "feature_rank":
        assert 1 - 1e-9 <= rank <= np.count_nonzero(sigma) + 1e-9


@pytest.mark.parametrize("name", ["effective_rank", "stable_rank"])
@given(spectra, st.floats(0.01, 100))
def test_soft_ranks_do_not_change_when_features_are_scaled(name, sigma, factor):
    np.testing.assert_allclose(RANKS[name](factor * sigma), RANKS[name](sigma), rtol=1e-9)


@pytest.mark.parametrize("name", RANKS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_features_that_are_not_finite_have_no_rank(name, bad):
    features = np.random.default_rng(0).normal(size=(2, 8, 5)).astype(np.float32)
    features[1, 3, 2] = bad
    for values in (
        RANKS[name](singular_values(features)),
        jax.jit(lambda f: RANKS[name](singular_values(f)))(features),
    ):
        assert np.isfinite(values[0])
        assert np.isnan(values[1])


@pytest.mark.parametrize("name", RANKS)
def test_numpy_jax_and_vmap_agree(name):
    features = np.random.default_rng(1).normal(size=(3, 12, 6)).astype(np.float32)
    plain = RANKS[name](singular_values(features))
    mapped = jax.vmap(lambda f: RANKS[name](singular_values(f)))(jnp.asarray(features))
    np.testing.assert_allclose(mapped, plain, rtol=1e-5)
    assert plain.dtype == mapped.dtype == np.float32


def test_half_precision_is_decomposed_in_single_precision():
    features = np.random.default_rng(1).normal(size=(12, 6)).astype(np.float16)
    assert singular_values(jnp.asarray(features, jnp.bfloat16)).dtype == np.float32
    assert singular_values(features).dtype == np.float32
