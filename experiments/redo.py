"""ReDo removes dormant neurons, and what that does to the return (paper, Figure 9).

The paper's Figure 9 shows 40 iterations of DQN on DemonAttack at replay ratio 0.25, without
and with ReDo (Algorithm 1): every 1,000 gradient steps the neurons that are 0.025-dormant
are recycled. The baseline is the run of Figure 2, of which the first 40 iterations count.

Beyond the paper: how many of the recycled neurons are dormant again at the next check. That
few neurons are dormant just after each recycling does not yet mean that they were put to use.
"""

from collections.abc import Sequence
import dataclasses

from agents.spec import InterventionSpec, RunSpec
from experiments.experiment import Claim, Experiment, Run
from experiments.presets import Preset

GAMES = ("DemonAttack",)
# The threshold of the paper at replay ratio 0.25; at higher ones it is 0.1.
TAU = 0.025

CLAIMS = (
    Claim(
        name="redo_removes_dormancy",
        figure="fig9",
        statement="With ReDo fewer neurons are dormant late in training.",
        estimator="difference_of_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": TAU,
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
        statement="With ReDo the evaluation return is higher late in training.",
        estimator="difference_of_conditions",
        arguments={"measure": "evaluation_return", "higher": "DQN+ReDo", "lower": "DQN"},
        published=(
            "Figure 9: 6,800 with and 3,700 without ReDo on DemonAttack, mean over the last "
            "quarter of 40M frames."
        ),
    ),
    Claim(
        name="recycled_neurons_relapse",
        figure="fig9",
        statement="Most recycled neurons are dormant again at the next check.",
        estimator="level_above_threshold",
        arguments={"measure": "redormant_share", "threshold": 50.0, "condition": "DQN+ReDo"},
        published=(
            "Not measured in the paper: our addition, after the criticism of ReDo by Qin et al. "
            "2024 (ReBorn)."
        ),
    ),
)


def runs(preset: Preset, games: Sequence[str], seeds: Sequence[int]) -> list[Run]:
    """DQN without and with ReDo, side by side, so that every pair can be compared early."""
    return [
        run
        for seed in seeds
        for game in games
        for run in (
            Run("DQN", preset.run(game, seed)),
            Run("DQN+ReDo", with_redo(preset, game, seed)),
        )
    ]


def with_redo(preset: Preset, game: str, seed: int) -> RunSpec:
    """The preset's DQN run of a comparison, with ReDo."""
    recycling = InterventionSpec(
        kind="redo", tau=TAU, period_gradient_steps=preset.redo_period_gradient_steps
    )
    return dataclasses.replace(preset.comparison_run(game, seed), intervention=recycling)


EXPERIMENT = Experiment(
    name="redo",
    title="Recycling dormant neurons",
    figures=("fig9",),
    games=GAMES,
    runs=runs,
    claims=CLAIMS,
    typical=lambda preset: with_redo(preset, GAMES[0], 0),
)
