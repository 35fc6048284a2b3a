"""The wiring of every network of a table, and of random ones, against the network's numbers."""

import dataclasses
import functools
import itertools

import flax.linen as nn
from hypothesis import given, settings, strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dormancy import Wiring, WiringError, derive_wiring
from tests.dormancy.architectures import REFUSED, VECTORS, WIRED, Network

NETWORKS = {**WIRED, **REFUSED}
FORMING = ("incoming", "bias", "scale")


def shapes_of(network: Network):
    return jax.eval_shape(network.init, jax.random.key(0))


@functools.cache
def derived(name: str) -> Wiring:
    network = NETWORKS[name]
    return derive_wiring(network.apply, shapes_of(network), network.inputs, strict=False)


@functools.cache
def compiled(apply):
    return jax.jit(apply)


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_wired_and_why_the_rest_is_not(name):
    network, wiring = NETWORKS[name], derived(name)
    assert wiring.recyclable == network.wired, wiring.undecided
    assert set(wiring.undecided) == set(network.refused)
    for layer, pattern in network.refused.items():
        with pytest.raises(WiringError, match=pattern):
            wiring.mask(shapes_of(network), {layer: jnp.ones(1, bool)}, "bias")


def of_forming(wiring: Wiring, params, chosen):
    """Entries that form the chosen neurons."""
    return wiring.mask(params, chosen, *FORMING)


def replaced(mask, params, other):
    """In NumPy, as all parameters here: JAX would compile this for every shape."""
    return jax.tree.map(lambda m, p, o: np.where(m, o, p).astype(p.dtype), mask, params, other)


def check_law(network: Network, wiring: Wiring, generator: np.random.Generator) -> bool:
    """Silences half of the neurons of all wired layers, then recycles them.

    The outputs must not notice: neither that outgoing weights of silent neurons become 0, nor,
    once they are, whatever the incoming weights are. Returns whether any neuron came back.
    """
    run, shapes = compiled(network.apply), shapes_of(network)

    def drawn(scale: float = 1.0):
        return jax.tree.map(
            lambda p: np.asarray(scale * generator.normal(size=p.shape), p.dtype), shapes
        )

    params = drawn(0.7)
    chosen = {
        name: jnp.asarray(generator.permutation(layer.neurons) < layer.neurons / 2)
        for name, layer in wiring.layers.items()
    }
    forming, outgoing = of_forming(wiring, params, chosen), wiring.mask(params, chosen, "outgoing")
    zeros = jax.tree.map(np.zeros_like, params)
    silent = replaced(forming, params, zeros)
    before, activations = run(silent, network.inputs)
    for name, mask in chosen.items():
        recorded = np.asarray(activations[name], np.float64)
        assert not recorded[..., np.asarray(mask)].any(), f"{name} cannot be silenced"
    muted = replaced(outgoing, silent, zeros)
    recycled = replaced(forming, muted, drawn(2.0))
    after, activations = run(recycled, network.inputs)
    for changed in (run(muted, network.inputs)[0], after):
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5), changed, before
        )
    return any(
        np.asarray(activations[name], np.float64)[..., np.asarray(mask)].any()
        for name, mask in chosen.items()
    )


@pytest.mark.parametrize("name", [name for name, case in NETWORKS.items() if case.wired])
def test_recycling_silent_neurons_leaves_every_network_as_it_is(name):
    came_back = [
        check_law(NETWORKS[name], derived(name), np.random.default_rng(seed)) for seed in range(2)
    ]
    assert any(came_back)


def of_slots(role, change):
    """A wiring like another one, with the slots of one role changed in its first layer."""

    def changed(wiring: Wiring) -> Wiring:
        name, layer = next(iter(wiring.layers.items()))
        slots = tuple(change(getattr(layer, role)))
        wrong = {name: dataclasses.replace(layer, **{role: slots})}
        return dataclasses.replace(wiring, layers=wrong)

    return changed


def to_the_next_neuron(slots):
    return [dataclasses.replace(slot, owner=np.roll(slot.owner, 1)) for slot in slots]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(of_slots("incoming", to_the_next_neuron), id="others' incoming weights"),
        pytest.param(of_slots("outgoing", to_the_next_neuron), id="others' outgoing weights"),
        pytest.param(of_slots("incoming", lambda slots: ()), id="no incoming weights"),
        pytest.param(of_slots("bias", lambda slots: ()), id="no biases"),
        pytest.param(of_slots("outgoing", lambda slots: slots[:1]), id="one of two readers"),
    ],
)
def test_the_check_of_the_law_objects_to_a_wrong_wiring(change):
    network, wiring = NETWORKS["two streams"], derived("two streams")
    check_law(network, of_slots("outgoing", lambda slots: slots)(wiring), np.random.default_rng(0))
    with pytest.raises(AssertionError, match="cannot be silenced|Not equal to tolerance"):
        check_law(network, change(wiring), np.random.default_rng(0))


# A recurrent neuron's weights form all others too, one step later.
RECURRENT = {"rnn", "lstm", "gru"}


@pytest.mark.parametrize("name", sorted(WIRED.keys() - RECURRENT))
def test_claimed_weights_form_their_neuron_only_and_are_read(name):
    network, wiring = NETWORKS[name], derived(name)
    generator = np.random.default_rng(0)
    params = jax.tree.map(
        lambda p: np.asarray(np.abs(generator.normal(size=p.shape)) + 0.1, p.dtype),
        shapes_of(network),
    )

    def heard(params):
        outputs, activations = network.apply(params, network.inputs)
        rng = np.random.default_rng(1)
        weighted = [
            (leaf.astype(jnp.float32) * rng.normal(size=leaf.shape)).sum()
            for leaf in jax.tree.leaves(outputs)
        ]
        per_neuron = {
            layer: (a.astype(jnp.float32) * rng.normal(size=a.shape))
            .reshape(-1, a.shape[-1])
            .sum(0)
            for layer, a in activations.items()
            if layer in wiring.layers
        }
        return sum(weighted), per_neuron

    of_outputs, of_neurons = jax.jit(jax.jacrev(heard))(params)
    for layer, wired in wiring.layers.items():
        assert wired.incoming
        assert wired.outgoing
        gradients = [np.asarray(leaf) != 0 for leaf in jax.tree.leaves(of_neurons[layer])]
        formed, read = set(), set()
        for slot in (*wired.incoming, *wired.bias, *wired.scale):
            by_owner = np.moveaxis(gradients[slot.parameter], 1 + slot.axis, 1)
            by_owner = by_owner.reshape(wired.neurons, slot.owner.size, -1).any(-1)
            for place, owner in enumerate(slot.owner.tolist()):
                if owner >= 0:
                    forms = set(np.flatnonzero(by_owner[:, place]).tolist())
                    # Nothing at all is right too: batch statistics cancel a bias.
                    assert forms <= {owner}, f"{layer}: an entry of {owner} forms {forms}"
                    formed |= forms
        for slot in wired.outgoing:
            heard_by_output = np.asarray(jax.tree.leaves(of_outputs)[slot.parameter]) != 0
            rows = np.moveaxis(heard_by_output, slot.axis, 0).reshape(slot.owner.size, -1).any(-1)
            read |= set(slot.owner[rows].tolist())
        assert formed == set(range(wired.neurons))
        assert read - {-1} == formed


# Random networks: a list of steps on a pool of arrays of one width, vectors or images.

WIDTH = 4
STEPS = ("layer", "residual", "concatenate", "gate", "shift", "scale", "norm", "tanh", "record")
POOLING = ("max", "average")


@st.composite
def programs(draw, steps=STEPS, most=6):
    """Steps (kind, first operand, second operand, whether the result is recorded)."""
    operand = st.integers(0, 9)
    step = st.tuples(st.sampled_from(steps), operand, operand, st.booleans())
    recorded = st.tuples(st.just("record"), operand, operand, st.just(True))
    first, last = (draw(st.lists(step, max_size=most // 2)) for _ in range(2))
    return [*first, draw(recorded), *last]


def random_network(program, images: bool = False) -> Network:
    """Of dense layers on vectors, or of convolutions and pooling on images."""
    kernel = (2, 2) if images else ()

    def product(a, weights):
        if images:
            return jax.lax.conv_general_dilated(
                a, weights, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
            )
        return a @ weights

    def init(key):
        params = {}
        for number, (kind, *_) in enumerate(program):
            key, a, b = jax.random.split(key, 3)
            rows = 2 * WIDTH if kind == "concatenate" else WIDTH
            if kind in ("layer", "residual", "concatenate", "gate", "record"):
                params[f"w{number}"] = jax.random.normal(a, (*kernel, rows, WIDTH))
                params[f"b{number}"] = jax.random.normal(b, (WIDTH,))
            elif kind in ("shift", "scale"):
                params[f"v{number}"] = jax.random.normal(a, (WIDTH,))
        return params | {"out": jax.random.normal(key, (WIDTH, 2))}

    def apply(params, x):
        pool, recorded = [x], {}
        for number, (kind, first, second, is_recorded) in enumerate(program):
            a, b = pool[-1 - first % len(pool)], pool[-1 - second % len(pool)]
            vectors = {
                name: params[f"{name}{number}"].reshape((1,) * (x.ndim - 1) + (WIDTH,))
                for name in "bv"
                if f"{name}{number}" in params
            }
            weights = params.get(f"w{number}")
            if kind in ("layer", "record"):
                new = jax.nn.relu(product(a, weights) + vectors["b"])
            elif kind == "residual":
                new = b + jax.nn.relu(product(a, weights) + vectors["b"])
            elif kind == "concatenate":
                both = jnp.concatenate([a, b], -1)
                new = jax.nn.relu(product(both, weights) + vectors["b"])
            elif kind == "gate":
                new = jnp.tanh(product(a, weights) + vectors["b"]) * b
            elif kind in ("shift", "scale"):
                new = a + vectors["v"] if kind == "shift" else a * vectors["v"]
            elif kind in POOLING:
                pool_of = nn.max_pool if kind == "max" else nn.avg_pool
                new = pool_of(a, (2, 2), padding="SAME")
            elif kind == "norm":
                new = (a - a.mean(-1, keepdims=True)) / (1 + a.std(-1, keepdims=True))
            else:
                new = jnp.tanh(a)
            pool.append(new)
            if is_recorded or kind == "record":
                recorded[f"{number}"] = new
        last = pool[-1].mean((1, 2)) if images else pool[-1]
        return last @ params["out"], recorded

    if images:
        return Network(apply, init, jax.random.normal(jax.random.key(14), (2, 3, 3, WIDTH)))
    return Network(apply, init, VECTORS[:, :WIDTH])


@given(program=programs(), seed=st.integers(0, 99))
@settings(max_examples=15)
def test_random_networks_obey_the_law_or_are_refused(program, seed):
    check_random(random_network(program), seed)


@given(program=programs((*STEPS, *POOLING), most=4), seed=st.integers(0, 99))
@settings(max_examples=8)
def test_random_convolutional_networks_obey_the_law_or_are_refused(program, seed):
    check_random(random_network(program, images=True), seed)


def check_random(network: Network, seed: int) -> None:
    params = network.init(jax.random.key(0))
    wiring = derive_wiring(network.apply, params, network.inputs, strict=False)
    generator = np.random.default_rng(seed)
    for layer in wiring.layers:  # one at a time: upstream silence would silence what follows
        only = Wiring({layer: wiring.layers[layer]}, {}, wiring.parameters)
        chosen = {layer: jnp.asarray(generator.random(WIDTH) < 0.5)}
        forming, outgoing = of_forming(only, params, chosen), only.mask(params, chosen, "outgoing")
        zeros = jax.tree.map(jnp.zeros_like, params)
        fresh = jax.tree.map(lambda p: jnp.asarray(generator.normal(size=p.shape)), params)
        silent = replaced(forming, params, zeros)
        before, activations = network.apply(silent, network.inputs)
        if np.asarray(activations[layer])[..., np.asarray(chosen[layer])].any():
            # An input is part of it, for instance, so that zero weights do not silence it.
            assert not wiring.layers[layer].silent_without_weights
            continue
        new = replaced(outgoing, replaced(forming, silent, fresh), zeros)
        after, _ = network.apply(new, network.inputs)
        np.testing.assert_allclose(after, before, rtol=1e-3, atol=1e-4)


@given(widths=st.lists(st.integers(2, 5), min_size=1, max_size=4), seed=st.integers(0, 99))
@settings(max_examples=10)
def test_plain_chains_are_wired_completely(widths, seed):
    sizes = [3, *widths, 2]

    def apply(p, x):
        recorded = {}
        for number in range(len(widths)):
            x = jax.nn.relu(x @ p[2 * number] + p[2 * number + 1][None])
            recorded[f"{number}"] = x
        return x @ p[-1], recorded

    shapes = [s for a, b in itertools.pairwise(sizes) for s in ((a, b), (b,))][:-1]
    params = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
    wiring = derive_wiring(apply, params, jax.ShapeDtypeStruct((seed % 3 + 1, 3), jnp.float32))
    for number, width in enumerate(widths):
        layer = wiring.layers[f"{number}"]
        slots = [*layer.incoming, *layer.bias, *layer.outgoing]
        found = [(s.parameter, s.axis) for s in slots]
        assert found == [(2 * number, 1), (2 * number + 1, 0), (2 * number + 2, 0)]
        assert not layer.scale and layer.silent_without_weights
        for slot in slots:
            np.testing.assert_array_equal(slot.owner, np.arange(width))
