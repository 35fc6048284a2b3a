"""The training loop of an online agent: a generator that touches no files.

It yields `Progress` often, `Log` with the state of every neuron each log period, and a
`Snapshot` after every iteration. Who consumes it decides what is stored where. Started again
from a snapshot it yields exactly what an uninterrupted run would have yielded: all randomness
is a function of the step, and every iteration begins with a freshly seeded emulator because
an emulator's inner state cannot be saved (as in google-deepmind/dqn_zoo).
"""

from collections.abc import Generator, Iterator
from pathlib import Path

from flax import serialization
import jax
import numpy as np

from agents.accumulator import Accumulator
from agents.description import describe_neurons
from agents.dqn import linear_epsilon
from agents.environments import AtariEnvironment, count_actions
from agents.errors import UserError
from agents.evaluation import evaluate
from agents.events import Event, Log, Progress, Snapshot
from agents.execution import Execution, plan_execution
from agents.learner import Learner, LearnerState, build_learner
from agents.randomness import Purpose, environment_seed, generator
from agents.replay import Batch, ReplayRing
from agents.spec import RunSpec


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
    check_spec(spec)
    learner = build_learner(spec, count_actions(spec.task), execution or plan_execution())
    replay = ReplayRing(
        spec.agent.replay_capacity_transitions,
        spec.task.frame_size_px,
        spec.task.frame_stack,
        spec.agent.n_step,
        spec.agent.discount,
    )
    state = learner.init(jax.random.key(environment_seed(spec.seed, Purpose.INIT, 0)))
    pending = Accumulator()
    first_iteration = 0
    if resume is not None:
        state = serialization.from_state_dict(state, resume.state["learner"])
        pending = Accumulator(resume.state["pending"])
        replay.restore(resume.transitions)
        first_iteration = resume.agent_step // spec.schedule.agent_steps_per_iteration

    for iteration in range(first_iteration, spec.schedule.iterations):
        stored_before = replay.added
        state = yield from _train_iteration(spec, learner, state, replay, pending, iteration)
        now = {
            "agent_step": (iteration + 1) * spec.schedule.agent_steps_per_iteration,
            "gradient_step": int(state.agent.gradient_step),
        }
        returns = []
        for finished in evaluate(spec, learner, state.agent.params, iteration):
            returns += finished
            yield Progress(**now)
        yield Log(
            **now,
            metrics={"eval_return_mean": float(np.mean(returns)), "eval_episodes": len(returns)},
            neurons={},
        )
        saved = {
            "learner": jax.device_get(serialization.to_state_dict(state)),
            "pending": pending.to_array(),
        }
        yield Snapshot(**now, state=saved, transitions=replay.since(stored_before))


def _train_iteration(
    spec: RunSpec,
    learner: Learner,
    state: LearnerState,
    replay: ReplayRing,
    pending: Accumulator,
    iteration: int,
) -> Generator[Event, None, LearnerState]:
    """Plays and learns for one iteration; returns the state after it.

    `replay` and `pending` are changed in place.
    """
    agent, length = spec.agent, spec.schedule.agent_steps_per_iteration
    environment = AtariEnvironment(spec.task)
    observation = environment.reset(
        environment_seed(spec.seed, Purpose.TRAIN_ENVIRONMENT, iteration)
    )
    score = 0.0
    for agent_step in range(iteration * length, (iteration + 1) * length):
        epsilon = linear_epsilon(agent, agent_step)
        action = int(learner.act(state.agent.params, observation, epsilon, agent_step))
        step = environment.step(action)
        # The paper clips rewards for learning; returns are reported unclipped.
        clipped = min(max(step.reward, -1.0), 1.0)
        replay.add(observation[-1], action, clipped, step.terminal, step.truncated)
        score += step.reward
        observation = step.observation
        if step.terminal or step.truncated:
            pending.add("train_return", score)
            score = 0.0
            observation = environment.begin_episode()

        played = agent_step + 1
        if played % agent.update_period_agent_steps:
            continue
        if played > agent.min_replay_agent_steps:
            state = yield from _learn(spec, learner, state, replay, pending, played)
        yield Progress(played, int(state.agent.gradient_step))
    environment.close()
    replay.cut_episode()
    return state


def _learn(
    spec: RunSpec,
    learner: Learner,
    state: LearnerState,
    replay: ReplayRing,
    pending: Accumulator,
    agent_step: int,
) -> Generator[Event, None, LearnerState]:
    """One group of updates, then what is due after it: first the log, then the intervention."""
    group = spec.agent.updates_per_period
    gradient_step = int(state.agent.gradient_step)
    if gradient_step == 0:
        yield _measure(spec, learner, state, replay, pending, agent_step, gradient_step)

    batches = [
        replay.sample(spec.agent.batch_size, generator(spec.seed, Purpose.SAMPLE, step))
        for step in range(gradient_step, gradient_step + group)
    ]
    state, metrics = learner.update(state, Batch(*map(np.stack, zip(*batches, strict=True))))
    for name, values in metrics.items():
        for value in np.asarray(values):
            pending.add(name, float(value))
    gradient_step += group

    if gradient_step % spec.schedule.log_period_gradient_steps == 0:
        yield _measure(spec, learner, state, replay, pending, agent_step, gradient_step)
    if spec.intervention.is_due(gradient_step):
        probe = replay.sample(
            spec.intervention.probe_batch_size,
            generator(spec.seed, Purpose.INTERVENE, gradient_step),
        )
        state, metrics = learner.intervene(state, probe.frames, np.int32(gradient_step))
        for name, value in metrics.items():
            pending.add(name, float(value))
    return state


def _measure(
    spec: RunSpec,
    learner: Learner,
    state: LearnerState,
    replay: ReplayRing,
    pending: Accumulator,
    agent_step: int,
    gradient_step: int,
) -> Log:
    """Records every hidden neuron on a fresh probe batch, and what has piled up since."""
    probe = replay.sample(
        spec.schedule.probe_batch_size, generator(spec.seed, Purpose.PROBE, gradient_step)
    )
    measured = learner.measure(state.agent.params, probe.frames)
    neurons = {layer: np.asarray(measured[layer]) for layer in learner.layers}
    metrics = pending.drain() | {"epsilon": linear_epsilon(spec.agent, agent_step)}
    return Log(agent_step, gradient_step, metrics | describe_neurons(neurons), neurons)
