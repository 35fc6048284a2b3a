"""Scores from gradients and weights, on networks whose neurons' weights are known."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dormancy import derive_wiring, gradient_scores, mean_abs_gradients, utilities
from dormancy.utility import UtilityKind
from tests.dormancy.networks import CASES


class Small(nn.Module):
    """Two channels, flattened, and three units."""

    @nn.compact
    def __call__(self, x):
        conv = nn.relu(nn.Conv(2, (2, 2), name="conv", padding="VALID")(x))
        dense = nn.relu(nn.Dense(3, name="dense")(conv.reshape(x.shape[0], -1)))
        return nn.Dense(2, name="out")(dense), {"conv": conv, "dense": dense}


INPUTS = jax.random.normal(jax.random.key(0), (5, 3, 3, 1))
PARAMS = jax.jit(Small().init)(jax.random.key(1), INPUTS)["params"]


def apply(params, x):
    return Small().apply({"params": params}, x)


WIRING = derive_wiring(apply, PARAMS, INPUTS)


def gradients():
    return jax.grad(lambda p: jnp.mean((apply(p, INPUTS)[0] - 1) ** 2))(PARAMS)


def test_mean_gradients_by_hand():
    tree = gradients()
    found = mean_abs_gradients(tree, WIRING)
    kernel = np.abs(np.asarray(tree["conv"]["kernel"]))
    np.testing.assert_allclose(found["conv"], kernel.mean(axis=(0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(
        found["dense"], np.abs(tree["dense"]["kernel"]).mean(axis=0), rtol=1e-6
    )


def test_gradient_scores_average_to_one():
    for scores in gradient_scores(gradients(), WIRING).values():
        assert scores.mean() == pytest.approx(1)


def test_a_neuron_without_gradient_scores_zero_though_it_is_active():
    """Its outgoing weights are 0: the activation score calls it healthy, the gradient does not."""
    params = PARAMS | {"out": PARAMS["out"] | {"kernel": PARAMS["out"]["kernel"].at[1].set(0)}}
    tree = jax.grad(lambda p: jnp.mean((apply(p, INPUTS)[0] - 1) ** 2))(params)
    scores = gradient_scores(tree, WIRING)["dense"]
    assert scores[1] == 0
    assert (scores > 0).sum() == 2


def test_gradients_that_are_not_finite_give_no_scores():
    tree = gradients()
    tree["conv"]["kernel"] = tree["conv"]["kernel"].at[0, 0, 0, 1].set(jnp.inf)
    scores = gradient_scores(tree, WIRING)
    assert jnp.isnan(scores["conv"]).all()
    assert jnp.isfinite(scores["dense"]).all()


def test_scores_of_half_precision_are_in_single_precision():
    tree = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), gradients())
    assert gradient_scores(tree, WIRING)["dense"].dtype == jnp.float32


@pytest.mark.parametrize("name", CASES)
def test_every_recyclable_layer_of_every_network_is_scored(name):
    """By the shapes alone: numbers are compared above and below."""
    case = CASES[name]
    params = jax.eval_shape(case.init, jax.random.key(0))
    wiring = derive_wiring(case.apply, params, case.inputs)

    def scored(params):
        tree = jax.grad(lambda p: jnp.sum(case.apply(p, case.inputs)[0] ** 2))(params)
        activations = case.apply(params, case.inputs)[1]
        return activations, gradient_scores(tree, wiring), utilities(activations, params, wiring)

    activations, scores, found = jax.eval_shape(scored, params)
    for layer in wiring.recyclable:
        neurons = activations[layer].shape[-1]
        assert scores[layer].shape == found[layer].shape == (neurons,)


def expected_utility(layer: str, kind: UtilityKind) -> np.ndarray:
    activation = np.asarray(apply(PARAMS, INPUTS)[1][layer])
    activation = activation.reshape(-1, activation.shape[-1])
    if layer == "conv":
        incoming = np.abs(PARAMS["conv"]["kernel"]).sum(axis=(0, 1, 2))
        # Row r of the dense layer reads channel r % 2.
        outgoing = np.abs(PARAMS["dense"]["kernel"]).reshape(-1, 2, 3).sum(axis=(0, 2))
    else:
        incoming = np.abs(PARAMS["dense"]["kernel"]).sum(axis=0)
        outgoing = np.abs(PARAMS["out"]["kernel"]).sum(axis=1)
    if kind == "contribution":
        return np.abs(activation).mean(axis=0) * outgoing
    return np.abs(activation - activation.mean(axis=0)).mean(axis=0) * outgoing / incoming


@pytest.mark.parametrize("kind", ["contribution", "adaptable_contribution"])
def test_utilities_by_hand(kind):
    found = utilities(apply(PARAMS, INPUTS)[1], PARAMS, WIRING, kind)
    for layer in ("conv", "dense"):
        np.testing.assert_allclose(found[layer], expected_utility(layer, kind), rtol=1e-5)


def test_the_utility_of_a_pruned_neuron_is_zero():
    dense = {name: leaf.at[..., 0].set(0) for name, leaf in PARAMS["dense"].items()}
    params = PARAMS | {"dense": dense}
    assert utilities(apply(params, INPUTS)[1], params, WIRING)["dense"][0] == 0
