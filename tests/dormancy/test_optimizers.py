"""Recycling with every optimizer that optax has: it obeys the law, or is refused with a reason.

The law is checked against dependencies that are measured, without looking at shapes or names:
which numbers of a state change when one entry of the gradient or of the parameters does.
"""

import functools
import inspect

import jax
import jax.numpy as jnp
import numpy as np
import optax
import optax.contrib
import pytest

from dormancy import OptimizerError, RecycleOptions, derive_wiring, recycle, redo
from dormancy.surgery.moments import find_memory, forget

# Some of optax is deprecated, and still there.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SIZES = {"first": (5, 6), "second": (6, 6), "out": (6, 3)}
ADAM = optax.adam(1e-2)
HALF = {"first": True, "second": False, "out": True}
KERNELS = {layer: {"kernel": True, "bias": False} for layer in SIZES}
LABELS = {"first": "slow", "second": "fast", "out": "fast"}
PARTS = {"slow": optax.sgd(1e-2, momentum=0.9), "fast": ADAM}

# How those are made that take more than a learning rate, or need a nudge to use all their state.
MADE = {
    "adafactor": lambda make: make(1e-2, min_dim_size_to_factor=4, momentum=0.9),
    "add_noise": lambda make: make(0.1, 0.5, key=0),
    "apply_if_finite": lambda make: make(ADAM, 3),
    "chain": lambda make: make(optax.clip(1.0), optax.add_decayed_weights(1e-2), ADAM),
    "conditionally_mask": lambda make: make(ADAM, lambda step: step % 2 == 0),
    "conditionally_transform": lambda make: make(ADAM, lambda step: step % 2 == 0),
    "differentially_private_aggregate": lambda make: make(1.0, 0.1, key=0),
    "dpsgd": lambda make: make(1e-2, 1.0, 0.1, seed=0),
    "flatten": lambda make: make(ADAM),
    "freeze": lambda make: make(HALF),
    "galore": lambda make: make(1e-2, rank=2),
    "inject_hyperparams": lambda make: make(optax.adam)(learning_rate=1e-2),
    "inject_stateful_hyperparams": lambda make: make(optax.adam)(learning_rate=1e-2),
    "lars": lambda make: make(1e-2, weight_decay=0.0, momentum=0.9),
    "lookahead": lambda make: make(ADAM, 2, 0.5),
    "masked": lambda make: make(ADAM, HALF),
    "measure_with_ema": lambda make: make(lambda updates, **_: updates, 0.9),
    "mechanize": lambda make: make(ADAM, weight_decay=0.0),
    "monitor": lambda make: make({"norm": lambda updates, **_: optax.tree.norm(updates)}),
    "multi_transform": lambda make: make(PARTS, LABELS),
    "named_chain": lambda make: make(("clip", optax.clip(1.0)), ("adam", ADAM)),
    "noisy_sgd": lambda make: make(1e-2, eta=0.1, key=0),
    "partition": lambda make: make({"slow": optax.set_to_zero(), "fast": ADAM}, lambda _: LABELS),
    "rmsprop": lambda make: make(1e-2, centered=True, momentum=0.9),
    "sam": lambda make: make(ADAM, optax.sgd(1e-2)),
    "scale_by_factored_rms": lambda make: make(min_dim_size_to_factor=4),
    "scale_by_galore": lambda make: make(rank=2),
    "scale_by_muon": lambda make: optax.masked(
        make(
            weight_dimension_numbers=lambda tree: jax.tree.map(
                lambda _: optax.contrib.MuonDimensionNumbers(), tree
            )
        ),
        KERNELS,
    ),
    "scale_by_schedule": lambda make: make(optax.linear_schedule(1.0, 0.0, 10)),
    "schedule_free": lambda make: make(optax.sgd(1e-2), 1e-2),
    "selective_transform": lambda make: make(ADAM, freeze_mask=HALF),
    "sgd": lambda make: make(1e-2, momentum=0.9),
    "snapshot": lambda make: make("mine", lambda updates, **_: updates),
    "split_real_and_imaginary": lambda make: make(ADAM),
    "stateless": lambda make: make(lambda updates, params: updates),
    "stateless_with_tree_map": lambda make: make(lambda update, param: update),
    "with_extra_args_support": lambda make: make(ADAM),
}
# Ours to think of: combinations.
TOGETHER = {
    "copies inside MultiSteps": lambda: optax.MultiSteps(
        optax.contrib.schedule_free_adamw(1e-2), 2
    ).gradient_transformation(),
    "copies inside flatten": lambda: optax.flatten(optax.contrib.prodigy()),
    "masks by a function": lambda: optax.masked(
        optax.adam(1e-2), lambda tree: jax.tree.map(lambda leaf: leaf.ndim > 1, tree)
    ),
    "parts by a function": lambda: optax.partition(
        PARTS, lambda tree: {k: LABELS[k] for k in tree}
    ),
    "muon among others": lambda: optax.chain(
        optax.clip_by_global_norm(1.0), optax.contrib.muon(1e-2), optax.scale(0.5)
    ),
    "parts with adafactor": lambda: optax.partition(
        {"slow": optax.adafactor(1e-2, min_dim_size_to_factor=4), "fast": optax.sm3(1e-2)}, LABELS
    ),
}
REFUSED = {
    "galore": "none of its parameter's",
    "lbfgs": "line searches",
    "lookahead": "slow copies of the weights",
    "monitor": "another structure",
    "scale_by_backtracking_linesearch": "line searches",
    "scale_by_galore": "none of its parameter's",
    "scale_by_lbfgs": "none of its parameter's",
    "scale_by_zoom_linesearch": "line searches",
}
# They add noise to a gradient of zero, too.
NOISY = {"add_noise", "noisy_sgd", "dpsgd", "differentially_private_aggregate"}
# A fresh one moves weights without any gradient: by its initial moments, by what it is for, or by
# a weight decay that is scaled like a gradient; or it divides by the norm of the gradient.
MOVING = {"yogi", "scale_by_yogi", "keep_params_nonnegative", "chain", "normalize"}
# They return functions and numbers, or are told by their signature not to be optimizers.
NOT_OPTIMIZERS = {
    "bias_correction", "hutchinson_estimator_diag_hessian", "matrix_inverse_pth_root",
    "schedule_free_eval_params", "sigmoid_binary_cross_entropy", "update_infinity_moment",
    "update_moment", "update_moment_per_elem_norm",
}  # fmt: skip


def optimizers() -> dict:
    """All that optax and optax.contrib call, or do not deny to be, a gradient transformation."""
    found = {}
    for module in (optax, optax.contrib):
        for name, make in vars(module).items():
            if name.startswith("_") or not inspect.isfunction(make) or name in NOT_OPTIMIZERS:
                continue
            returned = inspect.signature(make).return_annotation
            if returned is inspect.Signature.empty or "GradientTransformation" in str(returned):
                found[name] = make
    return found


ALL = optimizers()
# One of each kind; the others are as right, and take minutes.
QUICK = {
    "adam", "flatten", "masked", "mechanize", "multi_transform", "muon among others",
    "novograd", "partition", "schedule_free_adamw", "sm3", "copies inside MultiSteps",
}  # fmt: skip


def cases(*without):
    names = [*(name for name in ALL if name not in {*REFUSED, *without}), *TOGETHER]
    return [pytest.param(n, marks=[] if n in QUICK else pytest.mark.slow) for n in names]


def build(name: str):
    if name in TOGETHER:
        return TOGETHER[name]()
    make = ALL[name]
    if name in MADE:
        return MADE[name](make)
    needed = [
        p
        for p in inspect.signature(make).parameters.values()
        if p.default is inspect.Parameter.empty
    ]
    assert len(needed) < 2, f"Say in MADE how {name} is made."
    return make(1e-2) if needed else make()


def apply(params, x):
    first = jax.nn.relu(x @ params["first"]["kernel"] + params["first"]["bias"][None])
    second = jax.nn.relu(first @ params["second"]["kernel"] + params["second"]["bias"][None])
    out = second @ params["out"]["kernel"] + params["out"]["bias"][None]
    return out, {"first": first, "second": second}


def init(key):
    keys = jax.random.split(key, len(SIZES))
    return {
        name: {"kernel": jax.random.normal(k, size), "bias": jnp.full(size[1], 0.1)}
        for k, (name, size) in zip(keys, SIZES.items(), strict=True)
    }


INPUTS = jax.random.normal(jax.random.key(7), (8, 5))
PARAMS = init(jax.random.key(1))
WIRING = derive_wiring(apply, PARAMS, INPUTS)
CHOSEN = {"first": jnp.arange(6) == 2, "second": jnp.arange(6) >= 4}


def random_like(tree, seed):
    generator = np.random.default_rng(seed)
    return jax.tree.map(
        lambda leaf: jnp.asarray(generator.normal(size=leaf.shape), leaf.dtype), tree
    )


def update(name, optimizer, gradients, state, params):
    """One update, with all that some optimizers want to know besides."""
    if name in {"dpsgd", "differentially_private_aggregate"}:  # gradients of single examples
        gradients = jax.tree.map(lambda g: jnp.stack([g, g]), gradients)
    extra = {
        "value": jnp.float32(1.0),
        "obj_fn": lambda p: sum(jnp.sum(leaf**4) for leaf in jax.tree.leaves(p)),
    }
    optimizer = optax.with_extra_args_support(optimizer)
    accepted = inspect.signature(optimizer.update).parameters
    if not any(p.kind is p.VAR_KEYWORD for p in accepted.values()):
        extra = {key: value for key, value in extra.items() if key in accepted}
    with jax.numpy_rank_promotion("allow"):  # what optax does inside is its own business
        return optimizer.update(gradients, state, params, **extra)


def trained(name, optimizer, steps=3):
    params, state = PARAMS, optimizer.init(PARAMS)
    next_update = jax.jit(functools.partial(update, name, optimizer))
    for step in range(steps):
        updates, state = next_update(random_like(params, step), state, params)
        params = optax.apply_updates(params, updates)
    return params, state


def touched():
    roles = [WIRING.mask(PARAMS, CHOSEN, role) for role in ("incoming", "bias", "outgoing")]
    return jax.tree.map(lambda a, b, c, p: np.broadcast_to(a | b | c, p.shape), *roles, PARAMS)


def dependencies(name, optimizer):
    """For every leaf of the state, (entries of the leaf, entries of all parameters): who depends
    on whom, found by changing one entry at a time of where the optimizer starts, of its first
    two gradients (0 otherwise) and of the parameters at these updates."""
    flat, unravel = jax.flatten_util.ravel_pytree(PARAMS)
    # The gradient of one weight that is never recycled, so that no norm is 0.
    always = jax.flatten_util.ravel_pytree(
        jax.tree.map(jnp.zeros_like, PARAMS)
        | {"out": {"bias": jnp.eye(3)[0], "kernel": 0 * PARAMS["out"]["kernel"]}}
    )[0]

    def state(start, gradient, now):
        fresh = optimizer.init(unravel(start))
        once, twice = unravel(always + gradient), unravel(always + 3 * gradient)
        first = update(name, optimizer, once, fresh, unravel(now))[1]
        second = update(name, optimizer, twice, first, unravel(now))[1]
        return jax.tree.leaves((fresh, first, second))

    zero, one = jnp.zeros_like(flat), jnp.eye(flat.size)
    none = jnp.zeros_like(one)
    ways = (
        (one, none, none),
        (none, one, none),
        (none, none, one),
        (none, one, one),
        (none, one, -one),
    )
    changes = [jnp.concatenate(each) for each in zip(*ways, strict=True)]
    moved = jax.vmap(lambda a, b, c: state(flat + a, b, flat + c))(*changes)
    base = state(flat, zero, flat)
    depends = []
    for old, new in zip(base, moved, strict=True):
        if jax.dtypes.issubdtype(old.dtype, jax.dtypes.prng_key):
            old, new = jax.random.key_data(old), jax.random.key_data(new)
        differs = ~np.isclose(new, old[None], rtol=0, atol=0, equal_nan=True)
        depends.append(np.moveaxis(differs.reshape(len(ways), flat.size, *old.shape).any(0), 0, -1))
    count = len(depends) // 3
    return [
        a | b | c for a, b, c in zip(*(depends[i * count :][:count] for i in range(3)), strict=True)
    ]


@pytest.mark.parametrize("name", cases())
def test_forgets_what_was_re_initialised_and_nothing_else(name):
    optimizer = build(name)
    params, state = trained(name, optimizer)
    new, after = recycle(jax.random.key(5), params, state, CHOSEN, WIRING, init, optimizer)
    assert jax.tree.structure(after) == jax.tree.structure(state)
    fresh = jax.tree.leaves(optimizer.init(new))
    marked = np.concatenate([mask.ravel() for mask in jax.tree.leaves(touched())])
    for depends, old, now, initial in zip(
        dependencies(name, optimizer),
        jax.tree.leaves(state),
        jax.tree.leaves(after),
        fresh,
        strict=True,
    ):
        assert (now.dtype, now.shape) == (old.dtype, old.shape)
        if jax.dtypes.issubdtype(old.dtype, jax.dtypes.prng_key):
            old, now, initial = map(jax.random.key_data, (old, now, initial))
        forgotten = depends.any(-1) & ~(depends & ~marked).any(-1)
        np.testing.assert_array_equal(now, np.where(forgotten, initial, old))


@pytest.mark.parametrize("name", cases(*NOISY, *MOVING))
def test_nothing_pulls_a_recycled_weight_back(name):
    """Without a gradient, the next update leaves the new weights where they are, or decays them
    by a hundredth at most."""
    optimizer = build(name)
    params, state = trained(name, optimizer, steps=4)
    new, after = recycle(jax.random.key(5), params, state, CHOSEN, WIRING, init, optimizer)
    nothing = jax.tree.map(jnp.zeros_like, new)
    updates, _ = update(name, optimizer, nothing, after, new)
    jax.tree.map(
        lambda mask, u, p: np.testing.assert_array_less(
            np.abs(u)[mask], 1e-6 + 1e-2 * np.abs(np.asarray(p))[mask]
        ),
        touched(),
        updates,
        new,
    )


def test_every_optimizer_is_understood_or_refused():
    """Also one that a new version of optax brings: it works, or it has to be listed above."""
    for name in [*ALL, *TOGETHER]:
        optimizer = build(name)
        if name in REFUSED:
            continue
        assert find_memory(optimizer, PARAMS).structure == jax.tree.structure(
            optimizer.init(PARAMS)
        )


@pytest.mark.parametrize(("name", "reason"), REFUSED.items())
def test_what_cannot_forget_single_weights_is_refused_when_the_intervention_is_built(name, reason):
    with pytest.raises(OptimizerError, match=reason):
        redo(0.1, WIRING, init, build(name))


def counts(state):
    leaves = jax.tree_util.tree_flatten_with_path(state)[0]
    return {
        jax.tree_util.keystr(p): leaf for p, leaf in leaves if "count" in jax.tree_util.keystr(p)
    }


def test_only_the_counts_of_moments_restart():
    """Adam's count does; what a schedule, a plateau or an injected value has come to does not."""
    optimizer = optax.chain(
        optax.add_noise(0.1, 0.5, key=0),
        optax.inject_hyperparams(optax.adam)(optax.linear_schedule(1.0, 0.0, 10)),
        optax.scale_by_schedule(optax.linear_schedule(1.0, 0.0, 10)),
        optax.contrib.reduce_on_plateau(),
    )
    params, state = trained("chain", optimizer)
    options = RecycleOptions(reset_count=True)
    _, after = recycle(jax.random.key(0), params, state, CHOSEN, WIRING, init, optimizer, options)
    old, new = counts(state), counts(after)
    restarted = {path for path in old if old[path] != new[path]}
    assert restarted == {"[1].inner_state[0].count"} and old["[1].inner_state[0].count"] == 3
    assert after[1].hyperparams["learning_rate"] == state[1].hyperparams["learning_rate"] < 1
    np.testing.assert_array_equal(*(jax.random.key_data(s[0].rng_key) for s in (after, state)))


def test_a_jitted_optimizer_remembers_what_it_computes():
    plain = optax.adam(0.1)
    jitted = optax.GradientTransformation(jax.jit(plain.init), jax.jit(plain.update))
    shapes = jax.eval_shape(init, jax.random.key(0))
    found, expected = (find_memory(optimizer, shapes) for optimizer in (jitted, plain))
    assert found == expected
    assert any(expected.counters) and not any(expected.copies)
    copying = optax.GradientTransformation(jax.jit(lambda p: (p, 0.0)), plain.update)
    assert find_memory(copying, shapes).copies[:-1] == (True,) * len(jax.tree.leaves(shapes))


def test_a_pair_of_moments_is_not_taken_for_a_pair_of_parameters():
    """Without names and of one shape: each moment has the parameters' structure, the pair too."""

    def init(params):
        return jax.tree.map(jnp.zeros_like, params), jax.tree.map(jnp.zeros_like, params)

    optimizer = optax.GradientTransformation(init, optax.identity().update)
    shapes = (jax.ShapeDtypeStruct((3, 3), jnp.float32),) * 2
    assert [place.parameter for place in find_memory(optimizer, shapes).places] == [0, 1, 0, 1]


def test_a_counter_beside_an_empty_state_is_no_pair_of_parameters():
    counter = optax.GradientTransformation(
        lambda params: jnp.int32(0), lambda updates, state, params=None: (updates, state + 1)
    )
    optimizer = optax.chain(optax.clip(1.0), counter)
    params = (jnp.ones((3, 3)), jnp.ones((3, 3)))
    assert find_memory(optimizer, params).places == (None,)
    everything = jax.tree.map(lambda leaf: jnp.ones(leaf.shape, bool), params)
    state = (optax.EmptyState(), jnp.int32(7))
    assert forget(optimizer, state, params, everything)[1] == 7


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (ADAM.init({"first": jnp.ones(3)}), r"mu\['first'\]\['bias'\] is missing"),
        (optax.sgd(1e-2).init({}), r"\[0\].count is missing"),
    ],
)
def test_the_state_of_another_optimizer(state, message):
    params = init(jax.random.key(0))
    with pytest.raises(OptimizerError, match=message):
        recycle(jax.random.key(0), params, state, CHOSEN, WIRING, init, ADAM)


def test_a_state_whose_arrays_are_wrapped_otherwise():
    params = init(jax.random.key(0))
    wrapped = list(ADAM.init(params))
    with pytest.raises(OptimizerError, match="its arrays are wrapped otherwise"):
        recycle(jax.random.key(0), params, wrapped, CHOSEN, WIRING, init, ADAM)


def test_copies_follow_the_parameters_also_where_moments_are_kept():
    optimizer = optax.contrib.prodigy()
    params, state = trained("prodigy", optimizer)
    options = RecycleOptions(moments="keep")
    new, after = recycle(jax.random.key(0), params, state, CHOSEN, WIRING, init, optimizer, options)
    kept = find_memory(optimizer, params)
    assert any(kept.copies)
    for copy, old, now in zip(kept.copies, *map(jax.tree.leaves, (state, after)), strict=True):
        assert copy or (np.asarray(old) == np.asarray(now)).all()
    np.testing.assert_array_equal(
        after.params0["first"]["kernel"][:, 2], new["first"]["kernel"][:, 2]
    )


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_parameters_keep_their_precision_and_updates_fit_into_cond_and_scan(dtype):
    half = jax.tree.map(lambda leaf: leaf.astype(dtype), PARAMS)
    mixed = {**half, "out": PARAMS["out"]}
    for params in (half, mixed):
        intervention = redo(0.5, derive_wiring(apply, params, INPUTS.astype(dtype)), init, ADAM)
        activations = apply(params, INPUTS.astype(dtype))[1]
        carry = params, ADAM.init(params), intervention.init(activations)

        def check(carry, key, activations=activations, intervention=intervention):
            params, opt_state, state = carry
            return jax.lax.cond(
                state.step < 2,
                lambda: intervention.update(key, params, opt_state, activations, state),
                lambda: carry,
            ), None

        after, _ = jax.lax.scan(check, carry, jax.random.split(jax.random.key(0), 3))
        assert after[2].step == 2 and after[2].scores["first"].dtype == jnp.float32
        jax.tree.map(lambda a, b: None if a.dtype == b.dtype else pytest.fail(), after, carry)


def test_a_state_of_another_optimizer_is_refused():
    with pytest.raises(OptimizerError, match="not one that this optimizer makes"):
        recycle(jax.random.key(0), PARAMS, optax.sgd(0.1).init(PARAMS), CHOSEN, WIRING, init, ADAM)


def test_a_single_array_of_parameters_works():
    params = jnp.ones((4, 3))
    optimizer = optax.chain(optax.adam(1e-2), optax.contrib.schedule_free_sgd(1e-2))
    memory = find_memory(optimizer, params)
    shapes = [leaf.shape for leaf in jax.tree.leaves(optimizer.init(params))]
    assert [place is not None for place in memory.places] == [s == (4, 3) for s in shapes]
