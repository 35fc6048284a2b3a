"""A run is a value: everything that decides its result, as frozen dataclasses.

The defaults are the settings published for DQN with the Nature network (paper, Tables 1
and 2, and google/dopamine `labs/redo` where the tables are silent), so that
`RunSpec(seed=3)` is one run of the paper's Figure 2. A preset only replaces numbers.

Units: an *agent step* is one action (4 frames); a *gradient step* is one optimizer update.
"""

import dataclasses
import hashlib
import json
import math
from typing import Any, Literal

from agents.errors import UserError

# Raised whenever the same numbers would train differently than before, so that results of
# old and new code never share a run id.
TRAINING_VERSION = 1


@dataclasses.dataclass(frozen=True)
class AtariTask:
    """An Atari 2600 game behind Dopamine's preprocessing (Machado et al. 2018).

    Attributes:
      game: name as in the paper, for instance "DemonAttack".
      frame_size_px: height and width of the grey observation.
      frame_stack: frames in one observation.
      frame_skip: emulator frames per agent step; the last two are max-pooled.
      sticky_action_probability: chance that the emulator repeats the last action.
      max_episode_agent_steps: an episode is truncated after this many agent steps.
    """

    game: str = "DemonAttack"
    frame_size_px: int = 84
    frame_stack: int = 4
    frame_skip: int = 4
    sticky_action_probability: float = 0.25
    max_episode_agent_steps: int = 27_000


@dataclasses.dataclass(frozen=True)
class NetworkSpec:
    """The Q-network.

    Attributes:
      kind: "nature" is the convolutional network of Mnih et al. 2015.
      width: multiplies the channels of every convolution and the units of the hidden
        dense layer (rounded up), as in the paper's Figure 12.
    """

    kind: Literal["nature"] = "nature"
    width: float = 1.0


@dataclasses.dataclass(frozen=True)
class DQNSpec:
    """DQN (Mnih et al. 2015) with Adam.

    Attributes:
      learning_rate, adam_b1, adam_b2, adam_epsilon: the optimizer.
      weight_decay: L2 coefficient added to the gradient *before* Adam, as published (this
        is not AdamW); 0 switches it off.
      loss: "huber" (delta 1; what the paper's code uses) or "mse".
      discount: gamma.
      n_step: length of the n-step return; the target is discounted with gamma**n.
      batch_size: transitions per gradient step.
      replay_ratio: gradient steps per agent step.
      update_period_agent_steps: agent steps between two groups of updates; each group has
        `replay_ratio * update_period_agent_steps` gradient steps, which must be a whole
        number. Dopamine's default is one update every 4 agent steps.
      target_period_gradient_steps: the target network is copied this often. The paper
        keeps it at 2,000 gradient steps for every replay ratio.
      replay_capacity_transitions: size of the ring of past transitions.
      min_replay_agent_steps: agent steps with random actions before the first update.
      epsilon_train, epsilon_decay_agent_steps: exploration falls linearly from 1 to
        `epsilon_train` over this many agent steps after the first
        `min_replay_agent_steps`.
      epsilon_eval: exploration in the evaluation phase.
    """

    learning_rate: float = 6.25e-5
    adam_b1: float = 0.9
    adam_b2: float = 0.999
    adam_epsilon: float = 1.5e-4
    weight_decay: float = 0.0
    loss: Literal["huber", "mse"] = "huber"
    discount: float = 0.99
    n_step: int = 1
    batch_size: int = 32
    replay_ratio: float = 0.25
    update_period_agent_steps: int = 4
    target_period_gradient_steps: int = 2_000
    replay_capacity_transitions: int = 1_000_000
    min_replay_agent_steps: int = 20_000
    epsilon_train: float = 0.01
    epsilon_decay_agent_steps: int = 250_000
    epsilon_eval: float = 0.001

    @property
    def updates_per_period(self) -> int:
        """Gradient steps after every `update_period_agent_steps` agent steps.

        Raises:
          UserError: the replay ratio cannot be honoured with whole gradient steps.
        """
        exact = self.replay_ratio * self.update_period_agent_steps
        updates = round(exact)
        if updates < 1 or not math.isclose(exact, updates, rel_tol=1e-9):
            raise UserError(
                f"Replay ratio {self.replay_ratio} with an update every "
                f"{self.update_period_agent_steps} agent steps asks for {exact:g} gradient steps "
                "at a time; choose a replay ratio that is a multiple of "
                f"{1 / self.update_period_agent_steps:g}."
            )
        return updates


@dataclasses.dataclass(frozen=True)
class InterventionSpec:
    """What is done to the network besides training it.

    Attributes:
      kind: "none" only measures; "redo" recycles dormant neurons (paper, Algorithm 1).
      tau: a neuron is dormant if its score is at most tau (paper, Definition 3.1). The
        paper uses 0.025 at replay ratio 0.25 and 0.1 elsewhere (google/dopamine#226).
      period_gradient_steps: gradient steps between two recyclings (F).
      probe_batch_size: transitions the scores are computed on.
      outgoing: recycled neurons get "zero" or freshly drawn ("random") outgoing weights.
      official_conv_to_dense: reproduce the row order of the official code at the border
        between the last convolution and the dense layer (google/dopamine `labs/redo`),
        which zeroes rows of other channels than the recycled one. False is what the paper
        describes.
    """

    kind: Literal["none", "redo"] = "none"
    tau: float = 0.025
    period_gradient_steps: int = 1_000
    probe_batch_size: int = 64
    outgoing: Literal["zero", "random"] = "zero"
    official_conv_to_dense: bool = False


@dataclasses.dataclass(frozen=True)
class ScheduleSpec:
    """How long a run is and how often it is measured.

    Attributes:
      iterations: training and evaluation phases; a checkpoint follows each.
      agent_steps_per_iteration: agent steps of a training phase.
      eval_agent_steps: agent steps of an evaluation phase.
      log_period_gradient_steps: gradient steps between two records of all neurons.
      probe_batch_size: transitions that the records are computed on.
    """

    iterations: int = 100
    agent_steps_per_iteration: int = 250_000
    eval_agent_steps: int = 125_000
    log_period_gradient_steps: int = 20_000
    probe_batch_size: int = 64


@dataclasses.dataclass(frozen=True)
class RunSpec:
    """One training run: the unit of work, of resuming and of distributing."""

    task: AtariTask = AtariTask()
    network: NetworkSpec = NetworkSpec()
    agent: DQNSpec = DQNSpec()
    intervention: InterventionSpec = InterventionSpec()
    schedule: ScheduleSpec = ScheduleSpec()
    seed: int = 0
    version: int = TRAINING_VERSION

    @property
    def run_id(self) -> str:
        """Twelve hexadecimal digits that name this run.

        Only what differs from the defaults is hashed, with the seed and the version
        always in: a new field with its default leaves all old ids as they are.
        """
        identity = _differences(self) | {"seed": self.seed, "version": self.version}
        canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    @property
    def total_agent_steps(self) -> int:
        return self.schedule.iterations * self.schedule.agent_steps_per_iteration

    @property
    def total_gradient_steps(self) -> int:
        agent = self.agent
        groups_before = agent.min_replay_agent_steps // agent.update_period_agent_steps
        groups = self.total_agent_steps // agent.update_period_agent_steps
        return max(0, groups - groups_before) * agent.updates_per_period

    def to_json(self) -> str:
        """The whole spec, every field written out."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "RunSpec":
        """Inverse of `to_json`; fields that the text lacks keep their defaults.

        Raises:
          UserError: the text is not a run specification of this version of the project.
        """
        try:
            return _build(cls, json.loads(text))
        except (ValueError, TypeError, AttributeError) as error:
            raise UserError(
                f"This is not a run specification that this version reads: {error}."
            ) from error


def _differences(spec: Any) -> dict[str, Any]:
    """Nested dictionary of the fields that differ from their defaults."""
    found = {}
    for field in dataclasses.fields(spec):
        value = getattr(spec, field.name)
        if dataclasses.is_dataclass(value):
            inner = _differences(value)
            if inner:
                found[field.name] = inner
        elif value != field.default:
            # 1 and 1.0 must give one id, whichever of them a caller wrote.
            found[field.name] = float(value) if isinstance(field.default, float) else value
    return found


def _build(cls: type, values: dict[str, Any]) -> Any:
    known = {field.name: field for field in dataclasses.fields(cls)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r} in {cls.__name__}")
    arguments = {}
    for name, value in values.items():
        default = known[name].default
        if dataclasses.is_dataclass(default):
            arguments[name] = _build(type(default), value)
        else:
            arguments[name] = float(value) if isinstance(default, float) else value
    return cls(**arguments)
