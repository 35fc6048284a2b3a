"""Distillation: a student regresses on its teacher's values, without an environment.

The teacher's network is fixed, and so is what the inputs are drawn from: unlike in Q-learning
nothing moves but the student. One that does not get there lacks the ability to learn (paper,
Figure 8). A generator that touches no files but those of the runs that it requires.
"""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

from flax import serialization
import jax
import jax.numpy as jnp
import numpy as np

from agents import checkpoints
from agents.description import describe_neurons
from agents.distillation.learner import Distiller, Examples, Student, build_distiller
from agents.distillation.spec import DistillationSpec
from agents.events import Event, Log, Progress, Snapshot
from agents.fleet.execution import Execution, plan_execution
from agents.randomness import Purpose, generator, run_key
from agents.replay.stored import OfflineData
from agents.spec import RunSpec

# Gradient steps between two signs of life, and in one call where an accelerator fuses them.
_GROUP = 25

Sampler = Callable[[int, np.random.Generator], Examples]


def train(
    spec: DistillationSpec,
    resume: Snapshot | None,
    runs: Path,
    execution: Execution | None = None,
) -> Iterator[Event]:
    """Trains one student.

    Args:
      spec: what to train.
      resume: the snapshot to go on from; None starts a new run.
      runs: the folder of all runs, among them those that the spec requires.
      execution: how to use the device; None takes the fastest way known.

    Yields:
      `Progress`, `Log` and `Snapshot`, in order of time; agent steps are gradient steps.

    Raises:
      UserError: files of a required run are missing or damaged.
    """
    sample = open_examples(spec, runs)
    teacher = _final_params(spec.teacher, runs)
    distiller = build_distiller(spec, teacher, execution or plan_execution())
    if spec.start == "pretrained":
        params = _final_params(spec.student, runs)
    else:
        params = distiller.init_params(run_key(spec.seed, Purpose.INIT))
    student = distiller.begin(params)
    step = 0
    if resume is None:
        yield _log(spec, distiller, student, sample, step, losses=[])
    else:
        student = serialization.from_state_dict(student, resume.state)
        step = resume.gradient_step

    while step < spec.gradient_steps:
        student, losses = yield from _learn(spec, distiller, student, sample, step)
        step += spec.log_period_gradient_steps
        yield _log(spec, distiller, student, sample, step, losses)
        if step % spec.checkpoint_period_gradient_steps == 0 or step == spec.gradient_steps:
            state = jax.device_get(serialization.to_state_dict(student))
            yield Snapshot(step, step, state, transitions={})


def open_examples(spec: DistillationSpec, runs: Path) -> Sampler:
    """Opens the stored transitions that the inputs come from.

    Args:
      spec: whose inputs are asked for.
      runs: the folder of all runs.

    Returns:
      (batch size, generator) -> examples, as many from each run of `spec.data_runs`.

    Raises:
      UserError: the transitions are missing or damaged.
    """
    task, choice = spec.teacher.task, generator(spec.seed, Purpose.DATA, 0)
    sources = []
    for run in spec.data_runs:
        source = OfflineData(
            runs / run.run_id / "transitions",
            frame_size_px=task.frame_size_px,
            frame_stack=task.frame_stack,
            n_step=1,
            discount=run.agent.discount,
            buffers_in_memory=spec.buffers_in_memory,
        )
        source.load(choice)
        sources.append(source)

    def sample(batch_size: int, draws: np.random.Generator) -> Examples:
        parts = [source.sample(batch_size // len(sources), draws) for source in sources]
        return Examples(
            np.concatenate([part.frames[:, : task.frame_stack] for part in parts]),
            np.concatenate([part.a_tm1 for part in parts]),
        )

    return sample


def _learn(
    spec: DistillationSpec, distiller: Distiller, student: Student, sample: Sampler, begin: int
) -> Generator[Event, None, tuple[Student, list[float]]]:
    """The gradient steps from one log to the next; returns the student and its losses."""
    losses: list[float] = []
    end = begin + spec.log_period_gradient_steps
    for first in range(begin, end, _GROUP):
        last = min(first + _GROUP, end)
        batches = [
            sample(spec.batch_size, generator(spec.seed, Purpose.SAMPLE, step))
            for step in range(first, last)
        ]
        examples = Examples(*map(np.stack, zip(*batches, strict=True)))
        student, found = distiller.update(student, examples)
        losses += found.tolist()
        yield Progress(last, last)
    return student, losses


def _log(
    spec: DistillationSpec,
    distiller: Distiller,
    student: Student,
    sample: Sampler,
    step: int,
    losses: list[float],
) -> Log:
    """Records every hidden neuron on a fresh probe batch, and the mean loss since the last log.

    Before the first gradient step there is none yet: the probe batch has to tell it.
    """
    probe = sample(spec.probe_batch_size, generator(spec.seed, Purpose.PROBE, step))
    examined = distiller.examine(student.params, probe)
    neurons = {layer: np.asarray(examined.neurons[layer]) for layer in distiller.layers}
    metrics = {
        "distillation_loss": float(np.mean(losses)) if losses else float(examined.loss),
        "greedy_agreement": float(examined.agreement),
    }
    return Log(step, step, metrics | describe_neurons(neurons), neurons)


def _final_params(run: RunSpec, runs: Path) -> dict[str, Any]:
    """The network parameters that a finished run ended with."""
    state = checkpoints.load_learner(runs / run.run_id / "checkpoint", run.run_id)
    return jax.tree.map(jnp.asarray, state["learner"]["agent"]["params"])
