"""Recycling equals `labs.redo`'s NeuronRecycler where that is right, and on request elsewhere.

Both get the same parameters, Adam state, activations and, by way of `init_params`, the same
freshly drawn kernels, so that results can be compared bit for bit.
"""

import functools

import flax.core
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from agents.networks.nature import NatureNetwork
import dormancy
from dormancy import OFFICIAL, RecycleOptions
from tests.oracle import dopamine_shim, official_nature

recyclers = dopamine_shim.load("labs.redo.weight_recyclers")

# Frames in pixels: a seventh of the published weights, and a map that is still flattened.
SIDE = 28
# Seed of the network and the batch, threshold.
CASES = ((0, 0.0), (1, 0.025), (2, 0.1))
# A generator that compiles fast; both draw with whatever generator the key belongs to.
KEY = jax.random.key(42, impl="rbg")
ADAM = optax.adam(6.25e-5, eps=1.5e-4)
NETWORK = NatureNetwork(official_nature.NUM_ACTIONS)
# The official code in everything but the order of the dense rows, as the paper describes it.
TILED = RecycleOptions(bias="zero", moments="kernels")


def apply(params, frames):
    return NETWORK.apply({"params": params}, frames)


@functools.cache
def wiring():
    frames = jax.ShapeDtypeStruct((1, SIDE, SIDE, 4), jnp.uint8)
    shapes = jax.eval_shape(NETWORK.init, KEY, frames)["params"]
    return dormancy.derive_wiring(apply, shapes, frames)


@functools.cache
def situation(seed, optimizer=ADAM):
    """Parameters, a non-trivial optimizer state, probe frames, all under Dopamine's names."""
    layers = official_nature.as_official(official_nature.parameters(seed, SIDE))["params"]
    rng = np.random.default_rng(seed)
    # Any moments will do, as long as none is 0 before recycling; and a count of 2.
    opt_state = jax.tree.map(
        lambda leaf: jnp.asarray(rng.uniform(-1, 1, leaf.shape) if leaf.ndim else 2, leaf.dtype),
        optimizer.init(layers),
    )
    return layers, opt_state, official_nature.observations(seed, 16, SIDE)


@functools.cache
def intermediates(seed):
    """What that network does with these frames, as Dopamine records it."""
    layers, _, frames = situation(seed)
    return official_nature.intermediates(layers, frames)


@functools.cache
def fresh_kernels():
    """The kernels that NeuronRecycler draws from `KEY`: one key a layer, in order of depth."""
    drawn, key = {}, KEY
    for name, layer in situation(0)[0].items():
        key, own = jax.random.split(key)
        kernel = jax.nn.initializers.xavier_uniform()(own, layer["kernel"].shape)
        drawn[name] = {"bias": jnp.zeros_like(layer["bias"]), "kernel": kernel}
    return drawn


@functools.cache
def official(seed, tau, **options):
    """What NeuronRecycler makes of it: parameters, Adam state.

    It mixes FrozenDict masks with the moments' own type (google/dopamine#223), so everything
    is frozen first.
    """
    layers, opt_state, _ = situation(seed)
    recycler = recyclers.NeuronRecycler(
        list(official_nature.LAYERS), network="nature", dead_neurons_threshold=tau, **options
    )
    adam = opt_state[0]._replace(
        mu=flax.core.freeze({"params": opt_state[0].mu}),
        nu=flax.core.freeze({"params": opt_state[0].nu}),
    )
    params, (adam, *_) = recycler.recycle_dead_neurons(
        intermediates(seed),
        flax.core.freeze({"params": layers}),
        KEY,
        (adam, *opt_state[1:]),
    )
    params, mu, nu = (flax.core.unfreeze(tree)["params"] for tree in (params, adam.mu, adam.nu))
    return params, adam._replace(mu=mu, nu=nu)


@functools.cache
def chosen(seed, tau):
    scores = dormancy.score_layers(official_nature.activations(intermediates(seed)))
    return {name: dormancy.dormant_mask(score, tau) for name, score in scores.items()}


@functools.partial(jax.jit, static_argnames=("options", "optimizer"))
def recycled(layers, fresh, opt_state, neurons, options, optimizer):
    rename = official_nature.to_ours
    return dormancy.recycle(
        KEY,
        rename(layers),
        _renamed(opt_state, rename),
        neurons,
        wiring(),
        lambda key: rename(fresh),
        optimizer,
        options,
    )


def ours(seed, tau, options, optimizer=ADAM, neurons=None):
    """What `dormancy.recycle` makes of it, under Dopamine's names."""
    layers, opt_state, _ = situation(seed, optimizer)
    neurons = neurons or chosen(seed, tau)
    params, opt_state = recycled(layers, fresh_kernels(), opt_state, neurons, options, optimizer)
    adam = next(part for part in jax.tree.leaves(opt_state, is_leaf=_is_adam) if _is_adam(part))
    back = official_nature.from_ours
    return back(params), adam._replace(mu=back(adam.mu), nu=back(adam.nu))


def _is_adam(node):
    return isinstance(node, optax.ScaleByAdamState)


def _renamed(opt_state, rename):
    def of(part):
        return part._replace(mu=rename(part.mu), nu=rename(part.nu)) if _is_adam(part) else part

    return jax.tree.map(of, opt_state, is_leaf=_is_adam)


def assert_equal(a, b, skip=()):
    """Bitwise, apart from the named (layer, kind) entries."""
    flat = zip(*(jax.tree_util.tree_leaves_with_path(tree) for tree in (a, b)), strict=True)
    for (path, x), (other, y) in flat:
        assert path == other
        if tuple(part.key for part in path) not in skip:
            np.testing.assert_array_equal(x, y, err_msg=jax.tree_util.keystr(path))


@pytest.mark.parametrize(("seed", "tau"), CASES)
def test_the_official_options_equal_neuron_recycler(seed, tau):
    """All kernels, all biases, both moments and Adam's count, bit for bit."""
    their_params, their_adam = official(seed, tau)
    our_params, our_adam = ours(seed, tau, OFFICIAL)
    assert_equal(our_params, their_params)
    assert_equal(our_adam.mu, their_adam.mu)
    assert_equal(our_adam.nu, their_adam.nu)
    assert our_adam.count == their_adam.count == 2


@pytest.mark.parametrize(("seed", "tau"), CASES)
def test_the_corrected_rows_differ_in_one_kernel_only(seed, tau):
    their_params, their_adam = official(seed, tau)
    our_params, our_adam = ours(seed, tau, TILED)
    border = {("Dense_0", "kernel")}
    assert_equal(our_params, their_params, skip=border)
    assert_equal(our_adam.mu, their_adam.mu, skip=border)
    assert_equal(our_adam.nu, their_adam.nu, skip=border)
    assert np.any(our_params["Dense_0"]["kernel"] != their_params["Dense_0"]["kernel"])


def test_where_the_official_code_is_wrong():
    """The rows of `Dense_0` that read a dormant channel of `Conv_2`.

    A flattened (4, 4, 64) map has the channel as its fastest index: row r reads channel
    r % 64. The official mask repeats each channel's flag 16 times, as if row r read channel
    r // 16: it clears rows of living channels and spares most rows of dormant ones.
    """
    dead = np.asarray(chosen(0, 0.0)["Conv_2"])
    alive_units = ~np.asarray(chosen(0, 0.0)["Dense_0"])
    rows = np.arange(4 * 4 * 64)
    reads_dead, repeated = dead[rows % 64], dead[rows // 16]

    def cleared(params):
        return ~np.any(params["Dense_0"]["kernel"][:, alive_units], axis=1)

    np.testing.assert_array_equal(cleared(ours(0, 0.0, TILED)[0]), reads_dead)
    np.testing.assert_array_equal(cleared(official(0, 0.0)[0]), repeated)
    # Of the rows that should be cleared, the official code spares more than four in five,
    # and most of what it clears belongs to channels that are alive.
    assert np.mean(repeated[reads_dead]) < 0.2
    assert np.mean(reads_dead[repeated]) < 0.2


def test_the_outputs_stay_only_with_the_corrected_rows():
    """The paper's promise for tau = 0, on the inputs that the scores were computed on."""
    layers, _, frames = situation(0)
    values = jax.jit(apply)

    def change(params):
        before, _ = values(official_nature.to_ours(layers), frames)
        after, _ = values(official_nature.to_ours(params), frames)
        return np.abs(after - before).max() / np.abs(before).max()

    assert change(ours(0, 0.0, TILED)[0]) < 1e-6
    assert change(ours(0, 0.0, RecycleOptions())[0]) < 1e-6
    assert change(official(0, 0.0)[0]) > 1e-2


@pytest.mark.parametrize(("seed", "tau"), CASES)
def test_the_default_differs_from_the_official_code_in_rows_and_bias_moments_only(seed, tau):
    their_params, their_adam = official(seed, tau)
    our_params, our_adam = ours(seed, tau, RecycleOptions())
    border = {("Dense_0", "kernel")}
    assert_equal(our_params, their_params, skip=border)
    biases = {(name, "bias") for name in official_nature.HIDDEN_LAYERS}
    for our_moment, their_moment in ((our_adam.mu, their_adam.mu), (our_adam.nu, their_adam.nu)):
        assert_equal(our_moment, their_moment, skip=border | biases)
        for name, dormant in chosen(seed, tau).items():
            bias = their_moment[name]["bias"]
            assert np.all(bias != 0)
            np.testing.assert_array_equal(our_moment[name]["bias"], np.where(dormant, 0, bias))


def test_random_outgoing_weights_are_drawn_for_the_same_entries():
    """The two draw from different keys here, so which entries change is compared.

    Of so many draws, a few hit the old value by chance.
    """
    layers, *_ = situation(2)
    their_params, their_adam = official(2, 0.1, init_method_outgoing="random")
    options = RecycleOptions(
        outgoing="random", bias="zero", moments="kernels", official_conv_to_dense=True
    )
    our_params, our_adam = ours(2, 0.1, options)
    assert_equal(our_adam.mu, their_adam.mu)
    assert_equal(our_adam.nu, their_adam.nu)
    for name in official_nature.LAYERS:
        old, our_kernel, their_kernel = (
            np.asarray(params[name]["kernel"]) for params in (layers, our_params, their_params)
        )
        assert np.count_nonzero((our_kernel != old) != (their_kernel != old)) < 5
        np.testing.assert_array_equal(our_params[name]["bias"], their_params[name]["bias"])
        changed = our_kernel != old
        assert np.abs(our_kernel[changed]).max() == pytest.approx(
            np.abs(their_kernel[changed]).max(), rel=0.05
        )


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_scaled_incoming_weights_equal_neuron_recycler(scale):
    """Norms of up to 1,024 weights: float32 tolerance."""
    their_params, _ = official(2, 0.1, weight_scaling=True, incoming_scale=scale)
    options = RecycleOptions(
        bias="zero", moments="kernels", official_conv_to_dense=True, incoming_scale=scale
    )
    our_params, _ = ours(2, 0.1, options)
    compare = functools.partial(np.testing.assert_allclose, rtol=1e-5, atol=0)
    jax.tree.map(compare, our_params, their_params)


def test_without_a_dormant_neuron_neither_changes_anything():
    layers, (adam, *_), _ = situation(0)
    nobody = {name: jnp.zeros_like(mask) for name, mask in chosen(0, 0.0).items()}
    same = ours(0, 0.0, OFFICIAL, neurons=nobody)
    # A threshold below every score, which ours does not take.
    for params, state in (official(0, -1.0), same):
        assert_equal(params, layers)
        assert_equal(state.mu, adam.mu)
        assert_equal(state.nu, adam.nu)


def test_weight_decay_breaks_the_official_code_and_not_ours():
    """Its `opt_state[0][1]` takes Adam to be the first transformation of the chain."""
    chain = optax.chain(optax.add_decayed_weights(1e-5), ADAM)
    layers, opt_state, _ = situation(0, chain)
    recycler = recyclers.NeuronRecycler(list(official_nature.LAYERS), network="nature")
    with pytest.raises(IndexError):
        recycler.recycle_dead_neurons(intermediates(0), {"params": layers}, KEY, opt_state)

    _, plain = ours(0, 0.1, OFFICIAL)
    _, decayed = ours(0, 0.1, OFFICIAL, chain)
    assert_equal(decayed.mu, plain.mu)
    assert_equal(decayed.nu, plain.nu)


@pytest.mark.parametrize(("seed", "tau"), CASES)
def test_the_redo_intervention_recycles_what_neuron_recycler_recycles(seed, tau):
    """From activations to new parameters in one call, as the training loop does it."""
    layers, opt_state, frames = situation(seed)
    rename = official_nature.to_ours
    intervention = dormancy.redo(tau, wiring(), lambda key: rename(fresh_kernels()), ADAM, OFFICIAL)
    _, activations = jax.jit(apply)(rename(layers), frames)
    params, opt_state, state = jax.jit(intervention.update)(
        KEY,
        rename(layers),
        _renamed(opt_state, rename),
        activations,
        intervention.init(activations),
    )
    their_params, their_adam = official(seed, tau)
    assert_equal(official_nature.from_ours(params), their_params)
    assert_equal(official_nature.from_ours(opt_state[0].mu), their_adam.mu)
    for name, mask in chosen(seed, tau).items():
        np.testing.assert_array_equal(state.recycled[name], mask)


# The variant of Figures 15 and 25: k neurons a layer, k on a schedule, by several scores.
PERIOD, END = 1_000, 9_500
SCORES = {
    "redo": lambda k: dormancy.lowest(k, dormancy.by_activation(epsilon=1e-9), ties="threshold"),
    "redo_inverted": lambda k: dormancy.highest(
        k, dormancy.by_activation(epsilon=1e-9), ties="threshold"
    ),
    "cbp": lambda k: dormancy.lowest(k, dormancy.by_utility(), ties="threshold"),
    "random": lambda k: dormancy.at_random(k, ties="threshold"),
}


@pytest.mark.parametrize("check", [1, 6, 9])
@pytest.mark.parametrize("score", SCORES)
def test_scheduled_choices_equal_the_official_ones(score, check):
    """Which neurons NeuronRecyclerScheduled chooses in each layer, many equal zeros included."""
    layers, *_ = situation(1)
    recycler = recyclers.NeuronRecyclerScheduled(
        list(official_nature.LAYERS), score_type=score, reset_end_step=END, recycle_rate=0.3
    )
    recycler._last_update_step = check * PERIOD
    activations = official_nature.activations(intermediates(1))
    schedule = dormancy.cosine_fraction(0.3, END / PERIOD)
    seen = dormancy.Seen(
        official_nature.to_ours(layers), activations, None, wiring(), jnp.int32(check)
    )
    ours = SCORES[score](schedule).choose(KEY, seen)
    for name, after in zip(official_nature.LAYERS, official_nature.LAYERS[1:], strict=False):
        with jax.numpy_rank_promotion("allow"):
            theirs = recycler._score2mask(
                activations[name], layers[name]["kernel"], layers[after]["kernel"], KEY
            )
        if score == "random":
            # The draws are others; how many neurons they take is the same.
            assert np.sum(ours[name]) == np.sum(theirs), name
        else:
            np.testing.assert_array_equal(ours[name], theirs.astype(bool), err_msg=name)
