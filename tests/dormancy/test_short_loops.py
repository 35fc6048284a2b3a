"""A loop that is too short to show what its weights read is refused."""

from flax import linen as nn
import jax
import jax.numpy as jnp
import pytest

import dormancy
from dormancy import derive_wiring
from tests.dormancy.architectures import SEQUENCES

KEY = jax.random.key(0)


class Joined(nn.RNNCellBase):
    """One product for the input and the state."""

    @nn.compact
    def __call__(self, carry, x):
        hidden = nn.tanh(nn.Dense(3)(jnp.concatenate([x, carry], axis=-1)))
        return hidden, hidden

    def initialize_carry(self, rng, input_shape):
        return jnp.zeros((*input_shape[:-1], 3))

    @property
    def num_feature_axes(self):
        return 1


CELLS = {
    "simple": lambda: nn.SimpleCell(3),
    "lstm": lambda: nn.OptimizedLSTMCell(3),
    "gru": lambda: nn.GRUCell(3),
    "joined": Joined,
}


class Network(nn.Module):
    cell: str

    @nn.compact
    def __call__(self, x):
        hidden = nn.RNN(CELLS[self.cell]())(x)
        return nn.Dense(2)(hidden), {"hidden": hidden}


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_that_never_reads_its_state_is_refused(cell):
    network = Network(cell)
    params = network.init(KEY, SEQUENCES)["params"]

    def apply(params, x):
        return network.apply({"params": params}, x)

    with pytest.raises(dormancy.WiringError, match="give `inputs` with more steps in time"):
        derive_wiring(apply, params, SEQUENCES[:, :1], strict=False)
    with pytest.raises(dormancy.WiringError, match=r"'hidden' is empty here, of shape \(3, 0, 3\)"):
        derive_wiring(apply, params, SEQUENCES[:, :0], strict=False)
    two, all_ = (derive_wiring(apply, params, SEQUENCES[:, :steps]) for steps in (2, None))
    assert [s.parameter for s in two.layers["hidden"].outgoing] == [
        s.parameter for s in all_.layers["hidden"].outgoing
    ]


def test_so_is_a_convolution_of_a_state():
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x):
            hidden = nn.RNN(nn.ConvLSTMCell(3, (3, 3)))(x)
            return nn.Dense(2)(hidden.mean((2, 3))), {"hidden": hidden}

    inputs = jnp.ones((1, 2, 4, 4, 2))
    params = Net().init(KEY, inputs)["params"]

    def apply(params, x):
        return Net().apply({"params": params}, x)

    assert derive_wiring(apply, params, inputs).recyclable == ("hidden",)
    with pytest.raises(dormancy.WiringError, match="more steps in time"):
        derive_wiring(apply, params, inputs[:, :1])


def test_zeros_beside_data_are_padding():
    def apply(params, x):
        hidden = jax.nn.relu(jnp.pad(x, ((0, 0), (0, 2))) @ params["w"])
        return hidden @ params["v"], {"hidden": hidden}

    params = {"w": jnp.ones((6, 3)), "v": jnp.ones((3, 2))}
    assert derive_wiring(apply, params, jnp.ones((1, 4))).recyclable == ("hidden",)


def test_weights_of_a_loop_without_steps_are_refused():
    def apply(params, x):
        hidden = jax.nn.relu(x[:, 0] @ params["w"])

        def step(total, each):
            return total + hidden @ params["u"] + each, None

        total, _ = jax.lax.scan(step, hidden @ params["v"], jnp.moveaxis(x[:, 1:, :2], 1, 0))
        return total, {"hidden": hidden}

    params = {"w": jnp.ones((4, 3)), "u": jnp.ones((3, 2)), "v": jnp.ones((3, 2))}
    layer = derive_wiring(apply, params, jnp.ones((1, 2, 4))).layers["hidden"]
    assert [slot.parameter for slot in layer.outgoing] == [0, 1]
    with pytest.raises(dormancy.WiringError, match=r"\['u'\] meets nothing here"):
        derive_wiring(apply, params, jnp.ones((1, 1, 4)))


def test_a_loop_without_steps_and_weights_of_its_own_does_nothing():
    def apply(params, x):
        hidden = jax.nn.relu(x @ params["w"])
        out, _ = jax.lax.scan(lambda carry, _: (2 * carry, carry), hidden, None, length=0)
        return out @ params["v"], {"hidden": hidden}

    params = {"w": jnp.ones((4, 3)), "v": jnp.ones((3, 2))}
    assert derive_wiring(apply, params, jnp.ones((1, 4))).recyclable == ("hidden",)


def test_an_empty_recording_is_refused():
    def apply(params, x):
        hidden = jax.nn.relu(x @ params["w"])
        return hidden @ params["v"], {"hidden": hidden}

    params = {"w": jnp.ones((4, 3)), "v": jnp.ones((3, 2))}
    with pytest.raises(dormancy.WiringError, match=r"'hidden' is empty here, of shape \(0, 3\)"):
        derive_wiring(apply, params, jnp.ones((0, 4)))
    without_units = {"w": jnp.ones((4, 0)), "v": jnp.ones((0, 2))}
    with pytest.raises(dormancy.WiringError, match="'hidden' has no neurons"):
        derive_wiring(apply, without_units, jnp.ones((1, 4)))
