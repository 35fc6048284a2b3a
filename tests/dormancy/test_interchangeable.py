"""Sharing weights needs neurons that read the same and are read by the same."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import dormancy
from dormancy import derive_wiring, reborn, share_neurons

IMAGES = jax.random.normal(jax.random.key(0), (2, 5, 5, 2))
OPTIMIZER = optax.adam(1e-3)
CHANNELS = 6


def convolution(images, kernel, groups=1):
    return jax.lax.conv_general_dilated(
        *(images, kernel, (1, 1), "SAME"),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=groups,
    )


def init_params(key):
    keys = jax.random.split(key, 5)
    return {
        "first": jax.random.normal(keys[0], (3, 3, 2, CHANNELS)),
        "depthwise": jax.random.normal(keys[1], (3, 3, 1, CHANNELS)),
        "grouped": jax.random.normal(keys[2], (3, 3, CHANNELS // 2, CHANNELS)),
        "pointwise": jax.random.normal(keys[3], (1, 1, CHANNELS, 4)),
        "out": jax.random.normal(keys[4], (4, 3)),
    }


def network(middle: str, groups: int, recorded: str):
    """First convolution, one in groups, a pointwise one; either of the first two is recorded."""

    def apply(params, images):
        first = jax.nn.relu(convolution(images, params["first"]))
        second = jax.nn.relu(convolution(first, params[middle], groups))
        pooled = jax.nn.relu(convolution(second, params["pointwise"])).mean((1, 2))
        return pooled @ params["out"], {"layer": {"first": first, "second": second}[recorded]}

    return apply


# Where neurons are no equals.
UNEQUAL = [("depthwise", 6, "first"), ("depthwise", 6, "second"), ("grouped", 2, "second")]


def wired(middle, groups, recorded):
    apply, params = network(middle, groups, recorded), init_params(jax.random.key(1))
    return apply, params, derive_wiring(apply, params, IMAGES)


@pytest.mark.parametrize("case", UNEQUAL, ids=lambda case: f"{case[0]}, {case[2]}")
def test_neurons_beside_groups_share_nothing(case):
    _, params, wiring = wired(*case)
    assert not wiring.layers["layer"].interchangeable
    with pytest.raises(dormancy.WiringError, match="depthwise or grouped"):
        share_neurons(
            *(jax.random.key(0), params, OPTIMIZER.init(params)),
            {"layer": jnp.array([3, 1, 2, 3, 4, 5])},
            *(wiring, OPTIMIZER),
        )


@pytest.mark.parametrize("case", UNEQUAL, ids=lambda case: f"{case[0]}, {case[2]}")
def test_reborn_recycles_them_and_the_outputs_stay(case):
    apply, params, wiring = wired(*case)
    formed_by = "first" if case[2] == "first" else case[0]
    params[formed_by] = params[formed_by].at[..., 0].set(0)
    outputs, activations = apply(params, IMAGES)
    intervention = reborn(0.0, wiring, init_params, OPTIMIZER, over_active=1.0)
    new, _, state = intervention.update(
        *(jax.random.key(2), params, OPTIMIZER.init(params), activations),
        intervention.init(activations),
    )
    assert state.recycled["layer"].tolist() == [True] + [False] * 5
    assert (new[formed_by][..., 0] != 0).any()
    np.testing.assert_allclose(apply(new, IMAGES)[0], outputs, rtol=1e-4, atol=1e-4)


def test_neurons_of_an_ensemble_are_equals():
    def apply(params, x):
        hidden = jax.vmap(lambda w: jax.nn.relu(x @ w))(params["w"])
        return jnp.einsum("mbh,mh->mb", hidden, params["v"]), {"hidden": hidden}

    params = {"w": jnp.ones((2, 4, 3)), "v": jnp.ones((2, 3))}
    assert derive_wiring(apply, params, jnp.ones((1, 4))).layers["hidden"].interchangeable
