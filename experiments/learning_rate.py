"""A smaller learning rate does not solve it (paper, Figure 11).

The paper's Figure 11 compares DQN at replay ratio 1, DQN with a quarter of the learning rate,
and DQN with ReDo after 10 iterations: scores over 17 games, and the share of dormant neurons on
DemonAttack. The smaller learning rate helps a little in both, ReDo much more.
"""

from agents.spec import RunSpec
from experiments.conditions import DQN, REDO, TEAL, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ALL_GAMES
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset
from experiments.treatments import TAU_HIGH_REPLAY, with_redo

DIVISOR = 4
REDUCED = Condition(f"DQN, lr/{DIVISOR}", colour=TEAL)

CLAIMS = (
    Claim(
        name="learning_rate_lowers_dormancy",
        figure="fig11",
        statement="With a quarter of the learning rate fewer neurons are dormant at the end.",
        estimator="difference_of_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": TAU_HIGH_REPLAY,
            "last_part": 0.0,
            "higher": "DQN",
            "lower": REDUCED.name,
        },
        published="Figure 11: about 47 % against 40 % after 10M frames of DemonAttack.",
    ),
    Claim(
        name="learning_rate_does_not_solve_dormancy",
        figure="fig11",
        statement=(
            "With ReDo fewer neurons are dormant at the end than with a quarter of the learning "
            "rate."
        ),
        estimator="difference_of_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": TAU_HIGH_REPLAY,
            "last_part": 0.0,
            "higher": REDUCED.name,
            "lower": "DQN+ReDo",
        },
        published="Figure 11: about 10 % against 40 % after 10M frames of DemonAttack.",
    ),
    Claim(
        name="redo_beats_learning_rate",
        figure="fig11",
        statement="ReDo scores more than a quarter of the learning rate does.",
        estimator="difference_of_scores",
        arguments={"higher": "DQN+ReDo", "lower": REDUCED.name},
        published="Figure 11: the bar of the smaller learning rate is below that of ReDo (0.62).",
    ),
)


def with_smaller_steps(run: RunSpec) -> RunSpec:
    """The run with its learning rate divided by 4."""
    return replaced(run, {"agent.learning_rate": run.agent.learning_rate / DIVISOR})


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """The three conditions side by side."""
    plain = preset.high_replay_run(game, seed)
    return [
        Run(DQN, plain),
        Run(REDUCED, with_smaller_steps(plain)),
        Run(REDO, with_redo(plain, preset, TAU_HIGH_REPLAY)),
    ]


EXPERIMENT = Experiment(
    name="learning_rate",
    title="A smaller learning rate",
    figures=("fig11",),
    games=ALL_GAMES,
    conditions=(DQN, REDUCED, REDO),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: with_redo(
        preset.high_replay_run(ALL_GAMES[0], 0), preset, TAU_HIGH_REPLAY
    ),
)
