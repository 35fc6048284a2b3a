"""DQN without an environment: learning from transitions that another agent left behind.

The inputs are fixed, and the targets either move with the network or are fixed as well
(paper, Figure 4). Agent steps are gradient steps here.
"""

from collections.abc import Callable, Generator, Iterator
import os
from pathlib import Path
from typing import NamedTuple

from flax import serialization
import jax
from jaxtyping import PRNGKeyArray
import numpy as np

from agents.accumulator import Accumulator
from agents.description import describe_neurons
from agents.dqn import agent as dqn
from agents.dqn.agent import DQNState
from agents.dqn.learner import build_agent, network_layers, observation_shapes
from agents.environments.atari import count_actions
from agents.errors import UserError
from agents.events import Event, Log, Progress, Snapshot
from agents.fleet.execution import IN_A_HURRY, Execution, compile_updates, plan_execution
from agents.offline import targets as offline_targets
from agents.offline.spec import OfflineSpec
from agents.offline.targets import Targets
from agents.randomness import Purpose, generator, run_key
from agents.replay.stored import Draw, OfflineData
from dormancy import mean_abs_activation

DQN_REPLAY = "DORMANT_DQN_REPLAY"

# Updates between two signs of life, and in one call where an accelerator fuses them.
_GROUP = 50
# Observations that the random targets are standardised on.
_STANDARDISED_OVER = 2_048


class OfflineLearner(NamedTuple):
    """Attributes:

    init: key -> state.
    update: (state, draws with a leading axis of updates) -> state, metrics (updates,).
    measure: (state, frames) -> hidden layer -> (neurons,) mean |activation|.
    layers: hidden layers in order of depth.
    """

    init: Callable[[PRNGKeyArray], DQNState]
    update: Callable[[DQNState, Draw], tuple[DQNState, dict[str, jax.Array]]]
    measure: Callable[..., dict[str, jax.Array]]
    layers: tuple[str, ...]


def train(
    spec: OfflineSpec,
    resume: Snapshot | None,
    runs: Path,
    execution: Execution | None = None,
) -> Iterator[Event]:
    """Trains one network on stored transitions.

    Args:
      spec: what to train.
      resume: the snapshot to go on from; None starts a new run.
      runs: the folder of all runs, among them the one that the spec requires.
      execution: how to use the device; None takes the fastest way known.

    Yields:
      `Progress`, `Log` and `Snapshot`, in order of time.

    Raises:
      UserError: the transitions are missing or damaged, or do not fit the network.
    """
    data = open_data(spec, runs)
    learner = build_learner(spec, data, execution or plan_execution())
    state = learner.init(run_key(spec.seed, Purpose.INIT))
    pending, first_iteration = Accumulator(), 0
    if resume is not None:
        state = serialization.from_state_dict(state, resume.state["learner"])
        pending = Accumulator(resume.state["pending"])
        first_iteration = resume.gradient_step // spec.schedule.gradient_steps_per_iteration

    for iteration in range(first_iteration, spec.schedule.iterations):
        data.load(generator(spec.seed, Purpose.DATA, iteration))
        state = yield from _train_iteration(spec, learner, state, data, pending, iteration)
        step = (iteration + 1) * spec.schedule.gradient_steps_per_iteration
        saved = {
            "learner": jax.device_get(serialization.to_state_dict(state)),
            "pending": pending.to_array(),
        }
        yield Snapshot(step, step, state=saved, transitions={})


def open_data(spec: OfflineSpec, runs: Path) -> OfflineData:
    """The transitions that a run learns from, none of them in memory yet.

    Raises:
      UserError: they are missing, or nothing says where they are.
    """
    if spec.data_source == "own":
        folder = runs / spec.data.run_id / "transitions"
    elif DQN_REPLAY in os.environ:
        folder = Path(os.environ[DQN_REPLAY], spec.game, str(spec.replay_run), "replay_logs")
    else:
        raise UserError(
            f"This run learns from the DQN Replay data; set {DQN_REPLAY} to the folder with "
            f"{spec.game}/{spec.replay_run}/replay_logs in it."
        )
    return OfflineData(
        folder,
        frame_size_px=spec.data.task.frame_size_px,
        frame_stack=spec.data.task.frame_stack,
        n_step=spec.agent.n_step,
        discount=spec.agent.discount,
        buffers_in_memory=spec.buffers_in_memory,
    )


def build_learner(spec: OfflineSpec, data: OfflineData, execution: Execution) -> OfflineLearner:
    """Compiles what a run needs.

    Args:
      spec: the run.
      data: what it learns from; random targets are standardised on the first buffers.
      execution: how to use the device.
    """
    task = spec.data.task
    agent = build_agent(task, spec.network, spec.agent, count_actions(task))
    targets = build_targets(spec, agent, data)
    param_shapes = jax.eval_shape(agent.init_params, jax.random.key(0))
    layers = network_layers(agent, param_shapes, observation_shapes(task))

    def update_one(state: DQNState, draw: Draw):
        return agent.regress(state, draw.batch, targets(state, draw))

    update = compile_updates(update_one, execution)

    @jax.jit
    def measure(state: DQNState, frames):
        _, activations = agent.apply(state.params, frames[:, : task.frame_stack])
        return {name: mean_abs_activation(value) for name, value in activations.items()}

    return OfflineLearner(jax.jit(agent.init, compiler_options=IN_A_HURRY), update, measure, layers)


def build_targets(spec: OfflineSpec, agent: dqn.Agent, data: OfflineData) -> Targets:
    """The targets that a run asks for; random ones depend on its seed.

    Leaves the buffers of the first iteration in memory if they were needed.
    """
    key = run_key(spec.seed, Purpose.TARGETS)
    if spec.targets == "noise":
        return offline_targets.noise(key)
    if spec.targets == "random_network":
        data.load(generator(spec.seed, Purpose.DATA, 0))
        batch = data.sample(_STANDARDISED_OVER, generator(spec.seed, Purpose.TARGETS, 0))
        observations = batch.frames[:, : spec.data.task.frame_stack]
        return offline_targets.random_network(agent, key, observations)
    return offline_targets.bootstrapped(agent)


def _train_iteration(
    spec: OfflineSpec,
    learner: OfflineLearner,
    state: DQNState,
    data: OfflineData,
    pending: Accumulator,
    iteration: int,
) -> Generator[Event, None, DQNState]:
    """Learns for one iteration; returns the state after it. `pending` is changed in place."""
    length, period = (
        spec.schedule.gradient_steps_per_iteration,
        spec.schedule.log_period_gradient_steps,
    )
    step, end = iteration * length, (iteration + 1) * length
    if step == 0:
        yield _measure(spec, learner, state, data, pending, step)
    while step < end:
        group = min(_GROUP, end - step, period - step % period)
        draws = [
            data.draw(spec.agent.batch_size, generator(spec.seed, Purpose.SAMPLE, number))
            for number in range(step, step + group)
        ]
        state, metrics = learner.update(state, jax.tree.map(lambda *each: np.stack(each), *draws))
        for name, values in metrics.items():
            for value in np.asarray(values):
                pending.add(name, float(value))
        step += group
        yield Progress(step, step)
        if step % period == 0:
            yield _measure(spec, learner, state, data, pending, step)
    return state


def _measure(
    spec: OfflineSpec,
    learner: OfflineLearner,
    state: DQNState,
    data: OfflineData,
    pending: Accumulator,
    step: int,
) -> Log:
    """Records every hidden neuron on a fresh probe batch, and what has piled up since."""
    probe = data.sample(spec.schedule.probe_batch_size, generator(spec.seed, Purpose.PROBE, step))
    measured = learner.measure(state, probe.frames)
    neurons = {layer: np.asarray(measured[layer]) for layer in learner.layers}
    return Log(step, step, pending.drain() | describe_neurons(neurons), neurons)
