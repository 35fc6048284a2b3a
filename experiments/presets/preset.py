"""What a preset is: the runs that experiments start from, and how long and how many they are."""

from collections.abc import Mapping
import dataclasses
from typing import Any, Literal

from agents.distillation.spec import DistillationSpec
from agents.offline.spec import OfflineSpec
from agents.sac.spec import ContinuousSpec
from agents.spec import InterventionSpec, RunSpec
from agents.supervised.spec import ClassificationSpec
from experiments.presets.drq import DRQ
from experiments.presets.paths import replaced, value_at


@dataclasses.dataclass(frozen=True)
class Change:
    """A number that a user has set.

    Attributes:
      path: for instance "agent.learning_rate".
      value: as text.
      was: the value in the preset that it was changed in, as text.
      label: the field's name in words.
    """

    path: str
    value: str
    was: str
    label: str


@dataclasses.dataclass(frozen=True)
class Preset:
    """A size of the experiments.

    Attributes:
      name: what `--preset` takes.
      purpose: one line for help texts.
      seed_count: seeds 0 to `seed_count - 1` are trained and reported.
      atari: the DQN run that every Atari experiment starts from. An experiment states its
        conditions relative to it (half its learning rate, twice its replay ratio).
      comparison_iterations: length of the runs that the paper compares after 40 iterations
        rather than 100 (Figures 6, 7 and 9); None is the length of `atari`.
      sweep_iterations: of those, the ones at other replay ratios than that of `atari`
        (Figure 7), where a laptop must be shorter.
      high_replay_iterations: length of the runs at replay ratio 1 that the paper compares
        after 10 iterations (Figures 1, 11, 12 and 13).
      score_sweep_iterations: of those, the ones at other replay ratios and with other agents
        (Figure 10), where a laptop must be shorter.
      redo_period_gradient_steps: gradient steps between two recyclings by ReDo.
      redo_tau: the threshold of ReDo in runs at the replay ratio of `atari`; the paper's is
        0.025 at replay ratio 0.25 and 0.1 at higher ones.
      student_replay_ratio: of the run that the pretrained student of Figure 8 comes from; it is
        to be another run than the teacher, which learns at the ratio of `atari`.
      reset_period_gradient_steps: gradient steps between two resets of layers.
      widths: of the networks of Figure 12, each twice as wide as the one before.
      target_copy: of interventions on DQN, see `InterventionSpec`; "after" is how the published
        curves were made. Smaller presets keep "before", by which their shipped runs were trained.
      residual_width: of the residual network of Figure 10c.
      whole_episode_agent_steps: where returns of whole episodes are learned from, iterations, at
        whose end the running episode is cut, and the random play before learning are at least
        this long; 0 leaves both as they are.
      sgd_learning_rate: of stochastic gradient descent, whose steps are not scaled as Adam's are.
      games: experiment -> its games, where they are fewer than the paper's.
      conditions: experiment -> names of its conditions, where they are fewer than the paper's.
      drq: the run of DrQ(epsilon) of Figures 10d and 17; experiments choose its replay ratio.
      offline: the offline run of Figure 4; experiments choose its data and targets.
      distillation: the student of Figure 8; experiments choose teacher and student.
      classification: the supervised run of Figure 3.
      control: the SAC run of Figures 14 and 18 to 20 and of Table 6.
      control_period_gradient_steps: gradient steps between two recyclings or resets of SAC.
      intervention: fields of `InterventionSpec` and their values, which hold for every
        intervention whatever the experiment says.
      based_on: name of the preset that this one was made from by changing some numbers.
      changes: these.
    """

    name: str
    purpose: str
    seed_count: int
    atari: RunSpec
    comparison_iterations: int | None = None
    sweep_iterations: int | None = None
    high_replay_iterations: int | None = None
    score_sweep_iterations: int | None = None
    redo_period_gradient_steps: int = 1_000
    redo_tau: float = 0.025
    student_replay_ratio: float = 1.0
    reset_period_gradient_steps: int = 100_000
    widths: tuple[float, ...] = (1.0, 2.0, 4.0)
    residual_width: float = 1.0
    whole_episode_agent_steps: int = 0
    sgd_learning_rate: float = 0.05
    games: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    conditions: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    drq: RunSpec = DRQ
    offline: OfflineSpec = OfflineSpec()
    distillation: DistillationSpec = DistillationSpec()
    classification: ClassificationSpec = ClassificationSpec()
    control: ContinuousSpec = ContinuousSpec()
    control_period_gradient_steps: int = 200_000
    target_copy: Literal["before", "after"] = "before"
    intervention: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    based_on: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def is_published(self) -> bool:
        """Whether it has the paper's settings, but for what a user has changed."""
        return "paper" in (self.name, self.based_on)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The reported seeds."""
        return tuple(range(self.seed_count))

    def run(self, game: str, seed: int) -> RunSpec:
        """The preset's DQN run of one game and seed."""
        return replaced(self.atari, {"task.game": game, "seed": seed})

    def comparison_run(self, game: str, seed: int) -> RunSpec:
        """`run` at the length of a comparison; the very same run where the lengths agree."""
        return with_iterations(self.run(game, seed), self.comparison_iterations)

    def sweep_run(self, game: str, seed: int, replay_ratio: float) -> RunSpec:
        """DQN at any replay ratio; at that of `atari` the very same run as `run`."""
        run = self.run(game, seed)
        if replay_ratio == run.agent.replay_ratio:
            return run
        return with_iterations(_at_ratio(run, replay_ratio), self.sweep_iterations)

    def high_replay_run(self, game: str, seed: int, replay_ratio: float = 1.0) -> RunSpec:
        """DQN at replay ratio 1 or another one, as long as where the paper compares scores."""
        run = _at_ratio(self.run(game, seed), replay_ratio)
        return with_iterations(run, self.high_replay_iterations)

    def score_sweep_run(self, game: str, seed: int, replay_ratio: float) -> RunSpec:
        """`high_replay_run` at the length of Figure 10; the very same run where they agree."""
        run = self.high_replay_run(game, seed, replay_ratio)
        return with_iterations(run, self.score_sweep_iterations)

    def data_run(self, game: str, seed: int) -> RunSpec:
        """The run whose transitions others of its seed learn from: `comparison_run` itself."""
        return self.comparison_run(game, seed)

    def whole_episodes_run(self, game: str, seed: int) -> RunSpec:
        """`data_run`, long enough for episodes to end; the very same run where it is anyway."""
        run = self.data_run(game, seed)
        lengths = ("agent.min_replay_agent_steps", "schedule.agent_steps_per_iteration")
        least = self.whole_episode_agent_steps
        return replaced(run, {path: max(value_at(run, path), least) for path in lengths})

    def treated(self, run: RunSpec, intervention: InterventionSpec) -> RunSpec:
        """The run with something done to its network, as far as a user has not set it."""
        own = {"target_copy": self.target_copy} if isinstance(run, RunSpec) else {}
        intervention = dataclasses.replace(intervention, **own | self.intervention)
        return dataclasses.replace(run, intervention=intervention)


def with_iterations(run: RunSpec, iterations: int | None) -> RunSpec:
    """The run with that many iterations; None leaves its own."""
    return run if iterations is None else replaced(run, {"schedule.iterations": iterations})


def _at_ratio(run: RunSpec, replay_ratio: float) -> RunSpec:
    return replaced(run, {"agent.replay_ratio": replay_ratio})
