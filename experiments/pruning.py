"""Dormant neurons can be removed without harm (paper, Figure 6).

The paper's Figure 6 shows 40 iterations of DQN at replay ratio 0.25 on DemonAttack and Asterix,
as it is and with its dormant neurons pruned during training: the returns are alike. If dormant
neurons were of use, removing them would cost return. How the paper prunes it does not say; see
`experiments.treatments.with_pruning`.
"""

import dataclasses

from experiments.conditions import DQN, PRUNING
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ANALYSED_GAMES
from experiments.presets.preset import Preset
from experiments.treatments import with_pruning

STANDARD = dataclasses.replace(DQN, published_as="standard")

CLAIMS = (
    Claim(
        name="pruning_does_no_harm",
        figure="fig6",
        statement=(
            "Without its dormant neurons DQN keeps at least 90 % of what it scores above random "
            "play."
        ),
        estimator="not_lower_than",
        arguments={
            "measure": "human_normalised_return",
            "candidate": "DQN+pruning",
            "reference": "DQN",
            "margin": 0.1,
        },
        published=(
            "Figure 6: 3,950 with and 3,700 without pruning on DemonAttack, 4,650 and 4,300 on "
            "Asterix, after 40M frames."
        ),
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """DQN without and with pruning, side by side; the former are the runs of Figure 2."""
    return [
        Run(STANDARD, preset.run(game, seed)),
        Run(PRUNING, with_pruning(preset.comparison_run(game, seed), preset)),
    ]


EXPERIMENT = Experiment(
    name="pruning",
    title="Removing dormant neurons",
    figures=("fig6",),
    games=ANALYSED_GAMES,
    conditions=(STANDARD, PRUNING),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: with_pruning(preset.comparison_run(ANALYSED_GAMES[0], 0), preset),
)
