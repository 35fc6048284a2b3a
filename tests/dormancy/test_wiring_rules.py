"""The rules by which a wiring is derived, one at a time, on networks made for each."""

from collections import OrderedDict
import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from agents.networks.dueling import DuelingNetwork
from agents.networks.impala import ImpalaNetwork
from dormancy import WiringError, derive_wiring
from tests.dormancy.architectures import VECTORS
from tests.dormancy.networks import CASES, NORMALISED, RESIDUAL
from tests.dormancy.test_wiring import NETWORKS, derived, of_forming, replaced


def test_a_residual_stream_is_refused_with_its_reason():
    params = RESIDUAL.init(jax.random.key(0))
    with pytest.raises(WiringError, match="'outer'.*residual sum"):
        derive_wiring(RESIDUAL.apply, params, RESIDUAL.inputs)
    wiring = derive_wiring(RESIDUAL.apply, params, RESIDUAL.inputs, strict=False)
    assert wiring.recyclable == ("inner",)
    assert set(wiring.undecided) == {"stem", "outer"}
    with pytest.raises(WiringError, match="'stem' cannot be recycled: add mixes"):
        wiring.mask(params, {"stem": jnp.ones(6, bool)}, "incoming")


@pytest.mark.parametrize(
    ("apply", "message"),
    [
        (lambda p, x: ((h := x @ p["w"]) @ p["v"] + h[:, :1], {"a": h}), "mixes it"),
        (lambda p, x: ((h := x @ p["w"]), {"a": h}), "reaches the output"),
        (lambda p, x: ((h := x[:, :1] @ p["w"][:1]) @ p["v"], {"a": h}), "parameter of its own"),
        (lambda p, x: ((h := jnp.tanh(x)) @ p["u"], {"a": h}), "not formed by a single layer"),
        (
            lambda p, x: ((h := jnp.concatenate([x @ p["w"]] * 2, -1)) @ p["d"], {"a": h}),
            "share their incoming weights",
        ),
        (lambda p, x: ((h := x @ p["w"]) @ p["v"], {"a": h.T}), "channels last"),
        (
            lambda p, x: (
                (h := jnp.max(x @ p["w"], -1, keepdims=True) * jnp.ones((1, 3))) @ p["v"],
                {"a": h},
            ),
            r"single layer of weights: reduce_max couples it .*test_wiring_rules.py:\d+",
        ),
        (
            lambda p, x: (
                (h := jax.lax.cond(x[0, 0] > 0, lambda: x @ p["w"], lambda: x @ p["w"])) @ p["v"],
                {"a": h},
            ),
            r"lost sight of where cond cannot be followed \(test_wiring_rules.py:\d+",
        ),
        (
            lambda p, x: (
                (h := jnp.tanh(x @ p["w"])) @ p["v"] + jnp.sin(x @ p["w"]) @ p["v2"],
                {"a": h},
            ),
            "serve elsewhere too",
        ),
        (
            lambda p, x: ((h := x @ p["w"]) @ jax.nn.softmax(p["v"], axis=0), {"a": h}),
            "not parameters themselves",
        ),
        (lambda p, x: (jnp.sort(h := x @ p["w"]) @ p["v"], {"a": h}), "sort cannot be followed"),
        (lambda p, x: (jnp.tanh((h := x @ p["w"]) @ h.T @ x), {"a": h}), "two data arrays"),
    ],
)
def test_what_cannot_be_decided_is_refused(apply, message):
    shapes = {"w": (2, 3), "v": (3, 1), "v2": (3, 1), "u": (2, 1), "d": (6, 1)}
    params = {name: jnp.ones(shape) for name, shape in shapes.items()}
    with pytest.raises(WiringError, match=message):
        derive_wiring(apply, params, jnp.ones((2, 2)))


@pytest.mark.parametrize(
    ("network", "wired"),
    [
        (DuelingNetwork, ("Conv_0", "Conv_1", "Conv_2", "Dense_0")),
        (
            ImpalaNetwork,
            (*(f"Stack_{s}/Conv_{c}" for s in range(3) for c in (1, 3)), "Dense_0"),
        ),
    ],
)
def test_the_paper_recycles_inner_convolutions_and_the_dense_layer(network, wired):
    module = network(num_actions=4, width=1 / 16)
    frames = jax.ShapeDtypeStruct((1, 36, 36, 4), jnp.uint8)
    variables = jax.eval_shape(module.init, jax.random.key(0), frames)
    wiring = derive_wiring(module.apply, variables, frames, strict=False)
    assert wiring.recyclable == wired
    assert all("residual sum" in reason for reason in wiring.undecided.values())


def test_an_ordered_dictionary_keeps_the_callers_order():
    def apply(p, x):
        first = jnp.maximum(x @ p["w"], 0)
        second = jnp.maximum(first @ p["v"], 0)
        return second @ p["o"], OrderedDict([("z_first", first), ("a_second", second)])

    p = {"w": jnp.ones((2, 3)), "v": jnp.ones((3, 3)), "o": jnp.ones((3, 1))}
    wiring = derive_wiring(apply, p, jnp.ones((1, 2)))
    assert wiring.recyclable == ("z_first", "a_second")
    assert [layer.incoming[0].parameter for layer in wiring.layers.values()] == [2, 1]


def test_a_channel_owns_every_nth_dense_row_and_officially_a_run_of_rows():
    for name, layer, owner in (
        ("nature", "Conv_2", np.tile(np.arange(8), 9)),
        ("transposed", "conv", np.repeat(np.arange(4), 36)),
    ):
        case = CASES[name]
        wiring = derive_wiring(case.apply, case.init(jax.random.key(0)), case.inputs)
        (slot,) = wiring.layers[layer].outgoing
        np.testing.assert_array_equal(slot.owner, owner)


def test_a_gate_is_wired_with_both_of_its_halves():
    layer = derived("gated").layers["glu"]
    np.testing.assert_array_equal(layer.incoming[0].owner, [0, 1, 2, 3, 0, 1, 2, 3])
    assert len(derived("gated").layers["swiglu"].incoming) == 2


def test_noisy_weights_are_means_and_spreads():
    layer = derived("noisy").layers["a"]
    assert [len(slots) for slots in (layer.incoming, layer.bias, layer.outgoing)] == [2, 2, 2]


def test_a_normalisation_is_wired_where_the_law_may_break_by_a_little():
    params = NORMALISED.init(jax.random.key(0))
    with pytest.raises(WiringError, match=r"'first': .* couples it .*exact=False"):
        derive_wiring(NORMALISED.apply, params, NORMALISED.inputs)
    wiring = derive_wiring(NORMALISED.apply, params, NORMALISED.inputs, exact=False)
    added, multiplied = (
        jax.tree.map(
            lambda m: np.flatnonzero(np.asarray(m)).tolist(),
            wiring.mask(params, {"first": jnp.arange(6) == 1}, role),
        )
        for role in ("bias", "scale")
    )
    assert added["norm"] == {"bias": [1], "scale": []} and added["a"]["bias"] == [1]
    assert multiplied["norm"] == {"bias": [], "scale": [1]} and multiplied["a"]["bias"] == []


def test_a_sum_of_neurons_is_wired_where_a_weight_reads_it():
    def apply(p, x, read: bool):
        total = (h := hidden(p, x)).sum(-1, keepdims=True)
        return h @ p["v"] + (total @ p["c"] if read else total), {"h": h}

    def derived(read: bool, exact: bool):
        return derive_wiring(
            functools.partial(apply, read=read), WEIGHTS, VECTORS[:, :4], exact=exact
        )

    assert derived(read=True, exact=False).recyclable == ("h",)
    with pytest.raises(WiringError, match="couples it"):
        derived(read=True, exact=True)
    for exact in (True, False):
        with pytest.raises(WiringError, match="reaches the output"):
            derived(read=False, exact=exact)


@pytest.mark.parametrize("name", ["batch norm after", "layer norm after", "sigmoid after"])
def test_what_contributes_while_silent_is_wired_if_asked_for(name):
    network = NETWORKS[name]
    params = network.init(jax.random.key(0))
    wiring = derive_wiring(network.apply, params, network.inputs, exact=False)
    assert wiring.recyclable == ("hidden",)


SHAPES = {
    "w": (4, 4),
    "b": (1, 4),
    "s": (1, 4),
    "e": (7, 4),
    "v": (4, 2),
    "wide": (8, 2),
    "c": (1, 1),
    "d": (4, 4),
}
WEIGHTS = {name: jnp.ones(shape) for name, shape in SHAPES.items()}


def read(p, what):
    """What a product with one of the readers' weights makes of it."""
    return what @ p["wide" if what.shape[-1] == 8 else "v"]


def hidden(p, x):
    return jax.nn.relu(x @ p["w"] + p["b"])


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param(lambda p, x, h: h + x, id="sum"),
        pytest.param(lambda p, x, h: h - jnp.tanh(x), id="difference"),
        pytest.param(lambda p, x, h: jnp.concatenate([h, x]), id="along the batch"),
        pytest.param(lambda p, x, h: h + p["e"][x[:, 0].astype(int)], id="embedding"),
        pytest.param(lambda p, x, h: jax.nn.sigmoid(h) * x, id="product with what is not 0"),
        pytest.param(lambda p, x, h: jnp.where(x > 0, h, x), id="choice"),
        pytest.param(
            lambda p, x, h: (
                h + jnp.einsum("i,bio->bo", jnp.full(4, 0.5), x[:, :, None] * p["d"][None])
            ),
            id="weights of the input",
        ),
        pytest.param(lambda p, x, h: (h + x).sum(0, keepdims=True), id="reduced"),
        pytest.param(lambda p, x, h: jnp.concatenate([h + x, x], -1), id="moved"),
    ],
)
@pytest.mark.parametrize("exact", [True, False])
def test_weights_that_read_something_else_of_the_input_too_are_not_the_neurons(beside, exact):
    """Recycling would cut that off, which is more than what a silent neuron contributes."""

    def apply(p, x):
        return read(p, beside(p, x, h := hidden(p, x))), {"h": h}

    with pytest.raises(WiringError, match="also read something else of the input"):
        derive_wiring(apply, WEIGHTS, jnp.ones((3, 4)), exact=exact)


@pytest.mark.parametrize(
    ("between", "exact"),
    [
        pytest.param(lambda p, x, h: jnp.concatenate([h, x], -1), True, id="columns of their own"),
        pytest.param(lambda p, x, h: h * (x > 0), True, id="mask"),
        pytest.param(lambda p, x, h: jnp.where(x > 0, h, 0), True, id="choice"),
        pytest.param(lambda p, x, h: jnp.tanh(h) * x, True, id="product with what is 0"),
        pytest.param(lambda p, x, h: h + p["s"], False, id="learned shift"),
        pytest.param(lambda p, x, h: jax.nn.sigmoid(h), False, id="sigmoid"),
    ],
)
def test_weights_that_read_the_neuron_alone_are_its_own(between, exact):
    def apply(p, x):
        return read(p, between(p, x, h := hidden(p, x))), {"h": h}

    assert derive_wiring(apply, WEIGHTS, jnp.ones((3, 4)), exact=exact).recyclable == ("h",)


@pytest.mark.parametrize(
    ("activation", "silent"),
    [
        pytest.param(lambda p, z: jax.nn.relu(z), True, id="relu"),
        pytest.param(lambda p, z: jax.nn.gelu(z * p["s"] + p["b"]), True, id="scale and shift"),
        pytest.param(lambda p, z: jnp.where(z > 0, z, p["s"] * z), True, id="prelu"),
        pytest.param(lambda p, z: z - z.mean(0, keepdims=True), True, id="batch statistics"),
        pytest.param(lambda p, z: jax.nn.softplus(z), False, id="softplus"),
        pytest.param(lambda p, z: jax.nn.sigmoid(z), False, id="sigmoid"),
        pytest.param(lambda p, z: jax.nn.relu(z + 1), False, id="a constant"),
        pytest.param(lambda p, z: jax.nn.relu(z + p["c"]), False, id="a bias of all together"),
        pytest.param(lambda p, z: jax.nn.relu(z * p["c"]), True, id="a scale of all together"),
    ],
)
def test_whether_a_neuron_without_weights_is_silent(activation, silent):
    def apply(p, x):
        return (h := activation(p, x @ p["w"])) @ p["v"], {"h": h}

    wiring = derive_wiring(apply, WEIGHTS, x := jax.random.normal(jax.random.key(0), (3, 4)))
    assert wiring.layers["h"].silent_without_weights == silent
    one = {"h": jnp.arange(4) == 0}
    none = replaced(
        of_forming(wiring, WEIGHTS, one), WEIGHTS, jax.tree.map(jnp.zeros_like, WEIGHTS)
    )
    assert silent == (not apply(none, x)[1]["h"][:, 0].any())


@pytest.mark.parametrize("scale", [False, True])
def test_a_neighbours_statistic_stays_without_ones_own_weights(scale):
    def apply(p, x):
        z = x @ p["w"]
        h = (z - z.mean(-1, keepdims=True)) / jnp.sqrt(z.var(-1, keepdims=True) + 1e-6)
        h = h * p["s"] if scale else h
        return h @ p["v"], {"h": h}

    wiring = derive_wiring(apply, WEIGHTS, jnp.ones((3, 4)), exact=False)
    assert wiring.layers["h"].silent_without_weights == scale


def test_what_two_layers_add_silences_neither():
    def apply(p, x):
        first = jax.nn.relu(x @ p["w"] + p["b"])
        second = jax.nn.relu(x @ p["w2"] + p["b"])
        return first @ p["v"] + second @ p["v2"], {"first": first, "second": second}

    params = WEIGHTS | {"w2": jnp.ones((4, 4)), "v2": jnp.ones((4, 2))}
    wiring = derive_wiring(apply, params, jnp.ones((3, 4)), strict=False)
    assert not any(layer.silent_without_weights for layer in wiring.layers.values())


def test_a_recorded_piece_of_the_input_is_refused_as_ever():
    def apply(p, x):
        h = hidden(p, x)
        return h @ p["v"], {"h": h, "padded": jnp.pad(x, ((0, 0), (0, 1)))}

    wiring = derive_wiring(apply, WEIGHTS, jnp.ones((3, 4)), strict=False)
    assert wiring.recyclable == ("h",)
    assert wiring.undecided["padded"] == "it is not formed by a single layer of weights"


@pytest.mark.parametrize(
    "apply",
    [
        lambda p, x: (
            jax.lax.reduce((h := hidden(p, x)) @ p["v"], -1e9, jnp.logaddexp, (1,)),
            {"h": h},
        ),
        lambda p, x: (
            nn.pool(
                ((h := hidden(p, x)) @ p["v"])[..., None], 0.0, jax.lax.max, (2,), (1,), "VALID"
            ),
            {"h": h},
        ),
    ],
)
def test_a_reduction_of_ones_own_is_no_call(apply):
    """Its inner function is of two numbers, not of the array."""
    assert derive_wiring(apply, WEIGHTS, jnp.ones((3, 4))).recyclable == ("h",)


def test_a_bias_for_all_neurons_is_nobodys_and_stays():
    def apply(p, x):
        hidden = jnp.tanh(x @ p["w"] * p["all"][None])
        return hidden @ p["v"], {"hidden": hidden}

    p = {"all": jnp.ones(1), "w": jnp.ones((2, 3)), "v": jnp.ones((3, 1))}
    layer = derive_wiring(apply, p, jnp.ones((1, 2))).layers["hidden"]
    assert [s.parameter for s in layer.incoming] == [2]
    assert not layer.bias


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda h: h, "instead of a pair"),
        (lambda h: (h, [h]), "'list', not a dictionary"),
        (lambda h: (h, {}), "records no layer"),
        (lambda h: (h, {"h": (h,)}), "'h' holds 'tuple'.*sow"),
        (lambda h: (h, {"a": {"b": h}}), "'a' holds 'dict'.*nested"),
        (lambda h: (h, {"h": h.sum()}), "single number"),
        (lambda h: (h, {3: h}), "3 is not the name of a layer"),
    ],
)
def test_what_is_not_a_flat_dictionary_of_arrays_is_explained(returned, message):
    with pytest.raises(WiringError, match=message):
        derive_wiring(lambda p, x: returned(x @ p), jnp.ones((2, 3)), jnp.ones((1, 2)))


def test_a_batch_that_is_closed_over_is_asked_for():
    x = jnp.ones((3, 4))

    def apply(p, nothing):
        return (h := hidden(p, x)) @ p["v"], {"h": h}

    with pytest.raises(WiringError, match="closes over has to be passed as `inputs`"):
        derive_wiring(apply, WEIGHTS, ())


def test_resharding_changes_nothing():
    """In explicit mode a network moves its arrays between devices itself."""
    mesh = jax.make_mesh((1,), ("devices",), axis_types=(jax.sharding.AxisType.Explicit,))

    def apply(p, x):
        moved = jax.sharding.reshard(p["w"], jax.sharding.PartitionSpec("devices"))
        return (h := jax.nn.relu(x @ moved)) @ p["v"], {"h": h}

    with jax.set_mesh(mesh):
        assert derive_wiring(apply, WEIGHTS, jnp.ones((1, 4))).recyclable == ("h",)


def test_no_batch_is_asked_for_where_the_inputs_are_read():
    """The larger of two columns is computed from the inputs, although not by one column alone."""

    def apply(p, x):
        return (h := hidden(p, x).reshape(-1, 2, 2).max(-1)) @ p["v"][:2], {"h": h}

    with pytest.raises(WiringError) as error:
        derive_wiring(apply, WEIGHTS, VECTORS[:, :4])
    assert "is not formed by a single layer" in str(error.value)
    assert "closes over" not in str(error.value)


def test_a_wiring_is_a_static_argument():
    wiring, other = (
        derive_wiring(
            lambda p, x: ((h := hidden(p, x)) @ p["v"], {"h": h}), WEIGHTS, VECTORS[:, :4]
        )
        for _ in range(2)
    )
    first = {"h": jnp.arange(4) == 0}

    @functools.partial(jax.jit, static_argnames="wiring")
    def marked(params, wiring):
        return wiring.mask(params, first, "incoming")["w"]

    assert marked(WEIGHTS, wiring=wiring).tolist() == [[True, False, False, False]]
    marked(WEIGHTS, wiring=wiring)
    assert marked._cache_size() == 1
    assert wiring == wiring and wiring != other and len({wiring, other}) == 2


def test_a_number_among_the_inputs_is_one_of_them():
    def apply(p, inputs):
        x, temperature = inputs
        return (h := hidden(p, x / temperature)) @ p["v"], {"h": h}

    assert derive_wiring(apply, WEIGHTS, (jnp.ones((3, 4)), 0.5)).recyclable == ("h",)


def test_the_wiring_can_be_derived_while_something_else_is_traced():
    case = CASES["plain jax"]

    @jax.jit
    def traced(params):
        wiring = derive_wiring(case.apply, params, case.inputs)
        return wiring.mask(params, {"left": jnp.arange(3) == 0}, "incoming")["left"]

    assert traced(case.init(jax.random.key(0))).any()
