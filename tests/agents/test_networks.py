"""Networks from specifications: activations by name, and what each leaves undecided."""

import dataclasses
from typing import Literal

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from agents.errors import UserError
from agents.networks.build import NETWORKS, build_network
from agents.spec import AtariTask, NetworkSpec, RunSpec
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


@dataclasses.dataclass(frozen=True)
class OwnSpec(NetworkSpec):
    kind: Literal["test_own"] = "test_own"
    units: int = 64


class Common(nn.Module):
    num_actions: int
    width: float
    activation: str
    convolution: str


class Own(Common):
    units: int


def test_a_network_of_a_users_own_is_given_its_own_numbers(monkeypatch):
    monkeypatch.setitem(NETWORKS, "test_own", Own)
    assert build_network(OwnSpec(units=128), num_actions=4).units == 128
    monkeypatch.setitem(NETWORKS, "test_own", Common)
    with pytest.raises(UserError, match="OwnSpec has a field 'units', which Common does not take"):
        build_network(OwnSpec(), num_actions=4)


def wiring_of(kind):
    network, params = made(kind=kind)

    def apply(params, frames):
        return network.apply({"params": params}, frames)

    return derive_wiring(apply, params, FRAMES, strict=False)


@pytest.mark.parametrize("kind", ["nature", "dueling"])
def test_every_layer_of_a_plain_network_is_recycled(kind):
    wiring = wiring_of(kind)
    assert wiring.recyclable == ("Conv_0", "Conv_1", "Conv_2", "Dense_0")
    assert not wiring.undecided


def test_of_a_residual_network_only_inner_convolutions_and_the_dense_layer_are_recycled():
    wiring = wiring_of("impala")
    inner = {f"Stack_{stack}/Conv_{conv}" for stack in range(3) for conv in (1, 3)}
    assert set(wiring.recyclable) == inner | {"Dense_0"}
    assert set(wiring.undecided) == {f"Stack_{s}/Conv_{c}" for s in range(3) for c in (0, 2)}


def test_games_share_a_fleet_unless_their_heads_cannot_be_padded():
    def parts(kind):
        runs = [RunSpec(AtariTask(game), NetworkSpec(kind)) for game in ("Pong", "Asterix")]
        return {run.common_part for run in runs}

    assert len(parts("nature")) == 1
    assert len(parts("dueling")) == 2
