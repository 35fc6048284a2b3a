"""An online run is a value: everything that decides its result, as frozen dataclasses.

The defaults are the settings published for DQN with the Nature network (paper, Tables 1
and 2, and google/dopamine `labs/redo` where the tables are silent), so that
`RunSpec(seed=3)` is one run of the paper's Figure 2. A preset only replaces numbers.

Units: an *agent step* is one action (4 frames); a *gradient step* is one optimizer update.
"""

import dataclasses
import functools
import math
from typing import ClassVar, Literal

from agents.errors import UserError
from agents.fields import field
from agents.identity import FIRST_KIND, Settings, Spec

# Raised whenever the same numbers would train differently than before, so that results of
# old and new code never share a run id.
TRAINING_VERSION = 2


@dataclasses.dataclass(frozen=True)
class AtariTask(Settings):
    """An Atari 2600 game behind Dopamine's preprocessing (Machado et al. 2018).

    Attributes:
      game: name as in the paper, for instance "DemonAttack".
      frame_size_px: height and width of the grey observation.
      frame_stack: frames in one observation.
      frame_skip: emulator frames per agent step; the last two are max-pooled.
      sticky_action_probability: chance that the emulator repeats the last action.
      max_episode_agent_steps: an episode is truncated after this many agent steps.
      terminal_on_life_loss: a lost life ends the learner's episode: nothing is expected after
        it, and the frames before it are black from then on. The game goes on, and so does
        the return that is reported (DrQ(epsilon) and Dopamine's `AtariPreprocessing`).
      noop_frames: a game begins with a random number below this of emulator frames in which
        nothing is done, in training as in evaluation; 30 in the runner of Dopamine's
        `labs/atari_100k` that the paper's code takes. (The later one there counts agent steps.)
    """

    game: str = field("DemonAttack", told=False)
    frame_size_px: int = field(84, at_least=1)
    frame_stack: int = field(4, at_least=1)
    frame_skip: int = field(4, at_least=1)
    sticky_action_probability: float = field(0.25, at_least=0, at_most=1)
    max_episode_agent_steps: int = field(27_000, at_least=1)
    terminal_on_life_loss: bool = False
    noop_frames: int = field(0, label="random frames before a game", at_least=0)


@dataclasses.dataclass(frozen=True)
class NetworkSpec(Settings):
    """The Q-network.

    Attributes:
      kind: "nature" is the convolutional network of Mnih et al. 2015, "impala" the residual one
        of Espeholt et al. 2018 (Figure 10c), "dueling" that of DrQ(epsilon) (Figure 10d).
      width: multiplies the channels of every convolution and the units of the hidden
        dense layer (rounded up), as in the paper's Figure 12.
      activation: after every hidden layer; the slope of the leaky one is 0.01 (Figure 21).
      removed: share of every hidden layer's neurons that is removed at random, and for good, before
        training; only where nothing but gradients changes the network afterwards.
    """

    kind: Literal["nature", "impala", "dueling"] = "nature"
    width: float = field(1.0, label="network width", above=0)
    activation: Literal["relu", "leaky_relu"] = "relu"
    removed: float = field(
        0.0, label="share of neurons removed before training", told=False, at_least=0, below=1
    )


@dataclasses.dataclass(frozen=True)
class DQNSpec(Settings):
    """DQN (Mnih et al. 2015).

    Attributes:
      optimizer: "adam", or "sgd", plain stochastic gradient descent, which knows the learning
        rate alone.
      learning_rate, adam_b1, adam_b2, adam_epsilon: of the optimizer.
      weight_decay: L2 coefficient, of weights and biases, added to the gradient *before* Adam, as
        published (this is not AdamW); 0 switches it off.
      loss: "huber" (delta 1; what the paper's code uses) or "mse".
      discount: gamma.
      n_step: length of the n-step return; the target is discounted with gamma**n.
      targets: "bootstrapped" as in DQN, or "monte_carlo": the return to the episode's end, filled
        into the replay when the episode ends and learned from only then. No target network
        plays a part, and no transition of a truncated episode.
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
      double: the online network chooses the action whose value the target network gives (van
        Hasselt et al. 2016); otherwise the target network does both.
      augmentation: "drq" learns from randomly shifted and brightened observations, with other
        draws before and after the action (see `agents.dqn.augmentation`).
      official_crop: leave the last place of a shift out, as Dopamine's DrQ does.
    """

    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: float = field(6.25e-5, at_least=0)
    adam_b1: float = field(0.9, label="Adam b1", at_least=0, below=1)
    adam_b2: float = field(0.999, label="Adam b2", at_least=0, below=1)
    adam_epsilon: float = field(1.5e-4, label="Adam epsilon", above=0)
    weight_decay: float = field(0.0, at_least=0)
    loss: Literal["huber", "mse"] = "huber"
    discount: float = field(0.99, at_least=0, at_most=1)
    n_step: int = field(1, at_least=1)
    targets: Literal["bootstrapped", "monte_carlo"] = "bootstrapped"
    batch_size: int = field(32, unit="transitions", at_least=1)
    replay_ratio: float = field(0.25, unit="gradient steps per agent step", above=0)
    update_period_agent_steps: int = field(4, at_least=1)
    target_period_gradient_steps: int = field(2_000, at_least=1)
    replay_capacity_transitions: int = field(1_000_000, at_least=1)
    min_replay_agent_steps: int = field(20_000, label="random play before learning", at_least=1)
    epsilon_train: float = field(0.01, at_least=0, at_most=1)
    epsilon_decay_agent_steps: int = field(250_000, at_least=0)
    epsilon_eval: float = field(0.001, at_least=0, at_most=1)
    double: bool = False
    augmentation: Literal["none", "drq"] = "none"
    official_crop: bool = False

    @property
    def idle(self) -> dict[str, str]:
        found = {}
        if self.optimizer == "sgd":
            moments = ("adam_b1", "adam_b2", "adam_epsilon")
            found |= dict.fromkeys(moments, "the optimizer is sgd")
        if self.targets == "monte_carlo":
            network = ("double", "target_period_gradient_steps")
            found |= dict.fromkeys(network, "Monte-Carlo targets take no target network")
        return found

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

    def check(self) -> None:
        """Raises UserError at a setting that would change nothing but the name of the run."""
        if self.official_crop and self.augmentation == "none":
            raise UserError(
                "agent.official_crop would change nothing without augmentation; leave it out, or "
                'set agent.augmentation to "drq".'
            )


# Of interventions that recycle single neurons.
_RECYCLING = ("outgoing", "incoming", "official_conv_to_dense")
# Kind of intervention -> fields that no other kind looks at, unless it is listed with them too.
_OWN = {
    "none": (),
    "redo": ("select", "score", "share", "ties", "share_schedule", *_RECYCLING),
    "reset": ("reset_layers",),
    "prune": (),
    "shrink_and_perturb": ("shrink", "perturb"),
    "continual_backprop": ("replacement_rate", "maturity_checks", *_RECYCLING),
    "self_normalized_resets": ("rejection", *_RECYCLING),
    "reborn": ("over_active", *_RECYCLING),
}


@dataclasses.dataclass(frozen=True)
class InterventionSpec(Settings):
    """What is done to the network besides training it.

    Attributes:
      kind: "none" only measures; "redo" recycles dormant neurons (paper, Algorithm 1);
        "reset" re-initialises whole layers (the paper's baseline in Figures 1 and 13);
        "prune" removes dormant neurons for good (paper, Figure 6); "shrink_and_perturb" mixes
        all parameters with fresh ones (Ash and Adams 2020); "continual_backprop",
        "self_normalized_resets" and "reborn" are the functions of these names in `dormancy`.
      select: which neurons "redo" recycles: those "below" tau (or at it), or of every layer a
        share, the "lowest", the "highest" or "random" ones (paper, Figures 15 and 25).
      score: by which number: the mean "activation" (paper), the "gradient" of the incoming
        weights (ReGraMa: with "below" and tau = 0.01) or continual backprop's "utility".
      share: which share of every layer, unless it goes by tau.
      ties: where more neurons are equally silent than the share has: "exact" lets chance decide
        among them; "threshold" recycles them all, and as many where neurons are random, as the
        official code does.
      share_schedule: "cosine" lets the share fall to 0 at `end_gradient_step` as in the paper,
        "constant" keeps it.
      tau: a neuron is dormant if its score is at most tau (paper, Definition 3.1). The
        paper uses 0.1 everywhere but in the default setting of DQN, at replay ratio 0.25, where
        it is 0.025 (google/dopamine#226).
      period_gradient_steps: gradient steps between two checks: recyclings (F), resets or
        prunings.
      clock_offset_gradient_steps: added to the gradient steps before the period is applied.
        Dopamine counts the warm-up, `replay_ratio * min_replay_agent_steps`, as well.
      end_gradient_step: no check from this step of that clock on; None has no end.
      target_copy: where a copy of the target network is due at the gradient step of a check, it
        is made "before" the check, or "after" it, of the recycled or reset network, as in the
        official code. The paper does not say. Where the target network is not copied but
        follows (SAC), and in plain DQN, it decides nothing.
      probe_batch_size: transitions the scores are computed on.
      replacement_rate: share of the mature neurons that "continual_backprop" replaces a check.
      maturity_checks: checks for which "continual_backprop" leaves a new neuron alone.
      rejection: how improbable a neuron's silence is for "self_normalized_resets" to end it.
      over_active: neurons that score more than this share their weights in "reborn".
      outgoing: recycled neurons get "zero" or freshly drawn ("random") outgoing weights.
      incoming: recycled neurons get "fresh" incoming weights, or "rescaled" ones, which are as
        long as those of the layer's other neurons are on average (paper, Figure 23).
      official_conv_to_dense: reproduce the row order of the official code at the border
        between the last convolution and the dense layer (google/dopamine `labs/redo`),
        which zeroes rows of other channels than the recycled one. False is what the paper
        describes.
      shrink, perturb: of "shrink_and_perturb": what the old and the fresh parameters are
        multiplied with before they are added. The defaults are ours: they sum to 1.
      reset_layers: what "reset" re-initialises: the "penultimate" layer (the paper's words),
        or "penultimate_and_output" (what the official code does, whose resets
        reach from a layer to the end of the network), or "all" (what the paper does to SAC).
    """

    kind: Literal[
        "none",
        "redo",
        "reset",
        "prune",
        "shrink_and_perturb",
        "continual_backprop",
        "self_normalized_resets",
        "reborn",
    ] = "none"
    select: Literal["below", "lowest", "highest", "random"] = "below"
    score: Literal["activation", "gradient", "utility"] = "activation"
    share: float = field(0.1, label="share of each layer that is recycled", at_least=0, at_most=1)
    ties: Literal["exact", "threshold"] = "exact"
    share_schedule: Literal["cosine", "constant"] = "cosine"
    tau: float = field(0.025, label="intervention's tau", at_least=0)
    period_gradient_steps: int = field(1_000, label="intervention period", at_least=1)
    clock_offset_gradient_steps: int = field(0, told=False, at_least=0)
    end_gradient_step: int | None = field(None, unit="gradient steps", told=False, at_least=0)
    target_copy: Literal["before", "after"] = field("before", label="target copy at a check")
    probe_batch_size: int = field(
        64, label="intervention's probe batch", unit="transitions", at_least=1
    )
    outgoing: Literal["zero", "random"] = "zero"
    incoming: Literal["fresh", "rescaled"] = "fresh"
    official_conv_to_dense: bool = False
    reset_layers: Literal["penultimate", "penultimate_and_output", "all"] = "penultimate"
    shrink: float = field(0.8, at_least=0)
    perturb: float = field(0.2, at_least=0)
    replacement_rate: float = field(1e-4, at_least=0, at_most=1)
    maturity_checks: int = field(100, at_least=0)
    rejection: float = field(0.01, above=0, below=1)
    over_active: float = field(3.0, at_least=0)

    @property
    def idle(self) -> dict[str, str]:
        if self.kind not in _OWN:  # a user's own
            return {}
        others = {name for own in _OWN.values() for name in own} - {*_OWN[self.kind]}
        found = dict.fromkeys(sorted(others), f"the intervention is {self.kind}")
        if self.kind == "redo" and self.select == "below":
            shares = ("share", "ties", "share_schedule")
            found |= dict.fromkeys(shares, "neurons are recycled below tau, not a share of them")
        if self.kind == "redo" and self.select == "random":
            found["score"] = "recycled neurons are random ones"
        return found

    def check(self) -> None:
        """Raises UserError where a share of neurons falls to 0 at no step."""
        by_share = self.kind == "redo" and self.select != "below"
        if by_share and self.share_schedule == "cosine" and self.end_gradient_step is None:
            raise UserError(
                "A share of neurons that falls to 0 needs the step at which it is 0: set "
                'intervention.end_gradient_step, or share_schedule to "constant".'
            )

    @property
    def what_is_reset(self) -> str:
        """What "reset" re-initialises, in the words of captions."""
        return {
            "penultimate": "the penultimate layer",
            "penultimate_and_output": "the penultimate layer and the output",
            "all": "all layers",
        }[self.reset_layers]

    def is_due(self, gradient_step: int) -> bool:
        """Whether a check follows this gradient step of the run."""
        clock = gradient_step + self.clock_offset_gradient_steps
        ended = self.end_gradient_step is not None and clock >= self.end_gradient_step
        return not ended and clock % self.period_gradient_steps == 0


@dataclasses.dataclass(frozen=True)
class ScheduleSpec(Settings):
    """How long a run is and how often it is measured.

    Attributes:
      iterations: training and evaluation phases; a checkpoint follows each.
      agent_steps_per_iteration: agent steps of a training phase.
      eval_agent_steps: an evaluation phase takes episodes until their lengths reach this many
        agent steps together; the last one is finished, as in Dopamine.
      eval_episodes: an evaluation phase takes exactly this many episodes instead; None follows
        `eval_agent_steps`. Small runs need it: few episodes fit into few agent steps.
      eval_environments: environments that a phase's episodes are played in at a time. It changes
        which random numbers they meet, not what is measured (see `agents.evaluation`).
      log_period_gradient_steps: gradient steps between two records of all neurons.
      probe_batch_size: transitions that the records are computed on.
      further_probes: every log also says which neurons are dormant on the latest transitions,
        on states of the initial, random policy, on starts and on another game's frames, as
        fractions (see `agents.probing`).
      crossed_probes: every log also says what the network of now does on the log before's inputs,
        and the network of then on those of now (see `agents.crossing`). Snapshots then hold one
        state and probe batch more: meant for small networks.
    """

    iterations: int = field(100, told=False, at_least=1)
    agent_steps_per_iteration: int = field(250_000, unit="agent steps", told=False, at_least=1)
    eval_agent_steps: int = field(125_000, label="evaluation phase", at_least=1)
    eval_episodes: int | None = field(None, label="evaluation phase", unit="episodes", at_least=1)
    eval_environments: int = field(8, told=False, at_least=1)
    log_period_gradient_steps: int = field(20_000, at_least=1)
    probe_batch_size: int = field(64, label="probe batch", unit="transitions", at_least=1)
    further_probes: bool = field(False, told=False)
    crossed_probes: bool = field(False, told=False)

    @property
    def idle(self) -> dict[str, str]:
        if self.eval_episodes is None:
            return {}
        return {"eval_agent_steps": f"schedule.eval_episodes is {self.eval_episodes}, not none"}


@dataclasses.dataclass(frozen=True)
class RunSpec(Spec):
    """One online training run: the unit of work, of resuming and of distributing.

    Attributes:
      task, network, agent, intervention, schedule, seed, version: what is trained, and how.
    """

    kind: ClassVar[str] = FIRST_KIND

    task: AtariTask = AtariTask()
    network: NetworkSpec = NetworkSpec()
    agent: DQNSpec = DQNSpec()
    intervention: InterventionSpec = InterventionSpec()
    schedule: ScheduleSpec = ScheduleSpec()
    seed: int = field(0, told=False)
    version: int = field(TRAINING_VERSION, told=False)

    def check(self) -> None:
        """Raises UserError where the loop could not honour the spec's numbers exactly."""
        super().check()
        self.agent.check()
        self.intervention.check()
        group = self.agent.updates_per_period
        for what, period in (
            ("log period", self.schedule.log_period_gradient_steps),
            ("intervention period", self.intervention.period_gradient_steps),
            ("intervention clock's offset", self.intervention.clock_offset_gradient_steps),
        ):
            if period % group:
                raise UserError(
                    f"The {what} of {period} gradient steps is not a multiple of the {group} "
                    "gradient steps that are done at a time; change it, the replay ratio or "
                    "update_period_agent_steps."
                )
        if self.network.removed and self.intervention.kind not in ("none", "prune"):
            raise UserError(
                "Neurons that are removed before training would come back with the intervention "
                f"{self.intervention.kind!r}; use none, or prune."
            )
        if self.agent.targets == "monte_carlo" and self.agent.n_step != 1:
            raise UserError("Monte-Carlo targets reach to the episode's end; leave n_step at 1.")
        stack, n_step = self.task.frame_stack, self.agent.n_step
        capacity = self.agent.replay_capacity_transitions
        if capacity < stack + n_step:
            raise UserError(
                f"agent.replay_capacity_transitions is {capacity} and has to be at least "
                f"{stack + n_step}: the {stack} frames of an observation and the {n_step} that a "
                "return reaches over."
            )
        if self.agent.min_replay_agent_steps < max(self.agent.n_step + 1, 2):
            raise UserError(
                "min_replay_agent_steps must leave at least one whole transition to learn from."
            )
        if self.agent.min_replay_agent_steps >= self.total_agent_steps:
            raise UserError(
                f"The run ends after {self.total_agent_steps} agent steps, before learning starts "
                f"at {self.agent.min_replay_agent_steps}; raise iterations or lower "
                "min_replay_agent_steps."
            )

    def check_left_data(self) -> None:
        """Raises UserError if a run that learns from this one's transitions would miss some.

        They are written at the ends of iterations, from the replay.
        """
        length = self.schedule.agent_steps_per_iteration
        if self.replay_capacity_transitions < length:
            raise UserError(
                f"The replay of the run to learn from holds {self.replay_capacity_transitions} "
                f"transitions and forgets some of the {length} of an iteration before they are "
                "written; raise its agent.replay_capacity_transitions, or lower its "
                "schedule.agent_steps_per_iteration."
            )

    @property
    def game(self) -> str:
        return self.task.game

    @property
    def total_agent_steps(self) -> int:
        return self.schedule.iterations * self.schedule.agent_steps_per_iteration

    @property
    def total_gradient_steps(self) -> int:
        agent = self.agent
        groups_before = agent.min_replay_agent_steps // agent.update_period_agent_steps
        groups = self.total_agent_steps // agent.update_period_agent_steps
        return max(0, groups - groups_before) * agent.updates_per_period

    @property
    def replay_capacity_transitions(self) -> int:
        return self.agent.replay_capacity_transitions

    @functools.cached_property
    def common_part(self) -> "RunSpec":
        """What a fleet's members have in common: runs with equal ones can train in step.

        Games with different numbers of actions share padded heads, which a dueling one cannot
        be: it takes the mean over its actions. Nor can one whose weights decay by plain gradient
        descent: what stands for the value of an action that a game does not have would decay too.
        (A step of Adam is a trifle beside it.)
        """
        decays = self.agent.optimizer == "sgd" and self.agent.weight_decay > 0
        game = self.task.game if self.network.kind == "dueling" or decays else ""
        return dataclasses.replace(self, task=dataclasses.replace(self.task, game=game), seed=0)
