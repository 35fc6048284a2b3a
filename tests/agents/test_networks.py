"""Networks from specifications: activations by name, and what each leaves undecided."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from agents.networks.build import NETWORKS, build_network
from agents.spec import NetworkSpec, RunSpec
from dormancy import derive_wiring

FRAMES = jax.random.randint(jax.random.key(0), (3, 20, 20, 4), 0, 256, jnp.uint8)


def made(**choices):
    network = build_network(NetworkSpec(width=0.125, **choices), num_actions=4)
    return network, network.init(jax.random.key(1), FRAMES)["params"]


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_leaky_network_hands_on_a_hundredth_of_what_is_negative(kind):
    network, params = made(kind=kind)
    leaky, _ = made(kind=kind, activation="leaky_relu")
    _, rectified = network.apply({"params": params}, FRAMES)
    _, leaking = leaky.apply({"params": params}, FRAMES)
    first = next(iter(rectified))
    np.testing.assert_allclose(jnp.maximum(leaking[first], 0), rectified[first], atol=1e-6)
    assert (leaking[first] < 0).any()


def test_a_field_with_its_default_changes_no_run():
    assert RunSpec(network=NetworkSpec(kind="nature", activation="relu")).run_id == RunSpec().run_id
    assert RunSpec(network=NetworkSpec(activation="leaky_relu")).run_id != RunSpec().run_id


def test_of_a_residual_network_only_inner_convolutions_and_the_dense_layer_are_recycled():
    network, params = made(kind="impala")
    wiring = derive_wiring(
        lambda p, x: network.apply({"params": p}, x), params, FRAMES, strict=False
    )
    inner = {f"Stack_{stack}/Conv_{conv}" for stack in range(3) for conv in (1, 3)}
    assert set(wiring.recyclable) == inner | {"Dense_0"}
    assert set(wiring.undecided) == {f"Stack_{s}/Conv_{c}" for s in range(3) for c in (0, 2)}
