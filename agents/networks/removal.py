"""Networks that lose some of their neurons before they learn anything."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, PRNGKeyArray

from agents.dqn.agent import Agent, DQNState
from agents.networks.traced import trace
from dormancy import prune_neurons

# Keys of an initialisation and of a removal are never the same.
_REMOVAL = 1


def removed_at_random(key: PRNGKeyArray, neurons: int, share: float) -> Bool[Array, " neurons"]:
    """Which neurons of a layer are removed: a share of them, rounded, but never all."""
    count = min(round(share * neurons), neurons - 1)
    return jax.random.permutation(key, neurons) < count


def without_neurons(agent: Agent, share: float, observations: jax.ShapeDtypeStruct) -> Agent:
    """The agent with a random share of every hidden layer's neurons removed for good.

    All weights into, of and out of a removed neuron are 0 from the start, and stay it while nothing
    but gradients changes them (see `dormancy.prune_neurons`). The others are initialised as ever.

    Args:
      agent: of any network whose wiring can be told; others keep what cannot be removed.
      share: of each layer, from 0 to 1; one neuron stays in any case.
      observations: shape of a batch of inputs.
    """
    network = trace(agent.apply, agent.init_params, observations)
    wiring = network.wiring()

    def init_params(key: PRNGKeyArray):
        params = agent.init_params(key)
        keys = jax.random.split(jax.random.fold_in(key, _REMOVAL), max(len(wiring.recyclable), 1))
        removed = {
            layer: removed_at_random(own, network.activations[layer].shape[-1], share)
            for layer, own in zip(wiring.recyclable, keys, strict=False)
        }
        moments = agent.optimizer.init(params)
        return prune_neurons(params, moments, removed, wiring, agent.optimizer)[0]

    def init(key: PRNGKeyArray) -> DQNState:
        params = init_params(key)
        return agent.init(key).replace(
            params=params,
            target_params=jax.tree.map(jnp.copy, params),
            opt_state=agent.optimizer.init(params),
        )

    return agent._replace(init=init, init_params=init_params)
