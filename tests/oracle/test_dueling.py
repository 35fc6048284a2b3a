"""Our dueling network is Dopamine's full Rainbow network with dueling only, as in DrQ(epsilon)."""

import jax
import jax.numpy as jnp
import numpy as np

from agents.networks.build import build_network
from agents.spec import NetworkSpec
from tests.oracle import dopamine_shim, official_nature

networks = dopamine_shim.load("labs.redo.networks")

ACTIONS, SIDE = 6, 20
BLANK = jnp.zeros((SIDE, SIDE, 4), jnp.uint8)
OFFICIAL = networks.FullRainbowNetwork(
    num_actions=ACTIONS, num_atoms=1, noisy=False, dueling=True, distributional=False
)
OURS = build_network(NetworkSpec(kind="dueling"), ACTIONS)


def renamed(tree):
    tree = dict(tree)
    head = tree.pop("head")
    return tree | {"Dense_1": head["advantage"], "Dense_2": head["value"]}


def test_parameters_have_the_same_shapes():
    theirs = jax.eval_shape(lambda key: OFFICIAL.init(key, BLANK, None), jax.random.key(0))
    made = jax.eval_shape(OURS.init, jax.random.key(0), BLANK[None])["params"]
    assert jax.tree.map(lambda leaf: leaf.shape, renamed(made)) == jax.tree.map(
        lambda leaf: leaf.shape, dict(theirs["params"])
    )


def test_values_are_equal():
    frames = official_nature.observations(5, batch=4)[:, :SIDE, :SIDE]
    params = jax.jit(OURS.init)(jax.random.key(1), BLANK[None])["params"]
    values, activations = jax.jit(OURS.apply)({"params": params}, frames)
    theirs = jax.vmap(lambda frame: OFFICIAL.apply({"params": renamed(params)}, frame, None))(
        frames
    )
    np.testing.assert_allclose(values, theirs.q_values, rtol=1e-4, atol=1e-5)
    assert set(activations) == {"Conv_0", "Conv_1", "Conv_2", "Dense_0"}
