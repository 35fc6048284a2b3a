"""Moving targets, not changing inputs, make neurons dormant (paper, Figure 4).

DQN's data and DQN's targets both change while it learns. Here the data are fixed: networks
learn for as many gradient steps from what one agent has stored. With bootstrapped targets
dormant neurons still become common, with targets that never change there are fewer of them.

The paper takes the DQN Replay data set and says neither which of its five runs a game, nor
what its fixed random targets are. Here every seed learns from the transitions of our DQN run
of that game and seed, so that an interval over seeds covers the data as well;
`OfflineSpec.data_source` switches to the public data. `agents.offline.spec` says what the
random targets are. The published curve with fixed targets rises after its dip as well: the
claim is about the difference.
"""

import dataclasses
from typing import Literal

from agents.offline.spec import OfflineSpec
from experiments.conditions import BLUE, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ANALYSED_GAMES
from experiments.presets.preset import Preset

# Blue, because it is what DQN always does.
BOOTSTRAPPED = Condition("bootstrapped targets", published_as="bootstrapped_targets", colour=BLUE)
RANDOM = Condition("random targets", published_as="fixed_targets", colour="#b8860b")

CLAIMS = (
    Claim(
        name="moving_targets_make_neurons_dormant",
        figure="fig4",
        statement=(
            "On fixed data, bootstrapped targets leave more neurons dormant in the last quarter "
            "than random targets that never change."
        ),
        estimator="difference_of_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": 0.0,
            "higher": BOOTSTRAPPED.name,
            "lower": RANDOM.name,
        },
        published=(
            "Figure 4: 33 % and 22 % on DemonAttack, 53 % and 21 % on Asterix, mean over the last "
            "quarter of 6.25M gradient steps."
        ),
    ),
    Claim(
        name="dormant_share_rises_on_fixed_data",
        figure="fig4",
        statement=(
            "On fixed data with bootstrapped targets, the share of dormant neurons rises after its "
            "early minimum."
        ),
        estimator="slope_after_minimum",
        arguments={"measure": "dormant_share", "tau": 0.0, "condition": BOOTSTRAPPED.name},
        published=(
            "Figure 4: from 16 % at 0.7M gradient steps to 34 % at 6.2M (DemonAttack), from 18 % "
            "at 0.4M to 54 % at 6.2M (Asterix)."
        ),
    ),
)


def runs_of(
    preset: Preset,
    game: str,
    seed: int,
    random_targets: Literal["random_network", "noise"] = "random_network",
) -> list[Run]:
    """Both kinds of targets side by side, so that every pair can be compared early."""
    return [
        Run(BOOTSTRAPPED, learner(preset, game, "bootstrapped", seed)),
        Run(RANDOM, learner(preset, game, random_targets, seed)),
    ]


def learner(
    preset: Preset,
    game: str,
    targets: Literal["bootstrapped", "random_network", "noise"],
    seed: int,
) -> OfflineSpec:
    """The preset's offline run on the data of one game and seed."""
    return dataclasses.replace(
        preset.offline, data=preset.data_run(game, seed), targets=targets, seed=seed
    )


EXPERIMENT = Experiment(
    name="offline",
    title="Moving targets, not changing inputs, make neurons dormant",
    figures=("fig4",),
    games=ANALYSED_GAMES,
    conditions=(RANDOM, BOOTSTRAPPED),
    runs_of=runs_of,
    claims=CLAIMS,
    options={"random_targets": ("random_network", "noise")},
    typical=lambda preset: learner(preset, ANALYSED_GAMES[0], "bootstrapped", 0),
)
