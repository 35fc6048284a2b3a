"""PPO whose whole training is one `lax.scan`, as in PureJaxRL, with ReDo inside it.

The task is a small one in pure JAX, so that a second of training shows something: on a line,
move towards a goal that is somewhere else in every episode.
"""

import jax
import jax.numpy as jnp
import optax

import dormancy

ENVIRONMENTS, STEPS, UPDATES, EPOCHS = 32, 16, 50, 4
GAMMA, LAMBDA, CLIP, REDO_PERIOD_UPDATES = 0.95, 0.9, 0.2, 10


def begin(key):
    return jax.random.uniform(key, (ENVIRONMENTS, 2), minval=-1, maxval=1)  # (position, goal)


def move(places, actions):
    """Left or right; what is paid is how near the goal is."""
    position = jnp.clip(places[:, 0] + 0.2 * (2 * actions - 1), -1, 1)
    return places.at[:, 0].set(position), -jnp.abs(position - places[:, 1])


def init_params(key):
    def dense(key, rows, columns):
        return {"w": jax.random.normal(key, (rows, columns)) / rows**0.5, "b": jnp.zeros(columns)}

    keys = jax.random.split(key, 3)
    return {
        "hidden": dense(keys[0], 2, 64),
        "policy": dense(keys[1], 64, 2),
        "value": dense(keys[2], 64, 1),
    }


def apply(params, places):
    def dense(layer, x):
        return x @ params[layer]["w"] + params[layer]["b"][None]

    hidden = jax.nn.relu(dense("hidden", places))
    outputs = jax.nn.log_softmax(dense("policy", hidden)), dense("value", hidden)[:, 0]
    return outputs, {"hidden": hidden}


def loss(params, places, actions, old, advantages, returns):
    (policy, values), _ = apply(params, places)
    ratio = jnp.exp(jnp.take_along_axis(policy, actions[:, None], 1)[:, 0] - old)
    clipped = jnp.clip(ratio, 1 - CLIP, 1 + CLIP)
    gain = jnp.minimum(ratio * advantages, clipped * advantages).mean()
    entropy = -(jnp.exp(policy) * policy).sum(-1).mean()
    return -gain + 0.5 * ((values - returns) ** 2).mean() - 0.01 * entropy


optimizer = optax.adam(1e-2)
shapes = jax.eval_shape(init_params, jax.random.key(0))
wiring = dormancy.derive_wiring(apply, shapes, jax.ShapeDtypeStruct((1, 2), jnp.float32))
redo = dormancy.redo(0.1, wiring, init_params, optimizer)


def act(carry, key):
    params, places = carry
    (policy, values), _ = apply(params, places)
    actions = jax.random.categorical(key, policy)
    chosen = jnp.take_along_axis(policy, actions[:, None], 1)[:, 0]
    after, rewards = move(places, actions)
    return (params, after), (places, actions, chosen, values, rewards)


def advantage(following, now):
    """Generalised advantage estimation, backwards in time."""
    (sum_after, value_after), (value, reward) = following, now
    sum_now = reward + GAMMA * value_after - value + GAMMA * LAMBDA * sum_after
    return (sum_now, value), sum_now


def update(carry, number):
    params, opt_state, state, key = carry
    key, begin_key, act_key, redo_key = jax.random.split(key, 4)
    steps = jax.random.split(act_key, STEPS)
    (_, last), (places, actions, old, values, rewards) = jax.lax.scan(
        act, (params, begin(begin_key)), steps
    )
    start = jnp.zeros(ENVIRONMENTS), apply(params, last)[0][1]
    _, advantages = jax.lax.scan(advantage, start, (values, rewards), reverse=True)
    batch = places, actions, old, advantages, advantages + values
    places, *rest = (leaf.reshape(-1, *leaf.shape[2:]) for leaf in batch)

    def learn(carry, _):
        params, opt_state = carry
        updates, opt_state = optimizer.update(jax.grad(loss)(params, places, *rest), opt_state)
        return (optax.apply_updates(params, updates), opt_state), None

    (params, opt_state), _ = jax.lax.scan(learn, (params, opt_state), length=EPOCHS)

    params, opt_state, state = jax.lax.cond(
        number % REDO_PERIOD_UPDATES == 0,
        lambda: redo.update(redo_key, params, opt_state, apply(params, places)[1], state),
        lambda: (params, opt_state, state),
    )
    return (params, opt_state, state, key), (rewards.mean(), state.dormant["hidden"].sum())


@jax.jit
@jax.vmap
def train(key):
    """Mean reward, and neurons dormant at the last check, of every update; from a key alone."""
    params = init_params(key)
    state = redo.init(jax.eval_shape(apply, params, jnp.zeros((1, 2)))[1])
    carry = params, optimizer.init(params), state, key
    return jax.lax.scan(update, carry, jnp.arange(1, UPDATES + 1))[1]


rewards, dormant = train(jax.random.split(jax.random.key(0), 3))  # three seeds at once
for seed in range(3):
    print(
        f"seed {seed}: reward {rewards[seed, 0]:.2f} -> {rewards[seed, -1]:.2f}, "
        f"neurons recycled {dormant[seed, 9::10].tolist()}"
    )
