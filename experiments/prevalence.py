"""Dormant neurons become more and more common while DQN learns (paper, Figure 2).

The paper's Figure 2 shows the share of neurons, over all hidden layers, whose mean activation
is exactly zero (tau 0) in unmodified DQN at replay ratio 0.25. It falls for the first 0.2 to
1.3 million gradient steps and rises from there to the end: the claim is about the rise.
"""

from experiments.conditions import DQN
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ANALYSED_GAMES
from experiments.presets.preset import Preset

CLAIMS = (
    Claim(
        name="dormant_share_rises",
        figure="fig2",
        statement="The share of dormant neurons rises after its early minimum.",
        estimator="slope_after_minimum",
        arguments={"measure": "dormant_share", "tau": 0.0},
        published=(
            "Figure 2: from 1.7 % at 1.3M gradient steps to 25 % at 6.3M (DemonAttack), from "
            "3.5 % at 0.2M to 30 % at 6.3M (Asterix)."
        ),
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """Unmodified DQN."""
    return [Run(DQN, preset.run(game, seed))]


EXPERIMENT = Experiment(
    name="prevalence",
    title="Dormant neurons become more common during training",
    figures=("fig2",),
    games=ANALYSED_GAMES,
    conditions=(DQN,),
    runs_of=runs_of,
    claims=CLAIMS,
)
