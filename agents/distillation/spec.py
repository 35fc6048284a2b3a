"""A student learns the values of a teacher: the settings of the paper's Figure 8 as a value.

The paper says that a network which was trained at replay ratio 1, and a freshly initialised
one, are trained for 50,000 gradient steps to predict the values of a well-performing DQN
agent by regression. It leaves open

- whose transitions the regression is trained on. Here the teacher's, whose values are meant to
  be right there; the student's, or half of every batch from each, are a switch away.
- the loss. Here the squared error over all actions: the paper's fresh student starts at 6.9,
  which then stands for values of 2.6, as clipped rewards make them. The taken action alone,
  or the Huber loss, are switches.
- the optimizer. Here the one that both agents were trained with, with fresh moments: neither
  student may owe its success to another optimizer than the other.
- which of the stored transitions. Here a fixed random choice of the stored buffers, so that
  the inputs come from one distribution from the first gradient step to the last.
- the inputs that neurons are measured on. Here fresh ones from the same source.
"""

import dataclasses
from typing import ClassVar, Literal

from agents.errors import UserError
from agents.fields import field
from agents.identity import Spec, check_bounds
from agents.spec import DQNSpec, RunSpec

# Raised whenever the same numbers would train differently than before.
DISTILLATION_VERSION = 2

TEACHER = RunSpec()
STUDENT = RunSpec(agent=DQNSpec(replay_ratio=1.0))


@dataclasses.dataclass(frozen=True)
class DistillationSpec(Spec):
    """One student that is trained to predict its teacher's values (paper, Figure 8).

    Attributes:
      teacher: the run whose final network is to be predicted.
      student: the run whose network is trained on. A student that starts at random has its
        architecture, and parameters of its own. It may have learned another game than the
        teacher, if the inputs are the teacher's: the values of its actions mean nothing there, and
        its last layer starts anew.
      start: "random" is a freshly initialised student, "pretrained" the final network of the
        run `student`.
      inputs: whose stored transitions the observations come from; "both" is half of every
        batch from each run.
      values_of: the values of the "teacher", or of a "random_network" of its architecture, drawn
        from the seed and standardised for every action over a fixed batch of the inputs: the same
        new problem for every student.
      loss: "mse" is the mean squared error, "huber" the Huber loss (delta 1).
      actions: whether the values of "all" actions are predicted, or only that of the action
        that was "taken".
      scaling: the teacher's values as they are ("raw"), or "standardised" to mean 0 and variance
        1 for every action, over a fixed batch of the inputs.
      optimizer: "adam", or "sgd", plain stochastic gradient descent; it starts anew.
      learning_rate, adam_b1, adam_b2, adam_epsilon: of the optimizer.
      batch_size: transitions per gradient step.
      gradient_steps: length of the run.
      log_period_gradient_steps: gradient steps between two records of all neurons.
      checkpoint_period_gradient_steps: gradient steps between two snapshots.
      probe_batch_size: transitions that the records are computed on; from the same source as
        the inputs.
      buffers_in_memory: stored buffers of a run that its inputs come from, chosen at random
        once for the whole run.
      seed, version: see `agents.identity.Spec`.

    Raises:
      UserError: the settings contradict each other.
    """

    kind: ClassVar[str] = "distillation"

    teacher: RunSpec = field(TEACHER, unit="agent steps")
    student: RunSpec = field(STUDENT, label="pretrained student", unit="agent steps")
    start: Literal["random", "pretrained"] = field("random", told=False)
    inputs: Literal["teacher", "student", "both"] = "teacher"
    values_of: Literal["teacher", "random_network"] = "teacher"
    loss: Literal["mse", "huber"] = "mse"
    actions: Literal["all", "taken"] = "all"
    scaling: Literal["raw", "standardised"] = "raw"
    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: float = field(6.25e-5, at_least=0)
    adam_b1: float = field(0.9, label="Adam b1", at_least=0, below=1)
    adam_b2: float = field(0.999, label="Adam b2", at_least=0, below=1)
    adam_epsilon: float = field(1.5e-4, label="Adam epsilon", above=0)
    batch_size: int = field(32, unit="transitions", at_least=1)
    gradient_steps: int = field(
        50_000, label="length", unit="gradient steps", told=False, at_least=1
    )
    log_period_gradient_steps: int = field(100, at_least=1)
    checkpoint_period_gradient_steps: int = field(5_000, told=False, at_least=1)
    probe_batch_size: int = field(64, label="probe batch", unit="transitions", at_least=1)
    buffers_in_memory: int = field(5, unit="stored buffers", told=False, at_least=1)
    seed: int = field(0, told=False)
    version: int = field(DISTILLATION_VERSION, told=False)

    def __post_init__(self):
        super().__post_init__()
        # What is proved below divides by them.
        check_bounds(self)
        if dataclasses.replace(self.student.task, game=self.teacher.game) != self.teacher.task:
            raise UserError(
                "Teacher and student of a distillation must have seen the same kind of frames; "
                "give both runs the same preprocessing."
            )
        if self.student.game != self.teacher.game and self.inputs != "teacher":
            raise UserError(
                "A student of another game must learn from the teacher's inputs, because the "
                'teacher\'s values mean nothing in its own; set inputs to "teacher".'
            )
        for name in ("batch_size", "probe_batch_size"):
            if getattr(self, name) % len(self.data_runs):
                raise UserError(f"With inputs from both runs, {name} must be an even number.")
        for name in ("gradient_steps", "checkpoint_period_gradient_steps"):
            if getattr(self, name) % self.log_period_gradient_steps:
                raise UserError(f"{name} must be a multiple of log_period_gradient_steps.")

    @property
    def idle(self) -> dict[str, str]:
        if self.optimizer == "adam":
            return {}
        return dict.fromkeys(("adam_b1", "adam_b2", "adam_epsilon"), "the optimizer is sgd")

    def check(self) -> None:
        """Raises UserError where the numbers make no sense, or the runs left too little."""
        super().check()
        for run in self.requires_transitions_of:
            run.check_left_data()

    @property
    def game(self) -> str:
        return self.teacher.game

    @property
    def total_gradient_steps(self) -> int:
        return self.gradient_steps

    @property
    def data_runs(self) -> tuple[RunSpec, ...]:
        """The runs whose transitions are learned from; each gives the same part of a batch."""
        runs = {"teacher": (self.teacher,), "student": (self.student,)}
        return runs.get(self.inputs, (self.teacher, self.student))

    @property
    def requires(self) -> tuple[Spec, ...]:
        if self.start == "pretrained" or self.student in self.data_runs:
            return tuple(dict.fromkeys((self.teacher, self.student)))
        return (self.teacher,)

    @property
    def requires_network_of(self) -> tuple[Spec, ...]:
        return (self.teacher, self.student) if self.start == "pretrained" else (self.teacher,)

    @property
    def requires_transitions_of(self) -> tuple[RunSpec, ...]:
        return self.data_runs
