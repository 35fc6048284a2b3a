"""The training loop of online agents: a generator that touches no files.

It yields `Progress` often, `Log` with the state of every neuron each log period, and a
`Snapshot` after every iteration. Who consumes it decides what is stored where. Started again
from a snapshot it yields exactly what an uninterrupted run would have yielded: all randomness
is a function of the step, and every iteration begins with a freshly seeded emulator because
an emulator's inner state cannot be saved (as in google-deepmind/dqn_zoo).

There is one loop, for one run and for a fleet of runs that learn in step.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from agents.accumulator import Accumulator
from agents.description import describe_neurons
from agents.dqn.agent import linear_epsilon
from agents.environments.atari import AtariEnvironments, count_actions
from agents.errors import UserError
from agents.evaluation import evaluate
from agents.events import Event, Log, Progress, Snapshot
from agents.fleet.execution import Execution, plan_execution
from agents.fleet.members import Fleet, build_fleet
from agents.randomness import Purpose, environment_seed, generator
from agents.replay.fleet import FleetReplay, build_replay
from agents.spec import RunSpec

# Which member of the fleet something happened to, and what.
FleetEvent = tuple[int, Event]


class _Crew(NamedTuple):
    """All that the loop works with; everything but the fleet's functions changes in place.

    Attributes:
      specs: one a member; the first stands for all where they are alike.
      fleet: their compiled functions.
      replay: their transitions.
      pending: what has piled up since the last log of each.
    """

    specs: Sequence[RunSpec]
    fleet: Fleet
    replay: FleetReplay
    pending: Sequence[Accumulator]

    @property
    def spec(self) -> RunSpec:
        return self.specs[0]

    def generators(self, purpose: Purpose, steps: Sequence[int]) -> list[list[np.random.Generator]]:
        """(members, steps) random streams."""
        return [[generator(spec.seed, purpose, step) for step in steps] for spec in self.specs]

    def add(self, metrics: dict[str, Any]) -> None:
        """Notes metrics of (members,) or (members, updates)."""
        for name, values in jax.device_get(metrics).items():
            for pending, own in zip(self.pending, values, strict=True):
                for value in np.ravel(own):
                    pending.add(name, float(value))


def check_spec(spec: RunSpec) -> None:
    """Raises UserError where the loop could not honour the spec's numbers exactly."""
    group = spec.agent.updates_per_period
    for what, period in (
        ("log period", spec.schedule.log_period_gradient_steps),
        ("intervention period", spec.intervention.period_gradient_steps),
        ("intervention clock's offset", spec.intervention.clock_offset_gradient_steps),
    ):
        if period % group:
            raise UserError(
                f"The {what} of {period} gradient steps is not a multiple of the {group} "
                "gradient steps that are done at a time; change it, the replay ratio or "
                "update_period_agent_steps."
            )
    if spec.agent.min_replay_agent_steps < max(spec.agent.n_step + 1, 2):
        raise UserError(
            "min_replay_agent_steps must leave at least one whole transition to learn from."
        )
    if spec.agent.min_replay_agent_steps >= spec.total_agent_steps:
        raise UserError(
            f"The run ends after {spec.total_agent_steps} agent steps, before learning starts at "
            f"{spec.agent.min_replay_agent_steps}; raise iterations or lower "
            "min_replay_agent_steps."
        )


def train(
    spec: RunSpec,
    resume: Snapshot | None = None,
    runs: Path | None = None,
    execution: Execution | None = None,
) -> Iterator[Event]:
    """Trains one agent on one game.

    Args:
      spec: what to train.
      resume: the snapshot to go on from; None starts a new run.
      runs: the folder of all runs; an online run needs no other.
      execution: how to use the device; None takes the fastest way known.

    Yields:
      `Progress`, `Log` and `Snapshot`, in order of time.

    Raises:
      UserError: the spec asks for something that cannot be done.
    """
    del runs
    resumed = iter([resume])
    # Its frames are in the replay by then and need not be in memory twice.
    del resume
    for _, event in train_fleet([spec], resumed, execution):
        yield event


def train_fleet(
    specs: Sequence[RunSpec],
    resume: Iterable[Snapshot | None],
    execution: Execution | None = None,
) -> Iterator[FleetEvent]:
    """Trains agents in step, each as it would be trained alone.

    Args:
      specs: the runs, which differ in seed and game only.
      resume: a snapshot of each to go on from, all of the same agent step, or None for all.
        They are asked for one after the other and not kept, for their frames are many.
      execution: how to use the device; None takes the fastest way known.

    Yields:
      The number of a member with its `Progress`, `Log` or `Snapshot`; for each member in order
      of time.

    Raises:
      UserError: the specs ask for something that cannot be done, or not together.
    """
    spec, members = specs[0], range(len(specs))
    check_spec(spec)
    execution = execution or plan_execution(members=len(specs))
    num_actions = {task: count_actions(task) for task in dict.fromkeys(s.task for s in specs)}
    fleet = build_fleet(specs, [num_actions[s.task] for s in specs], execution)
    replay = build_replay(spec, len(specs), execution.replay_on_device)
    begun = _begin(replay, resume)
    crew = _Crew(specs, fleet, replay, [Accumulator(pending) for pending in begun.pending])
    state, gradient_step = fleet.begin(begun.learners), begun.gradient_step

    length = spec.schedule.agent_steps_per_iteration
    for iteration in range(begun.agent_step // length, spec.schedule.iterations):
        stored_before = replay.added
        state, gradient_step = yield from _train_iteration(crew, state, gradient_step, iteration)
        now = {"agent_step": (iteration + 1) * length, "gradient_step": gradient_step}
        returns: list[list[float]] = [[] for _ in members]
        for finished in evaluate(specs, fleet, state, iteration):
            for member in members:
                returns[member] += finished[member]
                yield member, Progress(**now)
        for member in members:
            own = returns[member]
            metrics = {"eval_return_mean": float(np.mean(own)), "eval_episodes": len(own)}
            yield member, Log(**now, metrics=metrics, neurons={})
        for member in members:
            saved = {
                "learner": fleet.save(state, member),
                "pending": crew.pending[member].to_array(),
            }
            # Without a name here, the frames are gone as soon as they are saved.
            yield (
                member,
                Snapshot(**now, state=saved, transitions=replay.since(member, stored_before)),
            )


class _Begun(NamedTuple):
    """What snapshots said, but for the transitions.

    Attributes:
      agent_step, gradient_step: of all.
      learners: saved state of each; None at the beginning.
      pending: of each accumulator.
    """

    agent_step: int
    gradient_step: int
    learners: Sequence[dict[str, Any] | None]
    pending: Sequence[np.ndarray | None]


def _begin(replay: FleetReplay, resume: Iterable[Snapshot | None]) -> _Begun:
    """Puts the transitions of snapshots, one after the other, into an empty replay."""
    steps, learners, pending = set(), [], []
    for snapshot in resume:
        if snapshot is None:
            steps.add((0, 0))
            learners.append(None)
            pending.append(None)
        else:
            steps.add((snapshot.agent_step, snapshot.gradient_step))
            learners.append(snapshot.state["learner"])
            pending.append(snapshot.state["pending"])
            replay.restore(len(learners) - 1, snapshot.transitions)
        # Before the next one is loaded.
        del snapshot
    if len(steps) != 1:
        raise UserError(
            "Runs that have come unequally far cannot be trained together; use --fleet 1."
        )
    return _Begun(*steps.pop(), learners, pending)


def _train_iteration(
    crew: _Crew, state: Any, gradient_step: int, iteration: int
) -> Generator[FleetEvent, None, tuple[Any, int]]:
    """Plays and learns for one iteration; returns the state and gradient step after it."""
    agent, length = crew.spec.agent, crew.spec.schedule.agent_steps_per_iteration
    environments = AtariEnvironments([spec.task for spec in crew.specs])
    observations = environments.reset(
        [environment_seed(s.seed, Purpose.TRAIN_ENVIRONMENT, iteration) for s in crew.specs]
    )
    scores = np.zeros(len(crew.specs))
    for agent_step in range(iteration * length, (iteration + 1) * length):
        epsilon = linear_epsilon(agent, agent_step)
        actions = crew.fleet.act(state, observations, epsilon, agent_step, Purpose.ACT)
        steps = environments.step(actions)
        # The paper clips rewards for learning; returns are reported unclipped.
        clipped = np.clip(steps.rewards, -1.0, 1.0)
        crew.replay.add(observations, actions, clipped, steps.terminal, steps.truncated)
        scores += steps.rewards
        observations = steps.observations
        for member in np.flatnonzero(steps.terminal | steps.truncated):
            crew.pending[member].add("train_return", scores[member])
            scores[member] = 0.0

        played = agent_step + 1
        if played % agent.update_period_agent_steps:
            continue
        if played > agent.min_replay_agent_steps:
            state = yield from _learn(crew, state, played, gradient_step)
            gradient_step += agent.updates_per_period
        for member in range(len(crew.specs)):
            yield member, Progress(played, gradient_step)
    environments.close()
    crew.replay.cut_episodes()
    return state, gradient_step


def _learn(
    crew: _Crew, state: Any, agent_step: int, gradient_step: int
) -> Generator[FleetEvent, None, Any]:
    """One group of updates, then what is due after it: first the log, then the intervention."""
    agent, schedule, intervention = crew.spec.agent, crew.spec.schedule, crew.spec.intervention
    if gradient_step == 0:
        yield from _measure(crew, state, agent_step, gradient_step)

    following = range(gradient_step, gradient_step + agent.updates_per_period)
    batches = crew.replay.sample(agent.batch_size, crew.generators(Purpose.SAMPLE, following))
    state, metrics = crew.fleet.update(state, batches)
    crew.add(metrics)
    gradient_step = following.stop

    if gradient_step % schedule.log_period_gradient_steps == 0:
        yield from _measure(crew, state, agent_step, gradient_step)
    if intervention.is_due(gradient_step):
        frames = _probe(crew, intervention.probe_batch_size, Purpose.INTERVENE, gradient_step)
        state, metrics = crew.fleet.intervene(state, frames, gradient_step)
        crew.add(metrics)
    return state


def _probe(crew: _Crew, size: int, purpose: Purpose, gradient_step: int) -> Any:
    """Frames of fresh transitions for every member: (members, size, stack + n_step, ...)."""
    return crew.replay.sample(size, crew.generators(purpose, [gradient_step])).frames[:, 0]


def _measure(crew: _Crew, state: Any, agent_step: int, gradient_step: int) -> Iterator[FleetEvent]:
    """Records every hidden neuron on a fresh probe batch, and what has piled up since."""
    size = crew.spec.schedule.probe_batch_size
    measured = crew.fleet.measure(state, _probe(crew, size, Purpose.PROBE, gradient_step))
    epsilon = linear_epsilon(crew.spec.agent, agent_step)
    for member, pending in enumerate(crew.pending):
        neurons = {layer: measured[layer][member] for layer in crew.fleet.layers}
        metrics = pending.drain() | {"epsilon": epsilon} | describe_neurons(neurons)
        yield member, Log(agent_step, gradient_step, metrics, neurons)
