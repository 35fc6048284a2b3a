"""Layer resets: which parameters are drawn anew, and what the optimizer forgets."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from dormancy import reset_parameters
from tests.dormancy.networks import CASES

CASE = CASES["nature"]


def trained(optimizer):
    """Parameters and optimizer state after one update of everything."""
    params = CASE.init(jax.random.key(0))
    ones = jax.tree.map(jnp.ones_like, params)
    updates, opt_state = optimizer.update(ones, optimizer.init(params), params)
    return optax.apply_updates(params, updates), opt_state


def test_chosen_layers_are_fresh_and_all_others_untouched():
    optimizer = optax.adam(1e-3)
    params, opt_state = trained(optimizer)
    chosen = dict.fromkeys(params, False) | {"Dense_0": True, "head": True}
    key = jax.random.key(7)
    new, state = reset_parameters(key, params, opt_state, chosen, CASE.init, optimizer)
    fresh = CASE.init(key)
    for layer in params:
        expected = fresh if chosen[layer] else params
        jax.tree.map(np.testing.assert_array_equal, new[layer], expected[layer])
        # Adam after one update with gradient 1: first moment 0.1, second 0.001.
        mu, nu = (0, 0) if chosen[layer] else (0.1, 0.001)
        for name in ("kernel", "bias"):
            np.testing.assert_allclose(state[0].mu[layer][name], mu, rtol=1e-6)
            np.testing.assert_allclose(state[0].nu[layer][name], nu, rtol=1e-6)
    assert state[0].count == 1  # the official code lets Adam's count go on


def test_weight_decay_before_adam_is_no_obstacle():
    optimizer = optax.chain(optax.add_decayed_weights(1e-5), optax.adam(1e-3))
    params, opt_state = trained(optimizer)
    chosen = dict.fromkeys(params, False) | {"Dense_0": True}
    _, state = reset_parameters(jax.random.key(1), params, opt_state, chosen, CASE.init, optimizer)
    adam = state[1][0]
    assert not adam.mu["Dense_0"]["kernel"].any()
    assert adam.mu["head"]["kernel"].all()
