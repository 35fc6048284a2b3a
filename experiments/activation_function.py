"""Leaky ReLUs do not escape it (paper, Figure 21).

A leaky ReLU (slope 0.01) lets a gradient through where a ReLU is silent. In the paper's
Figure 21 it lowers the share of dormant neurons mildly, and the phenomenon stays. A neuron of it
is never silent, so that dormancy at tau 0 would be none by definition: the threshold is 0.1. The
replay ratio is not known from our sources; it is that of the paper's other runs of 10M frames, 1.
"""

from experiments.conditions import DQN, TEAL, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import FIVE_GAMES
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset
from experiments.treatments import TAU_HIGH_REPLAY

LEAKY = Condition(
    "DQN, leaky ReLU",
    published_as="DQN (leaky ReLU)",
    treatment="Leaky ReLU: its slope below 0 is 0.01.",
    colour=TEAL,
)
_SECONDARY = "(known from secondary sources, without numbers)"

CLAIMS = (
    Claim(
        name="leaky_relu_lowers_dormancy",
        figure="fig21",
        statement="With leaky ReLUs fewer neurons are dormant at the end.",
        estimator="difference_of_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": TAU_HIGH_REPLAY,
            "higher": DQN.name,
            "lower": LEAKY.name,
            "last_part": 0.0,
        },
        published=f"Figure 21: mildly fewer {_SECONDARY}.",
    ),
    Claim(
        name="dormancy_rises_with_leaky_relu",
        figure="fig21",
        statement="With leaky ReLUs, too, the share rises again after its early minimum.",
        estimator="slope_after_minimum",
        arguments={
            "measure": "dormant_share",
            "tau": TAU_HIGH_REPLAY,
            "condition": LEAKY.name,
        },
        published=f"Figure 21: the phenomenon stays {_SECONDARY}.",
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """Both activation functions side by side."""
    plain = preset.high_replay_run(game, seed)
    return [Run(DQN, plain), Run(LEAKY, replaced(plain, {"network.activation": "leaky_relu"}))]


EXPERIMENT = Experiment(
    name="activation_function",
    title="Leaky ReLUs",
    figures=("fig21",),
    games=FIVE_GAMES,
    conditions=(DQN, LEAKY),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: preset.high_replay_run(FIVE_GAMES[0], 0),
)
