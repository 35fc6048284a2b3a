"""What one run computes: its agent and its intervention as pure functions of one state.

All randomness comes from keys that follow from the run's seed, so that runs which differ in
their seeds only share one learner. How often each function is called is decided by the training
loop, how it is compiled, for one run or for a fleet, by `agents.fleet.members`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from flax import struct
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray, PyTree

from agents.dqn import agent as dqn
from agents.networks.build import OUTPUT_LAYER, build_network
from agents.networks.convolution import Convolution
from agents.replay.ring import Batch
from agents.spec import AtariTask, DQNSpec, InterventionSpec, NetworkSpec, RunSpec
from dormancy import (
    Intervention,
    RecycleOptions,
    derive_wiring,
    mean_abs_activation,
    prune,
    redo,
    reset,
    track,
)


@struct.dataclass
class LearnerState:
    """What training changes: a `DQNState` and an `InterventionState`."""

    agent: PyTree
    intervention: PyTree


class Learner(NamedTuple):
    """Attributes:

    init: key -> state.
    act: (key, params, observation, epsilon, agent_step, num_actions) -> action.
    update: (state, batch) -> state, metrics; one gradient step.
    measure: (params, frames) -> hidden layer -> (neurons,) mean |activation|.
    intervene: (key, state, frames, gradient_step) -> state, metrics.
    layers: hidden layers in order of depth.
    """

    init: Callable[[PRNGKeyArray], LearnerState]
    act: Callable[..., jax.Array]
    update: Callable[[LearnerState, Batch], tuple[LearnerState, dict[str, jax.Array]]]
    measure: Callable[..., dict[str, jax.Array]]
    intervene: Callable[..., tuple[LearnerState, dict[str, jax.Array]]]
    layers: tuple[str, ...]


def build_agent(
    task: AtariTask,
    network: NetworkSpec,
    spec: DQNSpec,
    num_actions: int,
    convolution: Convolution = "native",
) -> dqn.Agent:
    """The agent for a task, a network and hyper-parameters."""
    return dqn.build(
        build_network(network, num_actions, convolution),
        spec,
        frame_size_px=task.frame_size_px,
        frame_stack=task.frame_stack,
    )


def observation_shapes(task: AtariTask) -> jax.ShapeDtypeStruct:
    """Shape of a batch of one observation, for tracing."""
    return jax.ShapeDtypeStruct((1, task.frame_stack, *2 * (task.frame_size_px,)), jnp.uint8)


def build_intervention(
    spec: InterventionSpec, agent: dqn.Agent, params: Any, observations: Any
) -> Intervention:
    """The intervention that a run asks for, wired to its network.

    Args:
      spec: which one.
      agent: whose network.
      params, observations: shapes of the parameters and of a batch of observations.
    """
    if spec.kind == "none":
        return track(spec.tau)
    if spec.kind == "reset":
        penultimate = network_layers(agent, params, observations)[-1]
        chosen = dict.fromkeys(params, False) | {penultimate: True}
        if spec.reset_layers == "penultimate_and_output":
            chosen[OUTPUT_LAYER] = True
        return reset(spec.tau, chosen, agent.init_params, agent.optimizer)
    wiring = derive_wiring(agent.apply, params, observations)
    if spec.kind == "prune":
        return prune(spec.tau, wiring, agent.optimizer)
    options = RecycleOptions(
        outgoing=spec.outgoing, official_conv_to_dense=spec.official_conv_to_dense
    )
    return redo(spec.tau, wiring, agent.init_params, agent.optimizer, options)


def build_learner(spec: RunSpec, num_actions: int, convolution: Convolution = "native") -> Learner:
    """The functions of a run; its seed plays no part.

    Args:
      spec: the run.
      num_actions: of the game.
      convolution: how convolutions are computed.
    """
    task = spec.task
    agent = build_agent(task, spec.network, spec.agent, num_actions, convolution)
    blank = observation_shapes(task)
    param_shapes = jax.eval_shape(agent.init_params, jax.random.key(0))
    # jit returns dictionaries sorted by name; only the network's own order tells the depth.
    activation_shapes = jax.eval_shape(agent.apply, param_shapes, blank)[1]
    layers = network_layers(agent, param_shapes, blank)
    intervention = build_intervention(spec.intervention, agent, param_shapes, blank)

    def init(key: PRNGKeyArray) -> LearnerState:
        return LearnerState(agent.init(key), intervention.init(activation_shapes))

    def act(key, params, observation, epsilon, agent_step, num_actions=None):
        key = jax.random.fold_in(key, agent_step)
        return agent.act(params, observation, epsilon, key, num_actions)

    def update(state: LearnerState, batch: Batch):
        learned, metrics = agent.update(state.agent, batch)
        return state.replace(agent=learned), metrics

    def measure(params, frames):
        _, activations = agent.apply(params, frames[:, : task.frame_stack])
        return {name: mean_abs_activation(value) for name, value in activations.items()}

    def intervene(key, state: LearnerState, frames, gradient_step):
        _, activations = agent.apply(state.agent.params, frames[:, : task.frame_stack])
        params, opt_state, after = intervention.update(
            jax.random.fold_in(key, gradient_step),
            state.agent.params,
            state.agent.opt_state,
            activations,
            state.intervention,
        )
        before = state.intervention.recycled
        again = {name: mask & after.dormant[name] for name, mask in before.items()}
        metrics = {
            "recycled_neurons": _count(after.recycled),
            "previously_recycled_neurons": _count(before),
            "redormant_neurons": _count(again),
        }
        if spec.intervention.kind == "prune":
            metrics = {"pruned_neurons": metrics["recycled_neurons"]}
        learned = state.agent.replace(params=params, opt_state=opt_state)
        return LearnerState(learned, after), metrics

    return Learner(init, act, update, measure, intervene, layers)


def network_layers(agent: dqn.Agent, params: Any, observations: Any) -> tuple[str, ...]:
    """Names of the hidden layers in order of depth."""
    names: list[str] = []

    def record(params, observations):
        values, activations = agent.apply(params, observations)
        names.extend(activations)
        return values

    jax.eval_shape(record, params, observations)
    return tuple(names)


def _count(masks: dict[str, jax.Array]) -> jax.Array:
    return sum(jnp.sum(mask, dtype=jnp.float32) for mask in masks.values())
