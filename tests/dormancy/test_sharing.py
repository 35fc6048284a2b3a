"""Sharing weights leaves the outputs as they are, however the weights are made of parameters."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from dormancy import derive_wiring, reborn, share_neurons
from tests.dormancy.architectures import VECTORS, WIRED

OPTIMIZER = optax.adam(1e-3)
SOURCES = {"hidden": jnp.array([1, 1, 2, 2])}
SHAPES = {"w": (5, 4), "u": (5, 4), "s": (1, 4), "b": (1, 4), "v": (4, 3)}
NOISE = jax.random.normal(jax.random.key(5), (5, 1))


def init_params(key):
    return {
        name: jax.random.normal(jax.random.fold_in(key, number), shape)
        for number, (name, shape) in enumerate(SHAPES.items())
    }


def network(weights, bias=lambda p: p["b"]):
    def apply(params, x):
        hidden = jax.nn.relu(x @ weights(params) + bias(params))
        return hidden @ params["v"], {"hidden": hidden}

    return apply


def normalised(p):
    return p["s"] * p["w"] / jnp.linalg.norm(p["w"], axis=0, keepdims=True)


LINEAR = {
    "plain": network(lambda p: p["w"]),
    "noisy": network(lambda p: p["w"] - NOISE * p["u"] / 2),
    "stacked": lambda p, x: (
        (hidden := jax.nn.relu(jnp.tile(x, (1, 2)) @ jnp.concatenate([p["w"], p["u"]]))) @ p["v"],
        {"hidden": hidden},
    ),
    "scale and shift": lambda p, x: (
        (hidden := jax.nn.relu((x @ p["w"]) * p["s"] + p["b"])) @ p["v"],
        {"hidden": hidden},
    ),
}
OTHERS = {
    "product": network(lambda p: p["w"] * p["s"]),
    "with itself": network(lambda p: p["w"] * p["w"]),
    "squared": network(lambda p: jnp.square(p["w"])),
    "tanh": network(lambda p: jnp.tanh(p["w"])),
    "rounded": network(lambda p: (8 * p["w"]).astype(int).astype(float) / 8),
    "shifted": network(lambda p: p["w"] + 0.1),
    "scaled around 1": network(lambda p: p["w"] * (1 + p["s"])),
    "weight norm": network(normalised),
    "quotient": network(lambda p: p["w"] / (1 + p["s"] ** 2)),
    "product in the bias": network(lambda p: p["w"], lambda p: p["b"] * p["s"]),
    "bounded bias": network(lambda p: p["w"], lambda p: jnp.tanh(p["b"])),
}


@pytest.mark.parametrize("name", [*LINEAR, *OTHERS])
def test_the_outputs_stay(name):
    apply = {**LINEAR, **OTHERS}[name]
    params = init_params(jax.random.key(0))
    # Nothing is lost when the first and the last one become copies.
    params["v"] = params["v"].at[jnp.array([0, 3])].set(0)
    wiring = derive_wiring(apply, params, VECTORS)
    assert wiring.layers["hidden"].linear == (name in LINEAR)
    outputs, _ = apply(params, VECTORS)
    new, _ = share_neurons(
        *(jax.random.key(1), params, OPTIMIZER.init(params), SOURCES, wiring, OPTIMIZER)
    )
    np.testing.assert_allclose(apply(new, VECTORS)[0], outputs, rtol=1e-4, atol=1e-5)
    copy, source = apply(new, VECTORS)[1]["hidden"][:, :2].T
    assert source.any()
    factor = copy.sum() / source.sum()
    assert (0.3 <= factor <= 0.8) if name in LINEAR else factor == 1


def test_reborn_copies_products_exactly():
    apply = OTHERS["product"]
    params = init_params(jax.random.key(0))
    params |= {"w": params["w"].at[:, 0].set(0), "b": params["b"].at[:, 0].set(0)}
    wiring = derive_wiring(apply, params, VECTORS)
    intervention = reborn(0.0, wiring, init_params, OPTIMIZER, over_active=1.0)
    outputs, activations = apply(params, VECTORS)
    new, _, state = intervention.update(
        *(jax.random.key(2), params, OPTIMIZER.init(params), activations),
        intervention.init(activations),
    )
    assert state.recycled["hidden"][0]
    assert apply(new, VECTORS)[1]["hidden"][:, 0].any()
    np.testing.assert_allclose(apply(new, VECTORS)[0], outputs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "layer", "linear"),
    [
        ("noisy", "a", True),
        ("ensemble", "hidden", True),
        ("rnn", "hidden", True),
        ("like equinox", "b_comes_first", True),
        ("column-major", "maps", True),
        ("weight norm", "hidden", False),
    ],
)
def test_which_networks_are_linear_in_their_parameters(name, layer, linear):
    network = WIRED[name]
    params = jax.eval_shape(network.init, jax.random.key(0))
    wiring = derive_wiring(network.apply, params, network.inputs)
    assert wiring.layers[layer].linear == linear
