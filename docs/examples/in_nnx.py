"""ReDo for a Flax NNX model: `nnx.split` gives its parameters, `nnx.update` puts them back."""

from flax import nnx
import jax
import jax.numpy as jnp
import optax

import dormancy


class Network(nnx.Module):
    def __init__(self, rngs):
        self.hidden = nnx.Linear(4, 16, rngs=rngs)
        self.out = nnx.Linear(16, 2, rngs=rngs)

    def __call__(self, x):
        hidden = nnx.relu(self.hidden(x))
        return self.out(hidden), {"hidden": hidden}


model, optimizer = Network(nnx.Rngs(0)), optax.adam(1e-3)
graph, params = nnx.split(model, nnx.Param)
inputs = jax.random.normal(jax.random.key(1), (32, 4))


def init_params(key):
    return nnx.state(Network(nnx.Rngs(key)), nnx.Param)


def apply(params, inputs):
    return nnx.merge(graph, params)(inputs)


# Two neurons that are silent from the beginning.
model.hidden.bias[...] = model.hidden.bias[...].at[:2].set(-100)

params = nnx.state(model, nnx.Param)
wiring = dormancy.derive_wiring(apply, params, inputs)
redo = dormancy.redo(0.0, wiring, init_params, optimizer)
outputs, activations = model(inputs)
params, opt_state, state = redo.update(
    jax.random.key(3), params, optimizer.init(params), activations, redo.init(activations)
)
nnx.update(model, params)
recycled = int(state.recycled["hidden"].sum())
change = float(jnp.abs(model(inputs)[0] - outputs).max())
print(f"{recycled} neurons recycled; outputs changed by {change}")
