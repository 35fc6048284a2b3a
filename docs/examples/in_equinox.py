"""ReDo for an Equinox model: its arrays are the parameters, the rest is put back to run it."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

import dormancy


class Network(eqx.Module):
    hidden: eqx.nn.Linear
    out: eqx.nn.Linear

    def __init__(self, key):
        hidden_key, out_key = jax.random.split(key)
        self.hidden = eqx.nn.Linear(4, 16, key=hidden_key)
        self.out = eqx.nn.Linear(16, 2, key=out_key)

    def __call__(self, x):
        hidden = jax.nn.relu(self.hidden(x))
        return self.out(hidden), {"hidden": hidden}


_, static = eqx.partition(Network(jax.random.key(0)), eqx.is_array)


def init_params(key):
    return eqx.filter(Network(key), eqx.is_array)


def apply(params, inputs):
    return jax.vmap(eqx.combine(params, static))(inputs)


inputs = jax.random.normal(jax.random.key(1), (32, 4))
params, optimizer = init_params(jax.random.key(2)), optax.adam(1e-3)
# Two neurons that are silent from the beginning.
params = eqx.tree_at(lambda p: p.hidden.weight, params, params.hidden.weight.at[:2].set(0))
params = eqx.tree_at(lambda p: p.hidden.bias, params, jnp.zeros(16).at[:2].set(-1))

wiring = dormancy.derive_wiring(apply, params, inputs)
redo = dormancy.redo(0.0, wiring, init_params, optimizer)
outputs, activations = apply(params, inputs)
params, opt_state, state = redo.update(
    jax.random.key(3), params, optimizer.init(params), activations, redo.init(activations)
)
recycled = int(state.recycled["hidden"].sum())
change = float(jnp.abs(apply(params, inputs)[0] - outputs).max())
print(f"{recycled} neurons recycled; outputs changed by {change}")
