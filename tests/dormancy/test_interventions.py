"""One battery of tests for every intervention, in the style of optax."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from dormancy import derive_wiring, prune, redo, reset, track
from tests.dormancy.networks import CASES

CASE = CASES["dueling"]
OPTIMIZER = optax.adam(1e-3)


def build(kind: str):
    if kind == "track":
        return track(tau=0.1)
    params = CASE.init(jax.random.key(0))
    if kind == "reset":
        chosen = dict.fromkeys(params, False) | {"dense": True}
        return reset(0.1, chosen, CASE.init, OPTIMIZER)
    wiring = derive_wiring(CASE.apply, params, CASE.inputs)
    if kind == "prune":
        return prune(0.0, wiring, OPTIMIZER)
    return redo(0.1, wiring, CASE.init, OPTIMIZER)


def start(seed: int):
    params = CASE.init(jax.random.key(seed))
    # Two neurons silent from the beginning.
    dense = params["dense"]
    dense = {"kernel": dense["kernel"].at[:, :2].set(0), "bias": dense["bias"]}
    return params | {"dense": dense}


def check(intervention, params, opt_state, state, key):
    activations = CASE.apply(params, CASE.inputs)[1]
    return intervention.update(key, params, opt_state, activations, state)


@pytest.fixture(params=["track", "redo", "reset", "prune"])
def intervention(request):
    return build(request.param)


def test_jit_changes_nothing_and_structures_stay(intervention):
    params = start(0)
    state = intervention.init(CASE.apply(params, CASE.inputs)[1])
    arguments = (params, OPTIMIZER.init(params), state, jax.random.key(1))
    plain = check(intervention, *arguments)
    jitted = jax.jit(lambda *a: check(intervention, *a))(*arguments)
    assert jax.tree.structure(plain) == jax.tree.structure(arguments[:3])
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), plain, jitted)
    for new, old in zip(jax.tree.leaves(jitted), jax.tree.leaves(arguments[:3]), strict=True):
        assert (new.shape, new.dtype) == (old.shape, old.dtype)


def test_vmap_over_seeds_equals_single_calls(intervention):
    singles, stacked = [], []
    for seed in range(3):
        params = start(seed)
        state = intervention.init(CASE.apply(params, CASE.inputs)[1])
        arguments = (params, OPTIMIZER.init(params), state)
        stacked.append(arguments)
        singles.append(check(intervention, *arguments, jax.random.key(seed)))
    fleet = jax.tree.map(lambda *leaves: jnp.stack(leaves), *stacked)
    keys = jnp.stack([jax.random.key(seed) for seed in range(3)])
    together = jax.vmap(lambda key, a: check(intervention, *a, key))(keys, fleet)
    expected = jax.tree.map(lambda *leaves: jnp.stack(leaves), *singles)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6), together, expected
    )


def test_remembers_what_was_ever_dormant(intervention):
    params = start(0)
    opt_state = OPTIMIZER.init(params)
    state = intervention.init(CASE.apply(params, CASE.inputs)[1])
    _, _, state = check(intervention, params, opt_state, state, jax.random.key(0))
    first = np.asarray(state.dormant["dense"])
    assert first[:2].all()
    _, _, state = check(
        intervention, CASE.init(jax.random.key(9)), opt_state, state, jax.random.key(1)
    )
    assert state.step == 2
    np.testing.assert_array_equal(state.ever_dormant["dense"], first | state.dormant["dense"])


def test_only_redo_recycles():
    params = start(0)
    opt_state = OPTIMIZER.init(params)
    for kind, expected in (("track", False), ("redo", True)):
        intervention = build(kind)
        state = intervention.init(CASE.apply(params, CASE.inputs)[1])
        new, _, state = check(intervention, params, opt_state, state, jax.random.key(0))
        assert bool(state.recycled["dense"][0]) == expected
        assert bool((new["dense"]["kernel"][:, 0] != 0).any()) == expected
