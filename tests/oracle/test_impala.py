"""Our residual network is that of Dopamine's `labs/redo`: shapes, initialisation, outputs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from agents.networks.build import build_network
from agents.spec import NetworkSpec
import dormancy
from tests.oracle import dopamine_shim, official_nature

networks = dopamine_shim.load("labs.redo.networks")
recyclers = dopamine_shim.load("labs.redo.weight_recyclers")

ACTIONS, SIDE = 6, 20
BLANK = jnp.zeros((SIDE, SIDE, 4), jnp.uint8)
RECORDED = [f"Stack_{stack}/Conv_{conv}" for stack in range(3) for conv in range(4)] + ["Dense_0"]


def official(width):
    return networks.ScalableDQNResNet(num_actions=ACTIONS, width=width)


def ours(width):
    return build_network(NetworkSpec(kind="impala", width=width), ACTIONS)


def renamed(tree):
    tree = dict(tree)
    tree["final_layer"] = tree.pop("head")
    return tree


@pytest.mark.parametrize("width", [1, 2])
def test_parameter_shapes_are_equal(width):
    theirs = jax.eval_shape(official(width).init, jax.random.key(0), BLANK)["params"]
    made = jax.eval_shape(ours(width).init, jax.random.key(0), BLANK[None])["params"]
    assert jax.tree.map(lambda leaf: leaf.shape, renamed(made)) == jax.tree.map(
        lambda leaf: leaf.shape, dict(theirs)
    )


def test_one_key_draws_the_same_hidden_parameters():
    """Flax derives keys from names, so equal initialisers give equal bits."""
    key = jax.random.key(7, impl="rbg")
    made = dict(jax.jit(ours(1).init)(key, BLANK[None])["params"])
    theirs = dict(jax.jit(official(1).init)(key, BLANK)["params"])
    made.pop("head"), theirs.pop("final_layer")
    jax.tree.map(np.testing.assert_array_equal, made, theirs)


def test_values_and_recorded_activations_are_equal():
    network = ours(1)
    frames = official_nature.observations(3, batch=4)[:, :SIDE, :SIDE]
    params = jax.jit(network.init)(jax.random.key(1), BLANK[None])["params"]
    values, activations = jax.jit(network.apply)({"params": params}, frames)

    def record(frame):
        return official(1).apply(
            {"params": renamed(params)},
            frame,
            capture_intermediates=lambda module, _: "act" in (module.name or ""),
            mutable=["intermediates"],
        )

    output, recorded = jax.jit(jax.vmap(record))(frames)
    np.testing.assert_allclose(values, output.q_values, rtol=1e-4, atol=1e-5)
    assert set(activations) == set(RECORDED)
    found = recorded["intermediates"]
    for name in RECORDED[:-1]:
        stack, conv = name.split("/")
        theirs = found[stack][f"{conv}_act"]["__call__"][0]
        np.testing.assert_allclose(activations[name], theirs, rtol=1e-4, atol=1e-5, err_msg=name)
    np.testing.assert_allclose(
        activations["Dense_0"], found["Dense_0_act"]["__call__"][0], rtol=1e-4, atol=1e-5
    )


def test_where_the_official_recycling_of_it_is_wrong():
    """Which weights are cleared where an inner convolution of a block has a silent channel.

    Those that read it, in the convolution after it. Of the second block the official code takes the
    next layer that is recorded, the first convolution of the next stack, which reads a residual
    sum: it clears weights of living values, and leaves the recycled channel its old ones.
    """
    names, silent = [*RECORDED, "final_layer"], ("Stack_0/Conv_1", "Stack_0/Conv_3")
    shapes = jax.eval_shape(ours(1).init, jax.random.key(0), BLANK[None])["params"]
    jax.eval_shape(official(1).init, jax.random.key(0), BLANK)
    assert official(1).layer_names == names

    recycler = recyclers.NeuronRecycler(names, network="resnet")
    # Its masks of one layer at a time, which compile in less time than those of all.
    cleared = {}
    for layer in silent:
        recycler.reset_layers = [layer]
        kernels = (layer, recycler.next_layers[layer])
        params = {
            f"params/{name}/{kind}": np.zeros(values.shape, np.float32)
            for name in kernels
            for kind, values in shapes[name.split("/")[0]][name.split("/")[1]].items()
        }
        activation = np.ones((2, 3, 3, 32), np.float32)
        activation[..., 7] = 0
        activations = {f"{layer}_act/__call__": (jnp.asarray(activation),)}
        outgoing = recycler.create_masks(params, activations, jax.random.key(0))[1]
        cleared[layer] = [
            name.removeprefix("params/").removesuffix("/kernel")
            for name, mask in outgoing.items()
            if mask is not None and np.any(mask)
        ]
        assert all(np.all(mask[:, :, 7] == 1) for mask in outgoing.values() if np.any(mask))
    assert cleared == {silent[0]: ["Stack_0/Conv_2"], silent[1]: ["Stack_1/Conv_0"]}

    wiring = dormancy.derive_wiring(
        lambda params, frames: ours(1).apply({"params": params}, frames),
        shapes,
        jax.ShapeDtypeStruct((1, SIDE, SIDE, 4), jnp.uint8),
        strict=False,
    )
    paths = [jax.tree_util.keystr(p) for p, _ in jax.tree_util.tree_leaves_with_path(shapes)]
    read = {
        layer: [paths[slot.parameter] for slot in wiring.layers[layer].outgoing] for layer in silent
    }
    assert read == {
        silent[0]: ["['Stack_0']['Conv_2']['kernel']"],
        silent[1]: ["['Stack_0']['Conv_4']['kernel']"],
    }


def test_the_published_network_has_1152_recorded_neurons():
    shapes = jax.eval_shape(
        ours(1.0).init_with_output, jax.random.key(0), jnp.zeros((1, 84, 84, 4), jnp.uint8)
    )[0][1]
    assert sum(shape.shape[-1] for shape in shapes.values()) == 1_152
