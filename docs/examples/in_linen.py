"""ReDo for a Flax Linen network that sows what its neurons say."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

import dormancy


class Network(nn.Module):
    @nn.compact
    def __call__(self, x):
        for name in ("first", "second"):
            x = nn.relu(nn.Dense(16)(x))
            self.sow("activations", name, x)
        return nn.Dense(2)(x)


network = Network()
inputs = jax.random.normal(jax.random.key(1), (32, 4))


def init_params(key):
    return network.init(key, inputs)["params"]


def apply(params, inputs):
    outputs, sown = network.apply({"params": params}, inputs, mutable="activations")
    # `sow` collects a tuple: one value for every call of the network.
    return outputs, {name: values[0] for name, values in sown["activations"].items()}


params, optimizer = init_params(jax.random.key(2)), optax.adam(1e-3)
# Two neurons that are silent from the beginning.
params["Dense_1"]["bias"] = params["Dense_1"]["bias"].at[:2].set(-100)

wiring = dormancy.derive_wiring(apply, params, inputs)
redo = dormancy.redo(0.0, wiring, init_params, optimizer)
outputs, activations = apply(params, inputs)
params, opt_state, state = redo.update(
    jax.random.key(3), params, optimizer.init(params), activations, redo.init(activations)
)
recycled = {name: int(mask.sum()) for name, mask in state.recycled.items()}
change = float(jnp.abs(apply(params, inputs)[0] - outputs).max())
print(f"{recycled} neurons recycled; outputs changed by {change}")
