"""ReDo for a Flax NNX model and its `nnx.Optimizer`: arrays are taken out, and put back."""

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


def parameters(model):
    """The arrays alone: an optimizer wraps them otherwise than a model (Flax 0.12 and newer)."""
    return nnx.as_pure(nnx.state(model, nnx.Param))


def apply(params, inputs):
    return nnx.merge(graph, params)(inputs)


model = Network(nnx.Rngs(0))
optimizer = nnx.Optimizer(model, optax.adam(1e-3), wrt=nnx.Param)
graph = nnx.graphdef(model)
inputs = jax.random.normal(jax.random.key(1), (32, 4))

# Two neurons that are silent from the beginning.
model.hidden.bias[...] = model.hidden.bias[...].at[:2].set(-100)
optimizer.update(model, nnx.grad(lambda model: (model(inputs)[0] ** 2).mean())(model))

wiring = dormancy.derive_wiring(apply, parameters(model), inputs)
redo = dormancy.redo(0.0, wiring, lambda key: parameters(Network(nnx.Rngs(key))), optimizer.tx)
outputs, activations = model(inputs)
params, opt_state, state = redo.update(
    jax.random.key(3),
    parameters(model),
    nnx.as_pure(optimizer.opt_state),
    activations,
    redo.init(activations),
)
nnx.update(model, params)
wrapped = jax.tree.structure(optimizer.opt_state)
optimizer.opt_state = jax.tree.unflatten(wrapped, jax.tree.leaves(opt_state))
recycled = int(state.recycled["hidden"].sum())
change = float(jnp.abs(model(inputs)[0] - outputs).max())
print(f"{recycled} neurons recycled; outputs changed by {change}")
