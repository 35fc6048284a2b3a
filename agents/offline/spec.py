"""An offline run is a value: DQN on transitions that another agent left behind.

The paper's Figure 4 takes the data of the DQN Replay data set, so that the inputs do not
change while the network learns, and compares targets that move, because they are bootstrapped
from the network itself, with targets that never do. The defaults are those of Dopamine's
`labs/offline_rl`, but for the length, which is the paper's (100 times 62,500 gradient steps, not
200 times), and for the loss: Huber's, as the paper's code has it online, where `labs/offline_rl`
has the squared error. Which of the two Figure 4 was made with is not published; `--set
offline.agent.loss=mse` takes the other.

What the paper calls fixed random targets it does not define. Two readings are offered:

- "random_network": the value of the stored action according to another, freshly initialised
  network of the same architecture. It is a function of the input as smooth as a value function
  of a new network, and can be fitted, so that dormant neurons cannot be blamed on targets that
  nothing could learn. An untrained network's values differ mostly between actions and hardly
  between inputs; hence they are standardised, for every action, to mean 0 and variance 1 over
  one fixed batch of the data, and their scale, too, is known.
- "noise": a standard normal number for every stored transition, drawn once. The only way to
  fit it is to remember each transition.

Two more fixed targets tell apart what is wrong with bootstrapped ones:

- "monte_carlo": the return from the stored step to the end of its episode, as sharp as rewards
  make it and without any network. Of an episode that was truncated nothing is learned.
- "smooth": a random linear function of the newest frame seen coarsely, in 7x7 blocks, standardised:
  an ordinary regression task, whose targets change little from one step to the next.
"""

import dataclasses
from typing import ClassVar, Literal

from agents.errors import UserError
from agents.fields import field
from agents.identity import Settings, Spec
from agents.spec import DQNSpec, NetworkSpec, RunSpec

# Raised whenever the same numbers would train differently than before.
OFFLINE_VERSION = 2

# Of an agent that plays and remembers.
_OF_PLAYING = (
    "agent.replay_ratio",
    "agent.update_period_agent_steps",
    "agent.replay_capacity_transitions",
    "agent.min_replay_agent_steps",
    "agent.epsilon_train",
    "agent.epsilon_decay_agent_steps",
    "agent.epsilon_eval",
)


@dataclasses.dataclass(frozen=True)
class OfflineSchedule(Settings):
    """How long an offline run is and how often it is measured.

    Attributes:
      iterations: a checkpoint, and another choice of stored buffers, follow each.
      gradient_steps_per_iteration: gradient steps from one to the next.
      log_period_gradient_steps: gradient steps between two records of all neurons.
      probe_batch_size: transitions that the records are computed on.
    """

    iterations: int = field(100, told=False, at_least=1)
    gradient_steps_per_iteration: int = field(62_500, unit="gradient steps", told=False, at_least=1)
    log_period_gradient_steps: int = field(20_000, at_least=1)
    probe_batch_size: int = field(64, label="probe batch", unit="transitions", at_least=1)


@dataclasses.dataclass(frozen=True)
class OfflineSpec(Spec):
    """One offline run (paper, Figure 4).

    Attributes:
      data: the run that wrote the transitions; of the DQN Replay data, only its task is used.
      data_source: "own" reads what the run `data` left; "dqn_replay" reads the public data set
        of Agarwal et al. 2020, in the folder that the variable DORMANT_DQN_REPLAY names.
      replay_run: which of the five runs a game of the DQN Replay data, 1 to 5.
      network: the network that learns.
      agent: how it learns; its exploration and its replay are not used, and its targets are the
        next field's business. An augmentation is of the observations that are learned from, and of
        those that bootstrapped targets are of; fixed targets are of what was stored.
      targets: "bootstrapped" as in DQN, from `agent.n_step` steps on; or one of the fixed ones
        above.
      buffers_in_memory: stored buffers that an iteration samples from, chosen at random.
      schedule: length and logs.
      seed, version: see `agents.identity.Spec`.

    Raises:
      UserError: the settings contradict each other.
    """

    kind: ClassVar[str] = "offline"

    data: RunSpec = field(RunSpec(), label="run that left the data", unit="agent steps")
    data_source: Literal["own", "dqn_replay"] = "own"
    replay_run: int = field(1, at_least=1, at_most=5)
    network: NetworkSpec = NetworkSpec()
    agent: DQNSpec = DQNSpec()
    targets: Literal["bootstrapped", "random_network", "noise", "monte_carlo", "smooth"] = field(
        "bootstrapped", told=False
    )
    buffers_in_memory: int = field(5, unit="stored buffers", told=False, at_least=1)
    schedule: OfflineSchedule = OfflineSchedule()
    seed: int = field(0, told=False)
    version: int = field(OFFLINE_VERSION, told=False)

    def __post_init__(self):
        super().__post_init__()
        if self.agent.targets != "bootstrapped":
            raise UserError(
                "What is regressed on offline is chosen by the run's own targets; leave "
                "agent.targets as it is."
            )
        if self.targets == "monte_carlo" and self.agent.n_step != 1:
            raise UserError("Monte-Carlo targets reach to the episode's end; leave n_step at 1.")

    @property
    def idle(self) -> dict[str, str]:
        found = dict.fromkeys(_OF_PLAYING, "what learns offline neither plays nor fills a replay")
        if self.data_source == "own":
            found["replay_run"] = "the data are our own"
        else:
            others = ("data.network", "data.agent", "data.intervention", "data.schedule")
            found |= dict.fromkeys(others, "the data are those of the DQN Replay data set")
        if self.targets != "bootstrapped":
            network = ("agent.double", "agent.target_period_gradient_steps")
            found |= dict.fromkeys(network, "fixed targets take no target network")
        return found

    def check(self) -> None:
        """Raises UserError where the numbers make no sense, or no difference."""
        super().check()
        self.agent.check()
        for run in self.requires_transitions_of:
            run.check_left_data()

    @property
    def game(self) -> str:
        return self.data.game

    @property
    def total_gradient_steps(self) -> int:
        return self.schedule.iterations * self.schedule.gradient_steps_per_iteration

    @property
    def requires(self) -> tuple[RunSpec, ...]:
        return (self.data,) if self.data_source == "own" else ()

    @property
    def requires_transitions_of(self) -> tuple[RunSpec, ...]:
        return self.requires
