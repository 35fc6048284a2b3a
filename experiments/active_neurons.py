"""Why do widths look alike? The number of active neurons instead of their share.

The question: does a network twice as wide have twice as many active neurons, so that an equal share
of dormant ones hides twice the room in use?

Design. Nothing is trained: the runs are those of Figure 12 (DQN without and with ReDo at replay
ratio 1, three widths). Varied is the width; held are game, seed, length and all else.
Counted is, late in training, the number of neurons that are not dormant, and the effective rank
of the penultimate layer's features on the probe batch.

The claims' direction was stated before looking: the number grows in proportion to the width,
that is by a factor of about 2 per doubling; the effective rank grows too, but by less.

What else could explain it: that the learning rate is the same at all widths, and that a share is
nearly constant by the initialisation alone; the picture shows ReDo's runs beside for that reason.

What it says about the paper: "wider networks are as dormant" (its Figure 12) does not mean that
width is wasted. If the number grows in proportion, dormancy is a property of each neuron's
chance to stay in use and not of a number of neurons that the task needs.
"""

from experiments import width_scaling
from experiments.experiment import Claim, Experiment
from experiments.games import ALL_GAMES
from experiments.storing.schema import NOT_IN_THE_PAPER
from experiments.treatments import TAU_HIGH_REPLAY

_PLAIN = [condition.name for condition in width_scaling.PLAIN]
_NUMBER = {
    "measure": "doublings",
    "of": "active_neurons",
    "tau": TAU_HIGH_REPLAY,
    "number": "width_multiple",
    "conditions": _PLAIN,
    "last_part": 0.25,
}
_RANK = {key: value for key, value in _NUMBER.items() if key != "tau"} | {
    "of": "recorded_metric",
    "metric": "effective_rank",
}

CLAIMS = (
    Claim(
        name="active_neurons_grow_with_the_width",
        figure="question_active_neurons",
        statement=(
            "Twice the width has nearly twice as many active neurons: more than 1.68 times (0.75 "
            "doublings)."
        ),
        estimator="trend_over_conditions",
        arguments=_NUMBER | {"margin": -0.75},
        published=f"{NOT_IN_THE_PAPER} (Figure 12: the share is about the same at all widths)",
    ),
    Claim(
        name="active_neurons_do_not_outgrow_the_width",
        figure="question_active_neurons",
        statement="Twice the width has less than 2.38 times as many (1.25 doublings).",
        estimator="trend_over_conditions",
        arguments=_NUMBER | {"trend": "falls", "margin": 1.25},
        published=NOT_IN_THE_PAPER,
    ),
    Claim(
        name="rank_grows_with_the_width",
        figure="question_active_neurons",
        statement="The effective rank of the features grows with the width.",
        estimator="trend_over_conditions",
        arguments=dict(_RANK),
        published=NOT_IN_THE_PAPER,
    ),
    Claim(
        name="rank_lags_behind_the_width",
        figure="question_active_neurons",
        statement="The effective rank grows by less than 1.68 times per doubling of the width.",
        estimator="trend_over_conditions",
        arguments=_RANK | {"trend": "falls", "margin": 0.75},
        published=NOT_IN_THE_PAPER,
    ),
)


EXPERIMENT = Experiment(
    name="active_neurons",
    title="Active neurons and effective rank over the width",
    figures=("question_active_neurons",),
    games=ALL_GAMES,
    conditions=width_scaling.EXPERIMENT.conditions,
    runs_of=width_scaling.runs_of,
    claims=CLAIMS,
    typical=width_scaling.EXPERIMENT.typical,
)
