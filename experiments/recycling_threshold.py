"""Does ReDo cost return because it recycles neurons that are not silent? (A question of ours.)

ReDo zeroes what a recycled neuron sends on. For a silent neuron (tau 0) that changes nothing that
the network computes; for one that is only quiet beside its layer it takes away what it had
learned. On Breakout at desk scale, a game in which few neurons fall silent, the first seed with
ReDo at tau 0.1 returned less than the one without.

Varied: the threshold, 0, 0.025 and 0.1, and no ReDo at all. Held: everything else of DQN + ReDo in
Figure 9, whose run with ReDo is one of them. If quiet neurons carry what was learned, the return is
higher the fewer of them are recycled, and with silent ones alone it is that of DQN.

What else could explain a difference: a lower threshold recycles fewer neurons in all, and a new
neuron disturbs what the next layer learns whatever it had sent on; recycling as many neurons that
are chosen at random (Figure 15) tells these apart.

What it says about the paper: 0.1 is its threshold at replay ratio 1 and above, 0.025 at its
default of 0.25.
"""

from experiments.conditions import DQN, RECYCLING, VERMILION, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.presets.preset import Preset
from experiments.storing.schema import NOT_IN_THE_PAPER
from experiments.treatments import TAU_HIGH_REPLAY, TAU_LOW_REPLAY, with_redo

GAMES = ("Breakout",)
_COLOURS = {0.0: "#e0a070", TAU_LOW_REPLAY: VERMILION, TAU_HIGH_REPLAY: "#7a2f05"}
THRESHOLDS = {
    tau: Condition(f"DQN+ReDo, tau {tau:g}", "DQN+ReDo", RECYCLING, colour=colour)
    for tau, colour in _COLOURS.items()
}
_SILENT, _LOW, _HIGH = (condition.name for condition in THRESHOLDS.values())
_SECOND_HALF = {"measure": "human_normalised_return", "last_part": 0.5}

CLAIMS = (
    Claim(
        name="quiet_neurons_are_worth_keeping",
        figure="question_recycling_threshold",
        statement=(
            "Over the second half of training ReDo returns more if it recycles silent neurons "
            "only than if it recycles those at a tenth of the layer's average."
        ),
        estimator="difference_of_conditions",
        arguments={**_SECOND_HALF, "higher": _SILENT, "lower": _HIGH},
        published=NOT_IN_THE_PAPER,
    ),
    Claim(
        name="low_threshold_returns_more",
        figure="question_recycling_threshold",
        statement=(
            "Over the second half of training ReDo returns more at the threshold that the paper "
            "has for low replay ratios than at the one for high ones."
        ),
        estimator="difference_of_conditions",
        arguments={**_SECOND_HALF, "higher": _LOW, "lower": _HIGH},
        published=f"{NOT_IN_THE_PAPER} (which has 0.025 at replay ratio 0.25, and 0.1 from 1 on)",
    ),
    Claim(
        name="recycling_the_silent_costs_nothing",
        figure="question_recycling_threshold",
        statement=(
            "Recycling silent neurons only keeps, over the second half of training, at least 90 % "
            "of what DQN scores above random play."
        ),
        estimator="not_lower_than",
        arguments={**_SECOND_HALF, "candidate": _SILENT, "reference": DQN.name},
        published=NOT_IN_THE_PAPER,
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """DQN without ReDo and with each threshold."""
    plain = preset.comparison_run(game, seed)
    recycled = [Run(line, with_redo(plain, preset, tau)) for tau, line in THRESHOLDS.items()]
    return [Run(DQN, plain), *recycled]


EXPERIMENT = Experiment(
    name="recycling_threshold",
    title="Does ReDo cost return because it recycles neurons that are not silent?",
    figures=("question_recycling_threshold",),
    games=GAMES,
    conditions=(DQN, *THRESHOLDS.values()),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: with_redo(preset.comparison_run(GAMES[0], 0), preset, max(THRESHOLDS)),
)
