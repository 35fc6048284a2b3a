"""Our Nature network is Dopamine's: same shapes, same initialisation, same outputs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from agents.networks.build import build_network
from agents.networks.nature import NatureNetwork
from agents.spec import NetworkSpec
from tests.oracle import dopamine_shim, official_nature

agent_networks = dopamine_shim.load("jax.networks")

BLANK = jnp.zeros((84, 84, 4), jnp.uint8)


def our_shapes(width, num_actions=official_nature.NUM_ACTIONS):
    network = build_network(NetworkSpec(width=width), num_actions)
    made = jax.eval_shape(network.init, jax.random.key(0), BLANK[None])["params"]
    return jax.tree.map(lambda leaf: leaf.shape, official_nature.from_ours(made))


@pytest.mark.parametrize("width", [1.0, 2.0, 4.0])
def test_parameter_shapes_equal_labs_redo(width):
    network = official_nature.networks.ScalableNatureDQNNetwork(
        num_actions=official_nature.NUM_ACTIONS, width=width
    )
    theirs = jax.eval_shape(network.init, jax.random.key(0), BLANK)["params"]
    assert our_shapes(width) == jax.tree.map(lambda leaf: leaf.shape, theirs)


def test_parameter_shapes_equal_the_plain_dqn_agent():
    theirs = jax.eval_shape(
        agent_networks.NatureDQNNetwork(num_actions=official_nature.NUM_ACTIONS).init,
        jax.random.key(0),
        BLANK,
    )["params"]
    theirs = dict(theirs)
    theirs["final_layer"] = theirs.pop("Dense_1")
    assert our_shapes(1.0) == jax.tree.map(lambda leaf: leaf.shape, theirs)


def test_one_key_draws_the_same_parameters():
    """Flax derives keys from layer names, so all layers of equal name must be equal bit for bit.

    The output layer has another name here; its range is checked instead.
    """
    key = jax.random.key(7, impl="rbg")
    network = NatureNetwork(num_actions=official_nature.NUM_ACTIONS)
    ours = official_nature.from_ours(jax.jit(network.init)(key, BLANK[None])["params"])
    theirs = jax.jit(official_nature.NETWORK.init)(key, BLANK)["params"]
    for name in official_nature.HIDDEN_LAYERS:
        jax.tree.map(np.testing.assert_array_equal, ours[name], theirs[name])
    for made in (ours, theirs):
        head = made["final_layer"]
        limit = np.sqrt(6 / sum(head["kernel"].shape))
        assert 0.95 * limit < np.abs(head["kernel"]).max() <= limit
        assert not head["bias"].any()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_values_and_activations_are_equal(seed):
    layers = official_nature.parameters(seed)
    frames = official_nature.observations(seed + 100, batch=8)
    network = NatureNetwork(official_nature.NUM_ACTIONS)
    apply = jax.jit(network.apply)
    values, activations = apply({"params": official_nature.to_ours(layers)}, frames)

    recorded = official_nature.intermediates(layers, frames)
    theirs = recorded["final_layer_act"]["__call__"][0]
    # Absolute, relative to the largest value of the layer: sums of up to 7,744 products.
    np.testing.assert_allclose(values, theirs, rtol=0, atol=1e-5 * np.abs(theirs).max())
    assert tuple(activations) == official_nature.HIDDEN_LAYERS
    for name, activation in official_nature.activations(recorded).items():
        tolerance = 1e-5 * np.abs(activation).max()
        np.testing.assert_allclose(activations[name], activation, rtol=0, atol=tolerance)
        # Dead is dead in both, whatever the rounding.
        dead = ~np.any(activation, axis=tuple(range(activation.ndim - 1)))
        assert not np.any(activations[name][..., dead])
