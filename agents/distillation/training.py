"""Distillation: a student regresses on its teacher's values, without an environment.

The teacher's network is fixed, and so is what the inputs are drawn from: unlike in Q-learning
nothing moves but the student. One that does not get there lacks the ability to learn (paper,
Figure 8). A generator that touches no files but those of the runs that it requires.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from agents import checkpoints, loop
from agents.distillation.learner import Examples, build_learner, random_teacher, scale_of
from agents.distillation.spec import DistillationSpec
from agents.events import Snapshot
from agents.experience import Experience, Moment
from agents.fleet.execution import Execution
from agents.fleet.members import build_fleet
from agents.loop import FleetEvent, Timetable
from agents.networks.build import OUTPUT_LAYER
from agents.randomness import Purpose, generator
from agents.replay.stored import OfflineData
from agents.run_folder import checkpoint_of, transitions_of
from agents.spec import RunSpec

# Gradient steps between two signs of life, and in one call where an accelerator fuses them.
_GROUP = 25
# Observations that targets are standardised on.
_STANDARDISED_OVER = 2_048

Sampler = Callable[[tuple[int, ...], np.random.Generator], Examples]


def train(
    specs: Sequence[DistillationSpec],
    resume: Iterable[Snapshot | None],
    runs: Path,
    execution: Execution,
) -> Iterator[FleetEvent]:
    """Trains one student; see `agents.kinds.train_fleet`."""
    [spec] = specs
    experience = StoredExamples(spec, runs)
    teacher = _final_params(spec.teacher, runs)
    if spec.values_of == "random_network":
        inputs = experience.observations(_STANDARDISED_OVER)
        teacher = random_teacher(spec, len(teacher[OUTPUT_LAYER]["bias"]), inputs)
    pretrained = _final_params(spec.student, runs) if spec.start == "pretrained" else None
    scale = None
    if spec.scaling == "standardised":
        scale = scale_of(spec, teacher, experience.observations(_STANDARDISED_OVER))
    learner = build_learner(spec, teacher, pretrained, scale)
    fleet = build_fleet([spec.seed], [learner], execution, init=Purpose.STUDENT_INIT)
    period, length = spec.checkpoint_period_gradient_steps, spec.gradient_steps
    timetable = Timetable(
        iterations_end=(*range(period, length, period), length),
        log_period_gradient_steps=spec.log_period_gradient_steps,
        probe_batch_size=spec.probe_batch_size,
    )
    yield from loop.train(fleet, experience, timetable, resume)


class StoredExamples(Experience):
    """Observations of a run's stored transitions.

    Args:
      spec: the run.
      runs: the folder of all runs.

    Raises:
      UserError: the transitions are missing or damaged.
    """

    def __init__(self, spec: DistillationSpec, runs: Path):
        self._spec, self._sample = spec, open_examples(spec, runs)

    def observations(self, count: int) -> np.ndarray:
        """(count, stack, height, width) drawn once, to standardise targets on."""
        stream = generator(self._spec.seed, Purpose.TARGETS, 0)
        return self._sample((count,), stream).observations

    def updates_due(self, now: Moment, end: int) -> int:
        del end  # Which is a multiple of the period.
        period = self._spec.log_period_gradient_steps
        return min(_GROUP, period - now.gradient_step % period)

    def draw(self, steps: range) -> Examples:
        return self._draw((len(steps), self._spec.batch_size), Purpose.SAMPLE, steps.start)

    def probe(self, size: int, purpose: Purpose, gradient_step: int) -> Examples:
        return self._draw((size,), purpose, gradient_step)

    def _draw(self, size: tuple[int, ...], purpose: Purpose, step: int) -> Examples:
        examples = self._sample(size, generator(self._spec.seed, purpose, step))
        return Examples(*(column[None] for column in examples))


def open_examples(spec: DistillationSpec, runs: Path) -> Sampler:
    """Opens the stored transitions that the inputs come from.

    Args:
      spec: whose inputs are asked for.
      runs: the folder of all runs.

    Returns:
      (size (..., batch), generator) -> examples, in every batch as many from each run of
      `spec.data_runs`.

    Raises:
      UserError: the transitions are missing or damaged.
    """
    task, choice = spec.teacher.task, generator(spec.seed, Purpose.DATA, 0)
    sources = []
    for run in spec.data_runs:
        source = OfflineData(
            transitions_of(run, runs),
            frame_size_px=task.frame_size_px,
            frame_stack=task.frame_stack,
            n_step=1,
            discount=run.agent.discount,
            buffers_in_memory=spec.buffers_in_memory,
        )
        source.load(choice)
        sources.append(source)

    def sample(size: tuple[int, ...], draws: np.random.Generator) -> Examples:
        *lead, batch_size = size
        own, axis = (*lead, batch_size // len(sources)), len(lead)
        parts = [source.sample(own, draws) for source in sources]
        return Examples(
            np.concatenate([part.frames[..., : task.frame_stack, :, :] for part in parts], axis),
            np.concatenate([part.a_tm1 for part in parts], axis),
        )

    return sample


def _final_params(run: RunSpec, runs: Path) -> dict[str, Any]:
    """The network parameters that a finished run ended with."""
    state = checkpoints.load_learner(checkpoint_of(run, runs), run.run_id)
    return jax.tree.map(jnp.asarray, state["learner"]["agent"]["params"])
