"""A continuous-control run is a value: SAC on a MuJoCo task, with everything that decides it.

The defaults are the settings of the paper's Figure 14 (its Table 4, and google/dopamine
`labs/redo/tfagents` where that is silent), on version 5 of the tasks: version 2, which the
paper used, can no longer be installed.

What still differs from that code, by which the paper's SAC was trained:

- Shares of dormant neurons are of hidden layers. There they are of all dense layers: the critic's
  single output counts as a neuron that is never dormant, and so do the outputs of the actor's
  projection, which the rule can find dormant in the actor's share, but which are never recycled.
- Neurons are scored on a batch drawn for it, by what they do now. There it is the batch of the
  update just made, and what they did on it before that update.
- Recycling and resets also make Adam forget the moments of biases. There those stay.
- A reset follows the update whose number is a multiple of the period, so that an evaluation at
  that step plays the reset networks: four points of the published size that are lower than the
  paper's. There it is a part of the next update, after the evaluation.
- The temperature learns from the actions that the actor has just learned from. There it learns
  from new ones, of the actor after its update.
- The logarithm of the policy's standard deviation is clipped (see `agents.sac.policy`).
- The random actions before learning count as environment steps of the run. There they come on top.
- Epsilon is added to the bias-corrected root. Keras adds it before the correction, so that it
  weighs more in the first updates.

Units: an *environment step* is one action; a *gradient step* is one update of actor, critics and
temperature.
"""

import dataclasses
import functools
from typing import ClassVar

from agents.errors import UserError
from agents.fields import field
from agents.identity import Settings, Spec
from agents.spec import InterventionSpec

CONTINUOUS_CONTROL_VERSION = 2


@dataclasses.dataclass(frozen=True)
class MujocoTask(Settings):
    """A MuJoCo task of gymnasium.

    Attributes:
      game: its name without the version, for instance "HalfCheetah".
      version: of the task.
    """

    game: str = "HalfCheetah"
    version: int = 5


@dataclasses.dataclass(frozen=True)
class SACSpec(Settings):
    """SAC (Haarnoja et al. 2018, "Soft Actor-Critic Algorithms and Applications") with Adam.

    Attributes:
      width: multiplies the 256 units of both hidden layers of actor and critics (Table 6).
      learning_rate, adam_epsilon: of actor, critics and temperature. The paper names no epsilon;
        the default is Keras', which its code takes.
      weight_decay: lambda of a penalty on the kernels, biases left out: lambda times their sum of
        squares is added to the actor's loss, and half of it to the critics', whose squared errors
        are halved too (google/dopamine `labs/redo/tfagents`, an L2 `kernel_regularizer`; the
        paper says no more than L2). Its gradient enters Adam with that of the loss.
      discount: gamma.
      batch_size: transitions per gradient step.
      replay_ratio: gradient steps per environment step, a whole number.
      target_smoothing: share of the critics that their targets take over each gradient step.
      reward_scale: rewards are multiplied with it for learning; returns are reported without.
      target_entropy_per_action: of the policy, for each component of an action. The paper's code
        leaves TF-Agents' default, half of the -1 that Haarnoja et al. use.
      replay_capacity_transitions: size of the ring of past transitions.
      min_replay_environment_steps: environment steps with uniformly random actions before the
        first update.
    """

    width: float = field(1.0, label="network width", above=0)
    learning_rate: float = field(3e-4, at_least=0)
    adam_epsilon: float = field(1e-7, label="Adam epsilon", above=0)
    weight_decay: float = field(0.0, at_least=0)
    discount: float = field(0.99, at_least=0, at_most=1)
    batch_size: int = field(256, unit="transitions", at_least=1)
    replay_ratio: int = field(1, unit="gradient steps per environment step", at_least=1)
    target_smoothing: float = field(0.005, at_least=0, at_most=1)
    reward_scale: float = field(0.1, above=0)
    target_entropy_per_action: float = -0.5
    replay_capacity_transitions: int = field(1_000_000, at_least=1)
    min_replay_environment_steps: int = field(
        10_000, label="random actions before learning", unit="environment steps", at_least=1
    )


@dataclasses.dataclass(frozen=True)
class ContinuousSchedule(Settings):
    """How long a run is and how often it is measured.

    Attributes:
      iterations: training and evaluation phases.
      environment_steps_per_iteration: of a training phase.
      eval_episodes: of an evaluation phase, played with the mode of the policy.
      eval_environments: that they are played in at a time.
      log_period_gradient_steps: gradient steps between two records of all neurons.
      probe_batch_size: transitions that the records are computed on.
    """

    iterations: int = field(100, told=False, at_least=1)
    environment_steps_per_iteration: int = field(10_000, told=False, at_least=1)
    eval_episodes: int = field(30, label="evaluation phase", unit="episodes", at_least=1)
    eval_environments: int = field(10, told=False, at_least=1)
    log_period_gradient_steps: int = field(10_000, at_least=1)
    probe_batch_size: int = field(256, label="probe batch", unit="transitions", at_least=1)


@dataclasses.dataclass(frozen=True)
class ContinuousSpec(Spec):
    """One SAC run.

    Attributes:
      task, agent, intervention, schedule, seed, version: what is trained, and how. The
        intervention acts on actor and critics alike. A reset makes the reset layers of the target
        critics the fresh ones, every other kind leaves target critics alone.
    """

    kind: ClassVar[str] = "continuous_control"

    task: MujocoTask = MujocoTask()
    agent: SACSpec = SACSpec()
    intervention: InterventionSpec = InterventionSpec()
    schedule: ContinuousSchedule = ContinuousSchedule()
    seed: int = field(0, told=False)
    version: int = field(CONTINUOUS_CONTROL_VERSION, told=False)

    @property
    def idle(self) -> dict[str, str]:
        return {
            "intervention.target_copy": "the target critics follow and are not copied",
            "intervention.official_conv_to_dense": "there are no convolutions",
        }

    def check(self) -> None:
        """Raises UserError where the loop could not honour the spec's numbers exactly."""
        super().check()
        self.intervention.check()
        for what, period in (
            ("log period", self.schedule.log_period_gradient_steps),
            ("intervention period", self.intervention.period_gradient_steps),
            ("intervention clock's offset", self.intervention.clock_offset_gradient_steps),
        ):
            if period % self.agent.replay_ratio:
                raise UserError(
                    f"The {what} of {period} gradient steps is not a multiple of the "
                    f"{self.agent.replay_ratio} gradient steps that are done at a time; change it "
                    "or the replay ratio."
                )
        if self.agent.min_replay_environment_steps >= self.total_agent_steps:
            raise UserError(
                f"Learning starts after {self.agent.min_replay_environment_steps} environment "
                f"steps of {self.total_agent_steps}; change min_replay_environment_steps or "
                "iterations."
            )

    @property
    def game(self) -> str:
        return self.task.game

    @property
    def total_agent_steps(self) -> int:
        return self.schedule.iterations * self.schedule.environment_steps_per_iteration

    @property
    def total_gradient_steps(self) -> int:
        learning = self.total_agent_steps - self.agent.min_replay_environment_steps
        return max(0, learning) * self.agent.replay_ratio

    @functools.cached_property
    def common_part(self) -> "ContinuousSpec":
        """What a fleet's members have in common: all but the seed; tasks differ in their sizes."""
        return dataclasses.replace(self, seed=0)

    @property
    def replay_capacity_transitions(self) -> int:
        return self.agent.replay_capacity_transitions
