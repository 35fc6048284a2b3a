"""The laws that prove the wiring and the recycling, for every network we know."""

import functools

from hypothesis import given, settings, strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from dormancy import RecycleOptions, derive_wiring, recycle, score_layers
from tests.dormancy.networks import CASES, Case

OPTIMIZERS = {
    "adam": optax.adam(1e-3),
    "weight decay, then adam": optax.chain(optax.add_decayed_weights(1e-2), optax.adam(1e-3)),
    "clip, then rmsprop": optax.chain(optax.clip_by_global_norm(1.0), optax.rmsprop(1e-3)),
    "momentum": optax.sgd(1e-3, momentum=0.9),
    "injected hyper-parameters": optax.inject_hyperparams(optax.adam)(learning_rate=1e-3),
}


@functools.cache
def wired(name: str):
    case = CASES[name]
    return case, derive_wiring(case.apply, case.init(jax.random.key(0)), case.inputs)


@functools.cache
def trained(name: str, optimizer_name: str = "adam"):
    """Parameters and optimizer state after a few steps, so that nothing is zero by accident."""
    case, optimizer = CASES[name], OPTIMIZERS[optimizer_name]
    params = jax.tree.map(
        lambda p: p + 0.05 * np.cos(np.arange(p.size, dtype=np.float32)).reshape(p.shape),
        jax.device_get(case.init(jax.random.key(1))),
    )
    opt_state = optimizer.init(params)
    gradient = jax.jit(jax.grad(lambda p: jnp.mean((case.apply(p, case.inputs)[0] - 1.0) ** 2)))
    update = jax.jit(optimizer.update)
    for _ in range(3):
        updates, opt_state = update(gradient(params), opt_state, params)
        params = optax.apply_updates(params, updates)
    return params, opt_state


def silence(case: Case, wiring, params, layer: str, neurons: np.ndarray):
    """Makes the chosen neurons of one layer exactly silent without touching the rest."""
    chosen = {layer: jnp.asarray(neurons)}
    for role in ("incoming", "bias"):
        mask = wiring.mask(params, chosen, role)
        params = jax.tree.map(lambda m, p: jnp.where(m, 0, p), mask, params)
    return params


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
@settings(max_examples=5)
def test_recycling_silent_neurons_leaves_the_output_unchanged(name, data):
    case, wiring = wired(name)
    params, opt_state = trained(name)
    layers = data.draw(st.sets(st.sampled_from(wiring.recyclable), min_size=1))
    chosen = {}
    for layer in layers:
        size = wiring.layers[layer].neurons
        chosen[layer] = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
        params = silence(case, wiring, params, layer, chosen[layer])
    before, activations = case.apply(params, case.inputs)
    scores = score_layers(activations)
    silent = {layer: scores[layer] == 0 for layer in layers}
    for layer in layers:
        assert (np.asarray(silent[layer]) >= chosen[layer]).all()

    key = jax.random.key(data.draw(st.integers(0, 99)))
    new, _ = recycle(key, params, opt_state, silent, wiring, case.init, OPTIMIZERS["adam"])
    after, _ = case.apply(new, case.inputs)
    np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
@settings(max_examples=5)
def test_exactly_the_chosen_neurons_weights_change(name, data):
    case, wiring = wired(name)
    params, opt_state = trained(name)
    layer = data.draw(st.sampled_from(wiring.recyclable))
    neuron = data.draw(st.integers(0, wiring.layers[layer].neurons - 1))
    chosen = {layer: jnp.arange(wiring.layers[layer].neurons) == neuron}
    new, _ = recycle(
        jax.random.key(3), params, opt_state, chosen, wiring, case.init, OPTIMIZERS["adam"]
    )
    expected = influence(name, params, layer, neuron)
    for path, changed in jax.tree_util.tree_flatten_with_path(
        jax.tree.map(lambda a, b: np.asarray(a) != np.asarray(b), new, params)
    )[0]:
        np.testing.assert_array_equal(changed, expected[jax.tree_util.keystr(path)], str(path))


@functools.cache
def differentiated(name: str, layer: str):
    """-> (Jacobian of a layer's activations, gradient of outputs) at some parameters."""
    case, wiring = wired(name)

    def activation(p):
        neurons = wiring.layers[layer].neurons
        return case.apply(p, case.inputs)[1][layer].reshape(-1, neurons).sum(0)

    def heard(p):
        outputs = case.apply(p, case.inputs)[0]
        return outputs.std() + outputs[0, 0]

    return jax.jit(jax.jacrev(activation)), jax.jit(jax.grad(heard))


def influence(name: str, params, layer: str, neuron: int) -> dict[str, np.ndarray]:
    """Incoming, bias and outgoing entries of one neuron, found without the wiring.

    Incoming and bias: the neuron's activation has a gradient with respect to them, and no
    other neuron of the layer has. Outgoing: making the neuron loud changes their gradient.
    Random inputs make accidental zeros unlikely; leaky gradients avoid dead ReLUs.
    """
    generator = np.random.default_rng(0)
    jacobian_at, gradient_at = differentiated(name, layer)
    found = {}
    flat, _ = jax.tree_util.tree_flatten_with_path(params)
    loud = jax.tree.map(
        lambda p: (np.abs(generator.normal(size=p.shape)) + 0.1).astype(np.float32), params
    )
    jacobian = jax.device_get(jacobian_at(loud))
    own = jax.tree.map(lambda j: j[neuron] != 0, jacobian)
    others = jax.tree.map(lambda j: (np.delete(j, neuron, axis=0) != 0).any(0), jacobian)
    # All weights positive: silencing the neuron's incoming weights and bias leaves exactly the
    # outgoing weights without gradient that had one before.
    exclusive = jax.tree.map(lambda a, b: a & ~b, own, others)
    muted = jax.tree.map(lambda m, p: np.where(m, np.float32(0), p), exclusive, loud)
    with_it, without = jax.device_get((gradient_at(loud), gradient_at(muted)))
    outgoing = jax.tree.map(lambda a, b: (a != 0) & (b == 0), with_it, without)
    for (path, _), a, b in zip(
        flat, jax.tree.leaves(exclusive), jax.tree.leaves(outgoing), strict=True
    ):
        found[jax.tree_util.keystr(path)] = a | b
    return found


@pytest.mark.parametrize("optimizer_name", OPTIMIZERS)
def test_the_optimizer_forgets_exactly_the_recycled_entries(optimizer_name):
    case, wiring = wired("dueling")
    optimizer = OPTIMIZERS[optimizer_name]
    params, opt_state = trained("dueling", optimizer_name)
    chosen = {"conv": jnp.arange(5) == 2, "dense": jnp.arange(7) < 2}
    _, after = jax.jit(lambda key, p, s: recycle(key, p, s, chosen, wiring, case.init, optimizer))(
        jax.random.key(0), params, opt_state
    )
    assert jax.tree.structure(after) == jax.tree.structure(opt_state)

    masks = [wiring.mask(params, chosen, role) for role in ("incoming", "bias", "outgoing")]
    touched = jax.tree.map(lambda a, b, c: a | b | c, *masks)
    expected = optax.tree.map_params(
        optimizer, lambda s, m: jnp.where(m, 0.0, s), opt_state, touched
    )
    jax.tree.map(np.testing.assert_array_equal, after, expected)
    assert any((np.asarray(leaf) != 0).any() for leaf in jax.tree.leaves(after))


def test_options_do_what_they_say():
    case, wiring = wired("dueling")
    params, opt_state = trained("dueling")
    # A neuron that learns, so that its bias and moments are not zero by accident.
    unit = int(jnp.argmax(jnp.abs(opt_state[0].mu["dense"]["bias"])))
    chosen = {"dense": jnp.arange(7) == unit}
    optimizer = OPTIMIZERS["adam"]

    def run(**options):
        return recycle(
            jax.random.key(0), params, opt_state, chosen, wiring, case.init, optimizer,
            RecycleOptions(**options),
        )  # fmt: skip

    default, default_state = run()
    fresh = case.init(jax.random.key(0))
    assert (default["value"]["kernel"][unit] == 0).all()
    np.testing.assert_array_equal(
        default["dense"]["kernel"][:, unit], fresh["dense"]["kernel"][:, unit]
    )
    assert default["dense"]["bias"][unit] == 0

    random_out, _ = run(outgoing="random")
    np.testing.assert_array_equal(
        random_out["value"]["kernel"][unit], fresh["value"]["kernel"][unit]
    )

    kept_bias, _ = run(bias="keep")
    assert kept_bias["dense"]["bias"][unit] == params["dense"]["bias"][unit] != 0

    scaled, _ = run(incoming_scale=2.0)
    norms = jnp.linalg.norm(scaled["dense"]["kernel"], axis=0)
    living = jnp.delete(jnp.linalg.norm(params["dense"]["kernel"], axis=0), unit)
    assert float(norms[unit]) == pytest.approx(2 * float(living.mean()), rel=1e-5)

    assert default_state[0].count == opt_state[0].count == 3
    assert run(reset_count=True)[1][0].count == 0
    assert (run(moments="keep")[1][0].mu["dense"]["kernel"][:, unit] != 0).any()
    kernels_only = run(moments="kernels")[1][0]
    assert kernels_only.mu["dense"]["bias"][unit] == opt_state[0].mu["dense"]["bias"][unit] != 0
    assert default_state[0].mu["dense"]["bias"][unit] == 0


def test_a_scale_is_drawn_also_where_biases_are_cleared():
    """With scale, bias and outgoing weights of 0 no gradient would ever reach the neuron."""

    def init(key):
        w, s, v = jax.random.split(key, 3)
        return {
            "w": jax.random.normal(w, (4, 3)),
            "b": jnp.full((1, 3), 0.1),
            "s": 1 + jax.random.uniform(s, (1, 3)),
            "v": jax.random.normal(v, (3, 2)),
        }

    def apply(params, x):
        hidden = jax.nn.relu((x @ params["w"]) * params["s"] + params["b"])
        return hidden @ params["v"], {"h": hidden}

    params, x = init(jax.random.key(0)), jnp.eye(4)
    wiring, optimizer = derive_wiring(apply, params, x), optax.adam(1e-2)
    fresh, chosen = init(jax.random.key(1)), {"h": jnp.array([True, False, False])}
    opt_state = jax.tree.map(jnp.ones_like, optimizer.init(params))
    # By default a bias is drawn anew as well.
    for options, expected in ((RecycleOptions(bias="zero"), 0.0), (RecycleOptions(), 0.1)):
        new, after = recycle(
            *(jax.random.key(1), params, opt_state, chosen, wiring, init, optimizer), options
        )
        assert new["s"].tolist() == params["s"].at[0, 0].set(fresh["s"][0, 0]).tolist()
        assert float(new["b"][0, 0]) == pytest.approx(expected)
        for name in ("s", "b"):
            assert after[0].mu[name].tolist() == after[0].nu[name].tolist() == [[0, 1, 1]]


def test_the_officially_repeated_rows_are_those_of_a_flattened_map_only():
    """What is read beside the neurons stays in its place, and so do neurons that are read once."""

    def apply(params, x):
        hidden = jax.nn.relu(x @ params["w"])
        return jnp.concatenate([hidden[:, ::-1], x], -1) @ params["v"], {"h": hidden}

    def init(key):
        return {"w": jax.random.normal(key, (4, 3)), "v": jax.random.normal(key, (7, 2))}

    params, x = init(jax.random.key(0)), jnp.eye(4)
    wiring, optimizer = derive_wiring(apply, params, x), optax.adam(1e-2)
    chosen = {"h": jnp.array([True, False, False])}
    new, _ = recycle(
        *(jax.random.key(1), params, optimizer.init(params), chosen, wiring, init, optimizer),
        RecycleOptions(official_conv_to_dense=True),
    )
    assert np.flatnonzero((new["v"] != params["v"]).any(1)).tolist() == [2]


def test_nothing_chosen_changes_nothing():
    case, wiring = wired("nature")
    params, opt_state = trained("nature")
    chosen = {name: jnp.zeros(layer.neurons, bool) for name, layer in wiring.layers.items()}
    options = RecycleOptions(reset_count=True, incoming_scale=1.0)
    new, new_state = recycle(
        jax.random.key(0), params, opt_state, chosen, wiring, case.init, OPTIMIZERS["adam"], options
    )
    jax.tree.map(np.testing.assert_array_equal, (new, new_state), (params, opt_state))
