"""Arrays that change in place hide who reads what is written to them."""

import jax
import jax.numpy as jnp
import pytest

from dormancy import WiringError, derive_wiring

new_ref = pytest.importorskip("jax.ref").new_ref
X = jax.random.normal(jax.random.key(0), (3, 4))
PARAMS = {
    name: jnp.ones(shape)
    for name, shape in {"w": (4, 4), "u": (4, 4), "v": (4, 2), "v2": (4, 2)}.items()
}


def read_later(p, x):
    hidden = jax.nn.relu(x @ p["w"])
    kept = new_ref(jnp.zeros(hidden.shape))
    kept[...] = hidden
    return hidden @ p["v"] + kept[...] @ p["v2"], {"hidden": hidden}


def begins_with(p, x):
    hidden = jax.nn.relu(x @ p["w"])
    kept = new_ref(hidden)
    return hidden @ p["v"] + kept[...] @ p["v2"], {"hidden": hidden}


def written_before_recorded(p, x):
    linear = x @ p["w"]
    kept = new_ref(linear)
    return (hidden := jax.nn.relu(linear)) @ p["v"] + kept[...] @ p["v2"], {"hidden": hidden}


def added_to(p, x):
    hidden = jax.nn.relu(x @ p["w"])
    total = new_ref(jnp.zeros(hidden.shape))
    jax.ref.addupdate(total, ..., hidden)
    return hidden @ p["v"] + total[...] @ p["v2"], {"hidden": hidden}


def state_of_a_loop(p, x):
    state = new_ref(jnp.zeros((3, 4)))

    def step(carry, x):
        state[...] = hidden = jnp.tanh(x @ p["w"] + state[...] @ p["u"])
        return carry, hidden

    _, hidden = jax.lax.scan(step, 0, jnp.stack([x, 2 * x, 3 * x]))
    return hidden @ p["v"], {"hidden": hidden}


def written_in_a_condition(p, x):
    hidden = jax.nn.relu(x @ p["w"])
    kept = new_ref(jnp.zeros(hidden.shape))

    def write():
        kept[...] = hidden

    jax.lax.cond(x[0, 0] > 0, write, lambda: None)
    return hidden @ p["v"] + kept[...] @ p["v2"], {"hidden": hidden}


COUNTS = new_ref(jnp.zeros((3, 4), int))


def kept_for_the_next_call(p, x):
    hidden = jax.nn.relu(x @ p["w"])
    COUNTS[...] = (hidden > 0).astype(int)
    return hidden @ p["v"], {"hidden": hidden}


@pytest.mark.parametrize(
    "apply",
    [
        read_later,
        begins_with,
        written_before_recorded,
        added_to,
        state_of_a_loop,
        written_in_a_condition,
        kept_for_the_next_call,
    ],
)
@pytest.mark.parametrize("exact", [True, False])
def test_what_is_written_in_place_is_refused(apply, exact):
    message = r"'hidden': it is written to .*\(jax.new_ref\).* \(test_references.py:\d+\)"
    with pytest.raises(WiringError, match=message):
        derive_wiring(apply, PARAMS, X, exact=exact)


def test_what_is_read_in_place_may_come_from_the_input():
    def apply(p, x):
        hidden = jax.nn.relu(x @ p["w"])
        kept = new_ref(jnp.zeros(x.shape))
        kept[...] = x
        return (hidden + kept[...]) @ p["v"], {"hidden": hidden}

    with pytest.raises(WiringError, match="also read something else of the input"):
        derive_wiring(apply, PARAMS, X, exact=False)


def test_a_neuron_that_is_written_behind_its_reader_is_wired():
    def apply(p, x):
        hidden = jax.nn.relu(x @ p["w"])
        last = new_ref(hidden @ p["v"])
        return last[...], {"hidden": hidden}

    assert derive_wiring(apply, PARAMS, X).recyclable == ("hidden",)


def test_weights_that_are_written_in_place_are_nobodys():
    def apply(p, x):
        kept = new_ref(p["v"])
        hidden = jax.nn.relu(x @ p["w"])
        return hidden @ p["v"] + (2 * x) @ kept[...], {"hidden": hidden}

    with pytest.raises(WiringError, match="the weights that read it serve elsewhere too"):
        derive_wiring(apply, PARAMS, X)
