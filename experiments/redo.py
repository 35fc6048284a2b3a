"""ReDo removes dormant neurons, and what that does to the return (paper, Figure 9).

The paper's Figure 9 shows 40 iterations of DQN on DemonAttack at replay ratio 0.25, without
and with ReDo (Algorithm 1): every 1,000 gradient steps the neurons that are 0.025-dormant
are recycled. The baseline is the run of Figure 2, of which the first 40 iterations count.

Beyond the paper: how many of the recycled neurons are dormant again at the next check. That
few neurons are dormant just after each recycling does not yet mean that they were put to use.
"""

from agents.spec import RunSpec
from experiments.conditions import DQN, REDO
from experiments.experiment import Claim, Experiment, Run
from experiments.presets.preset import Preset
from experiments.treatments import TAU_LOW_REPLAY, with_redo

GAMES = ("DemonAttack",)

CLAIMS = (
    Claim(
        name="redo_removes_dormancy",
        figure="fig9",
        statement="With ReDo fewer neurons are dormant in the last quarter of training.",
        estimator="difference_of_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": TAU_LOW_REPLAY,
            "higher": "DQN",
            "lower": "DQN+ReDo",
        },
        published=(
            "Figure 9: 27 % without and 1.4 % with ReDo on DemonAttack, mean over the last "
            "quarter of 2.5M gradient steps."
        ),
    ),
    Claim(
        name="redo_raises_return",
        figure="fig9",
        statement="With ReDo the last evaluation return is higher.",
        estimator="difference_of_conditions",
        # Normalised, so that each game counts alike where several are trained.
        arguments={
            "measure": "human_normalised_return",
            "last_part": 0.0,
            "higher": "DQN+ReDo",
            "lower": "DQN",
        },
        published="Figure 9: 6,970 with and 4,360 without ReDo on DemonAttack, after 40M frames.",
    ),
    Claim(
        name="recycled_neurons_relapse",
        figure="fig9",
        statement="Most neurons recycled in the last quarter are dormant again at the next check.",
        estimator="level_above_threshold",
        arguments={"measure": "redormant_share", "threshold": 50.0, "condition": "DQN+ReDo"},
        published=(
            "Not in the paper: our addition, after the criticism of ReDo by Qin et al. "
            "2024 (ReBorn)."
        ),
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """DQN without and with ReDo, side by side, so that every pair can be compared early."""
    return [Run(DQN, preset.run(game, seed)), Run(REDO, _recycled(preset, game, seed))]


def _recycled(preset: Preset, game: str, seed: int) -> RunSpec:
    return with_redo(preset.comparison_run(game, seed), preset, preset.redo_tau)


EXPERIMENT = Experiment(
    name="redo",
    title="Recycling dormant neurons",
    figures=("fig9",),
    games=GAMES,
    conditions=(DQN, REDO),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: _recycled(preset, GAMES[0], 0),
)
