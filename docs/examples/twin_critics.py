"""ReDo for the two critics of a SAC agent at once: one network's wiring, mapped over both."""

import jax
import jax.numpy as jnp
import optax

import dormancy


def init_params(key):
    keys = jax.random.split(key)
    return {
        "hidden": {"w": jax.random.normal(keys[0], (6, 32)) / 6**0.5, "b": jnp.zeros(32)},
        "value": {"w": jax.random.normal(keys[1], (32, 1)) / 32**0.5, "b": jnp.zeros(1)},
    }


def apply(params, inputs):
    """The value of (state, action), and the activations of one critic."""
    hidden = jax.nn.relu(inputs @ params["hidden"]["w"] + params["hidden"]["b"][None])
    return hidden @ params["value"]["w"] + params["value"]["b"][None], {"hidden": hidden}


def keys(seed):
    return jax.random.split(jax.random.key(seed))


inputs = jax.random.normal(jax.random.key(0), (64, 6))
critics, optimizer = jax.vmap(init_params)(keys(1)), optax.adam(3e-4)
# In the second critic, three neurons never answer.
critics["hidden"]["w"] = critics["hidden"]["w"].at[1, :, :3].set(0)

wiring = dormancy.derive_wiring(apply, jax.eval_shape(init_params, jax.random.key(0)), inputs)
redo = dormancy.redo(0.0, wiring, init_params, optimizer)
both = jax.vmap(apply, in_axes=(0, None))
values, activations = both(critics, inputs)
opt_states, states = jax.vmap(optimizer.init)(critics), jax.vmap(redo.init)(activations)
critics, opt_states, states = jax.jit(jax.vmap(redo.update))(
    keys(2), critics, opt_states, activations, states
)
recycled = states.recycled["hidden"].sum(-1).tolist()
change = float(jnp.abs(both(critics, inputs)[0] - values).max())
print(f"{recycled} neurons recycled; values changed by {change:.0e}")
