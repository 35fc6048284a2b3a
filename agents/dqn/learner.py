"""The learner of an online run: DQN with an intervention."""

import jax
import jax.numpy as jnp

from agents.dqn import agent as dqn
from agents.interventions import Target, build_intervention, intervene_with
from agents.learner import Learner, LearnerState, Measured
from agents.measuring import measure_network
from agents.networks.build import build_network
from agents.networks.convolution import Convolution
from agents.networks.removal import without_neurons
from agents.networks.traced import trace
from agents.replay.ring import Batch
from agents.spec import AtariTask, DQNSpec, NetworkSpec, RunSpec
from dormancy import Observed


def build_agent(
    task: AtariTask,
    network: NetworkSpec,
    spec: DQNSpec,
    num_actions: int,
    convolution: Convolution = "native",
) -> dqn.Agent:
    """The agent for a task, a network and hyper-parameters."""
    agent = dqn.build(
        build_network(network, num_actions, convolution),
        spec,
        frame_size_px=task.frame_size_px,
        frame_stack=task.frame_stack,
    )
    if not network.removed:
        return agent
    return without_neurons(agent, network.removed, observation_shapes(task))


def observation_shapes(task: AtariTask) -> jax.ShapeDtypeStruct:
    """Shape of a batch of one observation, for tracing."""
    return jax.ShapeDtypeStruct((1, task.frame_stack, *2 * (task.frame_size_px,)), jnp.uint8)


def build_learner(spec: RunSpec, num_actions: int, convolution: Convolution = "native") -> Learner:
    """The functions of a run; its seed plays no part.

    Args:
      spec: the run.
      num_actions: of the game.
      convolution: how convolutions are computed.
    """
    task = spec.task
    agent = build_agent(task, spec.network, spec.agent, num_actions, convolution)
    network = trace(agent.apply, agent.init_params, observation_shapes(task))
    target = Target(network, agent.init_params, agent.optimizer)
    intervention = build_intervention(spec.intervention, target)

    def init(key) -> LearnerState:
        return LearnerState(agent.init(key), intervention.init(network.activations))

    def act(key, state: dqn.DQNState, observation, epsilon, agent_step, num_actions=None):
        key = jax.random.fold_in(key, agent_step)
        return agent.act(state.params, observation, epsilon, key, num_actions)

    def observe(state: dqn.DQNState, batch: Batch) -> Observed:
        if intervention.needs_gradients:
            return differentiated(state, batch)
        return Observed(agent.apply(state.params, batch.frames[:, : task.frame_stack])[1])

    def differentiated(state: dqn.DQNState, batch: Batch) -> Observed:
        targets = agent.bootstrap(state, batch)
        gradients, (_, activations) = jax.grad(agent.loss, has_aux=True)(
            state.params, batch, targets
        )
        return Observed(activations, gradients)

    def update(state: dqn.DQNState, batch: Batch):
        return agent.regress(state, batch, agent.bootstrap(state, batch))

    measured = measure_network(network)

    def measure(state: dqn.DQNState, batch: Batch) -> Measured:
        return measured(state.params, *differentiated(state, batch))

    return Learner(
        init,
        update,
        measure,
        network.layers,
        intervene_with(intervention, spec.intervention.kind, observe),
        act,
        agent.copy_target,
        spec.agent.target_period_gradient_steps,
        epsilons=dqn.epsilons(spec.agent),
    )
