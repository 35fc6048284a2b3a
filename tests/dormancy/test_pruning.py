"""Pruned neurons are gone, and stay gone however long training goes on."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from dormancy import WiringError, derive_wiring, prune, prune_neurons, score_layers
from tests.dormancy.networks import CASES


@pytest.mark.parametrize("name", ["nature", "dueling"])
def test_silent_neurons_can_go_without_a_trace(name):
    case = CASES[name]
    params = case.init(jax.random.key(0))
    wiring = derive_wiring(case.apply, params, case.inputs)
    layer = wiring.recyclable[-1]
    # A bias far below zero silences the first two neurons whatever their input.
    bias = wiring.mask(params, {layer: jnp.arange(wiring.layers[layer].neurons) < 2}, "bias")
    params = jax.tree.map(lambda mask, weights: jnp.where(mask, -1e6, weights), bias, params)
    before, activations = case.apply(params, case.inputs)
    silent = {name: score == 0 for name, score in score_layers(activations).items()}
    assert silent[layer][:2].all()
    optimizer = optax.adam(1e-3)
    silent = {name: silent[name] for name in wiring.recyclable}
    new, _ = prune_neurons(params, optimizer.init(params), silent, wiring, optimizer)
    np.testing.assert_allclose(case.apply(new, case.inputs)[0], before, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("decay", [0.0, 1e-2])
def test_pruned_neurons_never_come_back(decay):
    case = CASES["nature"]
    optimizer = optax.chain(optax.add_decayed_weights(decay), optax.adam(1e-2))
    params = case.init(jax.random.key(0))
    opt_state = optimizer.init(params)

    @jax.jit
    def learn(params, opt_state):
        gradients = jax.grad(lambda p: jnp.sum((case.apply(p, case.inputs)[0] - 1) ** 2))(params)
        updates, opt_state = optimizer.update(gradients, opt_state, params)
        return optax.apply_updates(params, updates), opt_state

    params, opt_state = learn(params, opt_state)  # so that there are moments to go on from
    wiring = derive_wiring(case.apply, params, case.inputs)
    rng = np.random.default_rng(0)
    chosen = {
        name: jnp.asarray(rng.random(layer.neurons) < 0.3) for name, layer in wiring.layers.items()
    }
    params, opt_state = prune_neurons(params, opt_state, chosen, wiring, optimizer)
    pruned = params
    for _ in range(5):
        params, opt_state = learn(params, opt_state)
    scores = score_layers(case.apply(params, case.inputs)[1])
    for name, mask in chosen.items():
        assert (scores[name][mask] == 0).all()
        assert (scores[name][~mask] > 0).any()
    # The others learn on.
    assert (params["head"]["kernel"] != pruned["head"]["kernel"]).any()
    for role in ("incoming", "bias", "outgoing"):
        masks = wiring.mask(params, chosen, role)
        jax.tree.map(
            lambda mask, weights: np.testing.assert_array_equal(jnp.where(mask, weights, 0), 0),
            masks,
            params,
        )


def test_neurons_that_would_come_back_are_refused():
    def apply(params, x):
        hidden = jax.nn.softplus(x @ params["w"])
        return hidden @ params["v"], {"h": hidden}

    params = {"w": jnp.ones((2, 3)), "v": jnp.ones((3, 1))}
    wiring = derive_wiring(apply, params, jnp.ones((1, 2)))
    with pytest.raises(WiringError, match="'h' cannot be pruned for good"):
        prune(0.1, wiring, optax.adam(1e-3))
