"""One battery of tests for every intervention, in the style of optax.

A new intervention is a function in `dormancy.interventions` and a line in `KINDS`.
"""

from collections.abc import Callable
import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import dormancy
from dormancy import (
    Observed,
    at_random,
    by_activation,
    by_utility,
    cosine_fraction,
    derive_wiring,
    highest,
    lowest,
)
import dormancy.interventions

OPTIMIZER = optax.adam(1e-2)
INPUTS = jax.random.normal(jax.random.key(0), (32, 6))
SIZES = {"first": (6, 9), "second": (9, 8), "out": (8, 3)}
HIDDEN = ("first", "second")
# The neurons of each hidden layer that never fire.
SILENT = 2


def apply(params, x):
    first = jnp.maximum(x @ params["first"]["w"] + params["first"]["b"][None], 0)
    second = jnp.maximum(first @ params["second"]["w"] + params["second"]["b"][None], 0)
    outputs = second @ params["out"]["w"] + params["out"]["b"][None]
    return outputs, {"first": first, "second": second}


def init_params(key):
    def layer(key, shape):
        weights = jax.random.normal(key, shape) / np.sqrt(shape[0])
        # Of a type as definite as what comes out of a check, or the next one is compiled anew.
        return {"b": jnp.full(shape[1], 0.1, jnp.float32), "w": weights}

    keys = jax.random.split(key, len(SIZES))
    return {n: layer(k, shape) for k, (n, shape) in zip(keys, SIZES.items(), strict=True)}


SHAPES = jax.eval_shape(init_params, jax.random.key(0))
WIRING = derive_wiring(apply, SHAPES, INPUTS)
PIECES = (WIRING, init_params, OPTIMIZER)


def of_recycled(state, before):
    """Entries that belong to the neurons which the state calls recycled."""
    del before
    neurons = {name: state.recycled[name] for name in WIRING.recyclable}
    masks = [WIRING.mask(SHAPES, neurons, role) for role in ("incoming", "bias", "outgoing")]
    return jax.tree.map(lambda a, b, c: a | b | c, *masks)


def of_dealt(state, before):
    """The same, and what the over-active neurons handed over."""
    over = {name: state.scores[name] > 1 for name in WIRING.recyclable}
    outgoing = WIRING.mask(SHAPES, over, "outgoing")
    return jax.tree.map(jnp.logical_or, of_recycled(state, before), outgoing)


SECOND = {"first": False, "second": True, "out": False}


def of_second_layer(state, before):
    del state, before
    return jax.tree.broadcast(SECOND, SHAPES)


def of_all(state, before):
    del state, before
    return jax.tree.map(lambda _: True, SHAPES)


class Kind(NamedTuple):
    """How an intervention is built for the battery, and what holds for it.

    Attributes:
      build: -> the intervention, so that it acts on the silent neurons if it goes by scores.
      lawful: at its first check it acts on all silent neurons and no others, and the outputs stay.
      scored: it chooses by scores, and so chooses nothing where they are not finite.
      touched: (state, before) -> mask of the entries that it may change.
    """

    build: Callable[[], dormancy.Intervention]
    lawful: bool = False
    scored: bool = True
    touched: Callable = of_recycled


def _recycler(select, **options):
    return dormancy.recycler(select, *PIECES, **options)


# One line an intervention.
KINDS = {
    "track": Kind(lambda: dormancy.track(0.1)),
    "redo": Kind(lambda: dormancy.redo(0.0, *PIECES), lawful=True),
    "regrama": Kind(lambda: dormancy.regrama(*PIECES, threshold=0.0), lawful=True),
    "reset": Kind(lambda: dormancy.reset(0.1, SECOND, *PIECES[1:]), False, False, of_second_layer),
    "prune": Kind(lambda: dormancy.prune(0.0, WIRING, OPTIMIZER), lawful=True),
    "shrink": Kind(
        lambda: dormancy.shrink_and_perturb(0.8, 0.2, *PIECES[1:]), False, False, of_all
    ),
    "backprop": Kind(lambda: dormancy.continual_backprop(*PIECES, 0.25, maturity=0), lawful=True),
    "snr": Kind(lambda: dormancy.self_normalized_resets(*PIECES, 0.01, 2, 1), lawful=True),
    "reborn": Kind(lambda: dormancy.reborn(0.0, *PIECES, 1.0), True, True, of_dealt),
}
# Other choices of neurons on the same code as "redo".
SELECTIONS = {
    "lowest": Kind(lambda: _recycler(lowest(SILENT)), lawful=True),
    "scheduled": Kind(lambda: _recycler(lowest(cosine_fraction(0.25, 9))), lawful=True),
    "threshold ties": Kind(lambda: _recycler(lowest(1, ties="threshold")), lawful=True),
    "utility": Kind(lambda: _recycler(lowest(SILENT, by_utility())), lawful=True),
    "mean-subtracted": Kind(
        lambda: _recycler(lowest(SILENT, by_activation(subtract_mean=True))), lawful=True
    ),
    "at random": Kind(lambda: _recycler(at_random(3))),
    "highest": Kind(lambda: _recycler(highest(3))),
}
ALL = KINDS | SELECTIONS

every = pytest.mark.parametrize("kind", KINDS)


def every_but_slowly(*heavy: str):
    """Those whose programs are large take seconds to compile where each test compiles its own."""
    return pytest.mark.parametrize(
        "kind", [pytest.param(k, marks=[pytest.mark.slow] if k in heavy else []) for k in KINDS]
    )


every_selection_too = pytest.mark.parametrize("kind", ALL)


@functools.cache
def built(kind: str) -> dormancy.Intervention:
    return ALL[kind].build()


def observe(params, inputs=INPUTS):
    """Activations and gradients at some parameters."""

    def loss(params):
        outputs, activations = apply(params, inputs)
        return jnp.mean((outputs - 1) ** 2), activations

    gradients, activations = jax.grad(loss, has_aux=True)(params)
    return Observed(activations, gradients)


def start(kind: str, seed: int = 0):
    """Parameters with silent neurons, an optimizer state without zeros, the first state."""
    params = init_params(jax.random.key(seed))
    for name in HIDDEN:
        layer = params[name]
        params[name] = {"b": layer["b"].at[:SILENT].set(-100.0), "w": layer["w"]}
    opt_state = jax.tree.map(
        lambda leaf: leaf + jnp.asarray(1 + seed, leaf.dtype), OPTIMIZER.init(params)
    )
    return params, opt_state, built(kind).init(observe(params).activations)


def plain_check(kind: str, params, opt_state, state, key, inputs=INPUTS):
    return built(kind).update(key, params, opt_state, observe(params, inputs), state)


@functools.cache
def compiled(kind: str):
    return jax.jit(functools.partial(plain_check, kind))


def check(kind: str, params, opt_state, state, key, inputs=INPUTS):
    """One check, compiled once for all tests."""
    return compiled(kind)(params, opt_state, state, key, inputs)


def assert_close(a, b):
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-5), a, b)


def assert_same_kind(new, old):
    assert jax.tree.structure(new) == jax.tree.structure(old)
    for a, b in zip(jax.tree.leaves(new), jax.tree.leaves(old), strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)


@every
def test_jit_with_donated_buffers_changes_nothing_and_structures_stay(kind):
    arguments = start(kind)
    plain = plain_check(kind, *arguments, jax.random.key(1))
    assert_same_kind(plain, arguments)
    donated = jax.jit(functools.partial(plain_check, kind), donate_argnums=(0, 1, 2))
    # Copies: what passes through unchanged is one buffer in `arguments` and in `plain`.
    once = donated(*jax.tree.map(jnp.copy, arguments), jax.random.key(1))
    assert_close(once, plain)
    assert_same_kind(once, plain)
    # And once more with what came out: no two of its buffers may be one.
    assert donated(*once, jax.random.key(2))[2].step == 2


@every_but_slowly("reborn")
def test_vmap_over_seeds_equals_single_calls(kind):
    starts = [start(kind, seed) for seed in range(3)]
    keys = [jax.random.key(seed) for seed in range(3)]
    singles = [check(kind, *s, k) for s, k in zip(starts, keys, strict=True)]
    stack = functools.partial(jax.tree.map, lambda *leaves: jnp.stack(leaves))
    together = jax.jit(jax.vmap(lambda a, k: plain_check(kind, *a, k)))(
        stack(*starts), jnp.stack(keys)
    )
    assert_close(together, stack(*singles))


@every_but_slowly("reborn", "snr", "backprop")
def test_scan_and_cond_equal_a_loop(kind):
    """Checks at every other step inside of `scan`, as in training that is one program."""
    arguments = start(kind)
    keys = jax.random.split(jax.random.key(2), 6)

    def step(carry, numbered):
        number, key = numbered
        due = number % 2 == 0
        carry = jax.lax.cond(due, lambda c: plain_check(kind, *c, key), lambda c: c, carry)
        return carry, None

    scanned, _ = jax.jit(lambda c: jax.lax.scan(step, c, (jnp.arange(6), keys)))(arguments)
    looped = arguments
    for number in (0, 2, 4):
        looped = check(kind, *looped, keys[number])
    assert looped[2].step == scanned[2].step == 3
    assert_close(scanned, looped)


@every_selection_too
def test_parameters_keep_their_precision_and_scores_are_float32(kind):
    """Shapes and types follow from tracing alone."""
    params, _, state = start(kind)
    params = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), params)
    arguments = (params, OPTIMIZER.init(params), state)
    inputs = INPUTS.astype(jnp.bfloat16)
    new = jax.eval_shape(
        functools.partial(plain_check, kind), *arguments, jax.random.key(1), inputs
    )
    assert_same_kind(new, arguments)
    assert all(scores.dtype == jnp.float32 for scores in new[2].scores.values())


@every_selection_too
@pytest.mark.parametrize("bad", [jnp.nan, jnp.inf])
def test_nothing_is_chosen_by_scores_that_are_not_finite(kind, bad):
    """One input is spoilt, after a good check: layers, optimizer and memory stay as they are."""
    params, opt_state, state = check(kind, *start(kind), jax.random.key(0))
    inputs = INPUTS.at[3].set(bad)
    new, new_opt_state, after = check(kind, params, opt_state, state, jax.random.key(1), inputs)
    assert after.step == 2
    assert all(not mask.any() for mask in after.dormant.values())
    assert all(not mask.any() for mask in after.recycled.values())
    assert np.isnan(dormancy.dormant_share(after.scores, 0.1))
    if ALL[kind].scored:
        same = functools.partial(jax.tree.map, np.testing.assert_array_equal)
        same(new, params)
        same(new_opt_state, opt_state)
        same(after.memory, state.memory)


@every_selection_too
def test_what_is_not_touched_stays_bit_for_bit(kind):
    before = start(kind)
    params, opt_state, _ = before
    new, new_opt_state, state = check(kind, *before, jax.random.key(1))
    touched = ALL[kind].touched(state, before)
    adam, new_adam = opt_state[0], new_opt_state[0]
    assert new_adam.count == adam.count
    for old_tree, new_tree in ((params, new), (adam.mu, new_adam.mu), (adam.nu, new_adam.nu)):
        jax.tree.map(
            lambda old, now, mask: np.testing.assert_array_equal(
                jnp.where(mask, 0, now), jnp.where(mask, 0, old)
            ),
            old_tree,
            new_tree,
            touched,
        )


LAWFUL = [kind for kind, what in ALL.items() if what.lawful]


@pytest.mark.parametrize("kind", LAWFUL)
@pytest.mark.parametrize("seed", range(3))
def test_acting_on_silent_neurons_leaves_the_outputs(kind, seed):
    before = start(kind, seed)
    outputs = apply(before[0], INPUTS)[0]
    params, _, state = check(kind, *before, jax.random.key(100 + seed))
    for name in HIDDEN:
        assert state.recycled[name].tolist() == [True] * SILENT + [False] * (
            SIZES[name][1] - SILENT
        )
    np.testing.assert_allclose(apply(params, INPUTS)[0], outputs, rtol=1e-5, atol=1e-5)
    assert any((params[name]["w"] != before[0][name]["w"]).any() for name in HIDDEN)


@every
def test_remembers_what_was_ever_dormant(kind):
    params, opt_state, state = start(kind)
    _, _, state = check(kind, params, opt_state, state, jax.random.key(0))
    first = {name: np.asarray(state.dormant[name]) for name in HIDDEN}
    assert all(mask[:SILENT].all() for mask in first.values())
    other = init_params(jax.random.key(9))
    _, _, state = check(kind, other, opt_state, state, jax.random.key(1))
    assert state.step == 2
    for name in HIDDEN:
        np.testing.assert_array_equal(state.ever_dormant[name], first[name] | state.dormant[name])


@every
def test_activations_alone_will_do_unless_gradients_are_needed(kind):
    params, opt_state, state = start(kind)
    seen = observe(params)
    both = built(kind).update(jax.random.key(1), params, opt_state, seen, state)
    if built(kind).needs_gradients:
        with pytest.raises(ValueError, match="pass Observed"):
            built(kind).update(jax.random.key(1), params, opt_state, seen.activations, state)
    else:
        alone = built(kind).update(jax.random.key(1), params, opt_state, seen.activations, state)
        jax.tree.map(np.testing.assert_array_equal, alone, both)


def test_every_intervention_of_the_library_is_in_the_battery():
    """By name, so that one that is forgotten here is missed."""
    made = {name for name in dormancy.interventions.__all__ if name[0].islower()}
    used = {name for kind in KINDS.values() for name in kind.build.__code__.co_names}
    assert made - {"recycler"} <= used


def test_only_those_that_recycle_recycle():
    for kind, expected in (("track", False), ("redo", True)):
        before = start(kind)
        params, _, state = check(kind, *before, jax.random.key(5))
        assert bool(state.recycled["first"][0]) == expected
        assert bool((params["first"]["w"] != before[0]["first"]["w"]).any()) == expected
