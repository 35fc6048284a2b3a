"""DQN without an environment: learning from transitions that another agent left behind.

The inputs are fixed, and the targets either move with the network or are fixed as well
(paper, Figure 4). Agent steps are gradient steps here.
"""

from collections.abc import Iterable, Iterator, Sequence
import os
from pathlib import Path

import jax
from jaxtyping import PRNGKeyArray

from agents import loop
from agents.dqn import agent as dqn
from agents.dqn.agent import DQNState
from agents.dqn.learner import build_agent, observation_shapes
from agents.environments.atari import count_actions
from agents.errors import UserError
from agents.events import Snapshot
from agents.experience import Experience, Moment
from agents.fleet.execution import Execution
from agents.fleet.members import build_fleet
from agents.learner import Learner, LearnerState, Measured
from agents.loop import FleetEvent, Timetable
from agents.measuring import measure_network
from agents.networks.traced import trace
from agents.offline import targets as offline_targets
from agents.offline.sharpness import target_changes
from agents.offline.spec import OfflineSpec
from agents.offline.targets import Targets
from agents.randomness import Purpose, generator, run_key, update_seeds
from agents.replay.stored import Draw, OfflineData
from agents.run_folder import transitions_of

DQN_REPLAY = "DORMANT_DQN_REPLAY"

# Updates between two signs of life, and in one call where an accelerator fuses them.
_GROUP = 50
# Observations that the random targets are standardised on.
_STANDARDISED_OVER = 2_048


def train(
    specs: Sequence[OfflineSpec],
    resume: Iterable[Snapshot | None],
    runs: Path,
    execution: Execution,
) -> Iterator[FleetEvent]:
    """Trains one network on stored transitions; see `agents.kinds.train_fleet`."""
    [spec] = specs
    data = open_data(spec, runs)
    learner = build_learner(spec, data)
    fleet = build_fleet([spec.seed], [learner], execution, init=Purpose.OFFLINE_INIT)
    length = spec.schedule.gradient_steps_per_iteration
    timetable = Timetable(
        iterations_end=range(length, spec.total_gradient_steps + 1, length),
        log_period_gradient_steps=spec.schedule.log_period_gradient_steps,
        probe_batch_size=spec.schedule.probe_batch_size,
    )
    yield from loop.train(fleet, StoredTransitions(spec, data), timetable, resume)


class StoredTransitions(Experience):
    """Transitions that another agent left, some buffers of them at a time.

    Args:
      spec: the run.
      data: its transitions.
    """

    def __init__(self, spec: OfflineSpec, data: OfflineData):
        self._spec, self._data = spec, data

    def begin(self, iteration: int) -> None:
        self._data.load(generator(self._spec.seed, Purpose.DATA, iteration))

    def updates_due(self, now: Moment, end: int) -> int:
        period = self._spec.schedule.log_period_gradient_steps
        step = now.gradient_step
        return min(_GROUP, end - step, period - step % period)

    def draw(self, steps: range) -> Draw:
        agent = self._spec.agent
        drawn = self._draw((len(steps), agent.batch_size), Purpose.SAMPLE, steps.start)
        if agent.augmentation == "none":
            return drawn
        seeds = update_seeds([self._spec.seed], steps)
        return drawn._replace(batch=drawn.batch._replace(seed=seeds))

    def probe(self, size: int, purpose: Purpose, gradient_step: int) -> Draw:
        return self._draw((size,), purpose, gradient_step, following=True)

    def describe(self, member: int, now: Moment) -> dict[str, float]:
        del member, now
        if self._spec.targets != "monte_carlo":
            return {}
        return {"unfinished_share": self._data.unfinished_share}

    def _draw(
        self, size: tuple[int, ...], purpose: Purpose, step: int, following: bool = False
    ) -> Draw:
        draw = self._data.draw(size, generator(self._spec.seed, purpose, step), following)
        return jax.tree.map(lambda column: column[None], draw)


def open_data(spec: OfflineSpec, runs: Path) -> OfflineData:
    """The transitions that a run learns from, none of them in memory yet.

    Raises:
      UserError: they are missing, or nothing says where they are.
    """
    if spec.data_source == "own":
        folder = transitions_of(spec.data, runs)
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
        monte_carlo=spec.targets == "monte_carlo",
    )


def build_learner(spec: OfflineSpec, data: OfflineData) -> Learner:
    """The functions of a run.

    Args:
      spec: the run.
      data: what it learns from; random targets are standardised on the first buffers.
    """
    task = spec.data.task
    agent = build_agent(task, spec.network, spec.agent, count_actions(task))
    targets = build_targets(spec, agent, data)
    network = trace(agent.apply, agent.init_params, observation_shapes(task))

    def init(key: PRNGKeyArray) -> LearnerState:
        return LearnerState(agent.init(key), {})

    def update(state: DQNState, draw: Draw):
        return agent.regress(state, draw.batch, targets(state, draw))

    measure_on = measure_network(network)

    def measure(state: DQNState, draw: Draw) -> Measured:
        differentiated = jax.grad(agent.loss, has_aux=True)
        now = targets(state, draw)
        gradients, (_, activations) = differentiated(state.params, draw.batch, now)
        measured = measure_on(state.params, activations, gradients)
        # Of the same action: how far the actions' values lie apart is not how sharp they are.
        following = draw.following._replace(
            batch=draw.following.batch._replace(a_tm1=draw.batch.a_tm1)
        )
        changes = target_changes(now, targets(state, following), draw.continues)
        return measured._replace(metrics=measured.metrics | changes)

    return Learner(
        init,
        update,
        measure,
        network.layers,
        refresh=agent.copy_target,
        refresh_period_gradient_steps=spec.agent.target_period_gradient_steps,
    )


def build_targets(spec: OfflineSpec, agent: dqn.Agent, data: OfflineData) -> Targets:
    """The targets that a run asks for; random ones depend on its seed.

    Leaves the buffers of the first iteration in memory if they were needed.
    """
    key = run_key(spec.seed, Purpose.TARGETS)
    if spec.targets == "noise":
        return offline_targets.noise(key)
    if spec.targets == "monte_carlo":
        return offline_targets.monte_carlo()
    if spec.targets in ("random_network", "smooth"):
        data.load(generator(spec.seed, Purpose.DATA, 0))
        batch = data.sample(_STANDARDISED_OVER, generator(spec.seed, Purpose.TARGETS, 0))
        observations = batch.frames[:, : spec.data.task.frame_stack]
        if spec.targets == "smooth":
            return offline_targets.smooth(key, observations)
        return offline_targets.random_network(agent, key, observations)
    return offline_targets.bootstrapped(agent)
