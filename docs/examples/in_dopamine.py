"""ReDo for Dopamine's own `JaxDQNAgent`: on its parameters and on its optimizer's state."""

import gin
import jax
import jax.numpy as jnp
import numpy as np

# Imports parts of Dopamine where there is no TensorFlow; with it, these are plain imports:
# from dopamine.jax.agents.dqn import dqn_agent
from benchmarks.dopamine_import import load
import dormancy

dqn_agent = load("jax.agents.dqn.dqn_agent")
networks = load("labs.redo.networks")  # Dopamine's Nature network, with its activations named

gin.bind_parameter("ReplayBuffer.max_capacity", 100)
gin.bind_parameter("ReplayBuffer.batch_size", 8)
gin.bind_parameter("ReplayBuffer.compress", False)
gin.bind_parameter("ScalableNatureDQNNetwork.width", 0.25)
agent = dqn_agent.JaxDQNAgent(
    num_actions=4,
    network=networks.ScalableNatureDQNNetwork,
    min_replay_history=20,
    loss_type="huber",
    seed=0,
)


def init_params(key):
    return agent.network_def.init(key, jnp.zeros((84, 84, 4), jnp.uint8))


def apply(params, frames):
    """Values of a batch of frames, and what the hidden layers say."""

    def one(frame):
        return agent.network_def.apply(
            params, frame, capture_intermediates=lambda module, _: "_act" in str(module.name)
        )

    outputs, captured = jax.vmap(one)(frames)
    hidden = ("Conv_0", "Conv_1", "Conv_2", "Dense_0")
    recorded = captured["intermediates"]
    return outputs.q_values, {name: recorded[f"{name}_act"]["__call__"][0] for name in hidden}


# Noise in place of a game; what is shown here does not depend on it.
screens = np.random.default_rng(0).integers(0, 256, (40, 84, 84, 1), np.uint8)
agent.begin_episode(screens[0])
for screen in screens[1:]:
    agent.step(1.0, screen)

frames = jnp.asarray(
    np.stack([screens[i : i + 4, :, :, 0] for i in range(8)]).transpose(0, 2, 3, 1)
)
wiring = dormancy.derive_wiring(apply, agent.online_params, frames)
redo = dormancy.redo(0.0, wiring, init_params, agent.optimizer)
values, activations = apply(agent.online_params, frames)
agent.online_params, agent.optimizer_state, state = jax.jit(redo.update)(
    jax.random.key(1),
    agent.online_params,
    agent.optimizer_state,
    activations,
    redo.init(activations),
)
change = float(jnp.abs(apply(agent.online_params, frames)[0] - values).max())
recycled = {name: int(mask.sum()) for name, mask in state.recycled.items()}
print(f"{recycled} neurons recycled; values changed by {change:.0e}")
agent.step(1.0, screens[0])  # and it goes on learning
