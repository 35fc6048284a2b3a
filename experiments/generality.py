"""Is DemonAttack a show-case? The rise of the share, and what ReDo does to it, in all 17 games.

The question: in how many of the 17 games does the dormant share rise, and does ReDo lower it?

Design. Varied are the game and whether ReDo recycles (tau = 0.1); held are all settings, at replay
ratio 1 and the length at which the paper compares scores over its 17 games, which is past the
early dip. At the published size these are the runs of Figure 1. Each game has one seed (`--seeds`
takes more) and counts once, by its sign (sign test): one game of large changes decides nothing.

The claims' direction was stated before looking: in more than half of the games the share rises
after its dip, and in more than half ReDo lowers it.

What else could explain it: short runs see the early rise only; a share that rises everywhere
at one learning rate says nothing of others; seventeen games of one console are not independent
draws of all tasks; and the runs of one seed begin with the same hidden weights and explore by the
same numbers in all games, so that one seed is one initial network seventeen times.

What it says about the paper: its analyses show one game or two (Figures 2 and 9), its scores 17. If
both signs are nearly everywhere the same, these were no show-cases.
"""

from experiments.conditions import DQN, REDO
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ALL_GAMES
from experiments.presets.preset import Preset
from experiments.treatments import TAU_HIGH_REPLAY, with_redo

CLAIMS = (
    Claim(
        name="share_rises_in_most_games",
        figure="question_generality",
        statement="In most games the dormant share rises after its early minimum.",
        estimator="in_most_games",
        arguments={
            "of": "slope_after_minimum",
            "measure": "dormant_share",
            "tau": TAU_HIGH_REPLAY,
            "condition": DQN.name,
        },
        published="Figure 2: in both games that it shows (at tau 0)",
    ),
    Claim(
        name="redo_lowers_the_share_in_most_games",
        figure="question_generality",
        statement="In most games fewer neurons are dormant with ReDo, late in training.",
        estimator="in_most_games",
        arguments={
            "of": "difference_of_conditions",
            "measure": "dormant_share",
            "tau": TAU_HIGH_REPLAY,
            "higher": DQN.name,
            "lower": REDO.name,
        },
        published="Figure 9: in the one game that it shows (at tau 0.025)",
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """Both conditions of a game side by side."""
    plain = preset.high_replay_run(game, seed)
    return [Run(DQN, plain), Run(REDO, with_redo(plain, preset, TAU_HIGH_REPLAY))]


EXPERIMENT = Experiment(
    name="generality",
    title="Is DemonAttack a show-case? The share and ReDo in 17 games",
    figures=("question_generality",),
    games=ALL_GAMES,
    conditions=(DQN, REDO),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: runs_of(preset, ALL_GAMES[0], 0)[1].spec,
    seed_count=1,
)
