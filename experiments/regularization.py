"""ReDo against other remedies (paper, Figures 1 and 13).

Both figures compare plain DQN at replay ratio 1 with ReDo, with resets of the penultimate layer
and with weight decay, after 10 iterations: human-normalised scores over 17 games, and the return
on DemonAttack. In the paper ReDo is best by far, and the others are better than nothing.
"""

from experiments.conditions import DQN, REDO, RESET, WEIGHT_DECAY, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ALL_GAMES
from experiments.presets.preset import Preset
from experiments.treatments import TAU_HIGH_REPLAY, with_redo, with_resets, with_weight_decay


def _better(name: str, figure: str, higher: Condition, lower: Condition, published: str) -> Claim:
    return Claim(
        name=name,
        figure=figure,
        statement=f"{higher.name} scores more than {lower.name}.",
        estimator="difference_of_scores",
        arguments={"higher": higher.name, "lower": lower.name},
        published=published,
    )


CLAIMS = (
    _better(
        "redo_beats_dqn",
        "fig1",
        REDO,
        DQN,
        "Figure 1: IQM over 17 games 0.62 with and 0.30 without ReDo after 10M frames.",
    ),
    _better(
        "redo_beats_resets",
        "fig13",
        REDO,
        RESET,
        "Figure 13: IQM over 17 games 0.62 against 0.32.",
    ),
    _better(
        "redo_beats_weight_decay",
        "fig13",
        REDO,
        WEIGHT_DECAY,
        "Figure 13: IQM over 17 games 0.62 against 0.42.",
    ),
    _better(
        "weight_decay_beats_dqn",
        "fig13",
        WEIGHT_DECAY,
        DQN,
        "Figure 13: IQM over 17 games 0.42 against 0.30.",
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """The four conditions side by side."""
    plain = preset.high_replay_run(game, seed)
    return [
        Run(DQN, plain),
        Run(REDO, with_redo(plain, preset, TAU_HIGH_REPLAY)),
        Run(RESET, with_resets(plain, preset)),
        Run(WEIGHT_DECAY, with_weight_decay(plain)),
    ]


EXPERIMENT = Experiment(
    name="regularization",
    title="ReDo against other remedies",
    figures=("fig1", "fig13"),
    games=ALL_GAMES,
    conditions=(DQN, REDO, RESET, WEIGHT_DECAY),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: with_redo(
        preset.high_replay_run(ALL_GAMES[0], 0), preset, TAU_HIGH_REPLAY
    ),
)
