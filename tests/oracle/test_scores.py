"""Scores, masks, percentages and overlaps equal `labs.redo.weight_recyclers`."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dormancy
from tests.oracle import dopamine_shim, official_nature

recyclers = dopamine_shim.load("labs.redo.weight_recyclers")

TAUS = (0.0, 0.025, 0.1)
SEEDS = (0, 1, 2)
# The official code adds this to every layer's average.
OFFICIAL_EPSILON = 1e-9


@functools.cache
def recorded(seed, batch=16):
    frames = official_nature.observations(seed, batch)
    return official_nature.intermediates(official_nature.parameters(seed), frames)


def official(tau):
    return recyclers.BaseRecycler(list(official_nature.LAYERS), dead_neurons_threshold=tau)


def masks(state, tau, epsilon=OFFICIAL_EPSILON):
    scores = dormancy.score_layers(official_nature.activations(state), epsilon)
    return {name: np.asarray(dormancy.dormant_mask(s, tau)) for name, s in scores.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_scores_are_bitwise_equal_with_the_official_epsilon(seed):
    state = recorded(seed)
    ours = dormancy.score_layers(official_nature.activations(state), OFFICIAL_EPSILON)
    for name, activation in official_nature.activations(state).items():
        theirs = official(0.0).estimate_neuron_score(activation)
        np.testing.assert_array_equal(ours[name], theirs, err_msg=name)


@pytest.mark.parametrize("seed", SEEDS)
def test_scores_of_the_definition_differ_by_rounding_only(seed):
    state = recorded(seed)
    ours = dormancy.score_layers(official_nature.activations(state))
    for name, activation in official_nature.activations(state).items():
        theirs = official(0.0).estimate_neuron_score(activation)
        np.testing.assert_allclose(ours[name], theirs, rtol=1e-6, atol=0, err_msg=name)


@pytest.mark.parametrize("seed", SEEDS)
def test_mean_subtracted_scores_are_equal(seed):
    state = recorded(seed)
    activations = official_nature.activations(state)
    ours = dormancy.score_layers(activations, OFFICIAL_EPSILON, subtract_mean=True)
    recycler = recyclers.BaseRecycler(list(official_nature.LAYERS), sub_mean_score=True)
    for name, activation in activations.items():
        with jax.numpy_rank_promotion("allow"):
            theirs = recycler.estimate_neuron_score(activation)
        np.testing.assert_allclose(ours[name], theirs, rtol=1e-6, err_msg=name)


@pytest.mark.parametrize("epsilon", [0.0, OFFICIAL_EPSILON])
@pytest.mark.parametrize("tau", TAUS)
@pytest.mark.parametrize("seed", SEEDS)
def test_masks_counts_and_percentages_are_equal(seed, tau, epsilon):
    state = recorded(seed)
    theirs = official(tau).log_dead_neurons_count(state)
    ours = masks(state, tau, epsilon)

    for name, activation in official_nature.activations(state).items():
        official_mask = official(tau).estimate_neuron_score(activation) <= tau
        np.testing.assert_array_equal(ours[name], official_mask, err_msg=name)
        assert ours[name].sum() == theirs[f"dead_feature_count/{name}_act"]
        np.testing.assert_allclose(
            100 * dormancy.layer_shares(ours)[name],
            theirs[f"dead_feature_percentage/{name}_act"],
            rtol=1e-6,
        )

    assert sum(mask.size for mask in ours.values()) == theirs["feature/total"] == 672
    np.testing.assert_allclose(
        100 * dormancy.pooled_share(ours), theirs["dead_feature_percentage"], rtol=1e-6
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_the_three_thresholds_are_told_apart(seed):
    """The inputs can show a difference: each layer has neurons on both sides of each tau."""
    counts = [{k: m.sum() for k, m in masks(recorded(seed), tau).items()} for tau in TAUS]
    for name in official_nature.HIDDEN_LAYERS:
        zero, low, high = (count[name] for count in counts)
        assert 0 < zero < low < high < official_nature.parameters(seed)[name]["bias"].size


@pytest.mark.parametrize("epsilon", [0.0, OFFICIAL_EPSILON])
def test_a_silent_layer_is_all_dormant_in_both(epsilon):
    silent = jnp.zeros((8, 5, 5, 7))
    theirs = official(0.0).estimate_neuron_score(silent) <= 0.0
    ours = dormancy.dormant_mask(
        dormancy.neuron_scores(dormancy.mean_abs_activation(silent), epsilon), 0.0
    )
    assert theirs.all()
    assert ours.all()


@pytest.mark.parametrize("tau", [0.0, 0.1])
def test_official_overlap_equals_the_official_log(tau):
    """Three records in a row of one network whose parameters change."""
    recycler = official(tau)
    states = [recorded(seed) for seed in SEEDS]
    logs = [recycler.log_intersected_dead_neurons(state) for state in states]
    assert logs[0] is None

    for name in official_nature.HIDDEN_LAYERS:
        history = np.stack([masks(state, tau)[name] for state in states])
        curve = dormancy.OVERLAPS["official"](history)
        assert np.isnan(curve[0])
        theirs = [log[f"dead_intersected_percent/{name}_act"] for log in logs[1:]]
        np.testing.assert_allclose(100 * curve[1:], theirs, rtol=1e-6)


def test_overlap_with_an_empty_set_is_undefined_where_the_official_log_says_zero():
    """The one deliberate difference: nothing was dormant, so nothing can have stayed so."""
    alive = np.ones((4, 3), np.float32)
    recycler = official(0.0)
    recycler.log_intersected_dead_neurons({"Dense_0_act": {"__call__": (alive,)}})
    log = recycler.log_intersected_dead_neurons({"Dense_0_act": {"__call__": (0 * alive,)}})
    assert log["dead_intersected_percent/Dense_0_act"] == 0.0

    history = np.array([[False] * 3, [True] * 3])
    assert np.isnan(dormancy.OVERLAPS["official"](history)[1])
