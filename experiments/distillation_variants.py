"""Why do the students of a supervised problem get dormant at all? (A question of ours.)

In the paper's Figure 8 even the student that starts at random ends with half of its neurons
dormant at tau = 0.1, although it solves a regression problem with fixed inputs and targets. And
the student that comes from replay ratio 1 has learned the teacher's own game, which is a head
start that hides what it may have lost.

Varied, one thing at a time, of the student that starts at random: the targets (standardised for
each action), the optimizer (SGD instead of Adam), the learning rate (a quarter), and the inputs
(the other run's, or half of a batch from each). And the start: the network that replay ratio 1
has left on ANOTHER game, whose last layer starts anew. Held: teacher, batch, gradient steps.
"Random" is the very run of Figure 8.

What else could explain a difference: SGD and a quarter of the learning rate also learn less in the
same number of steps, which the loss beside the share shows. A network of another game has
features of other pictures; that it fits worse need not be the work of its dormant neurons.

What it says about the paper: if the optimizer or the scale of the targets decides how many
neurons a supervised student loses, the 48 % of its Figure 8 are a property of the regression, and
only the difference between its two students speaks of the past.
"""

import dataclasses

from agents.distillation.spec import DistillationSpec
from experiments import distillation
from experiments.conditions import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ANALYSED_GAMES
from experiments.presets.preset import Preset
from experiments.storing.schema import NOT_IN_THE_PAPER

RANDOM = distillation.RANDOM
STANDARDISED = Condition("standardised targets", colour=PURPLE)
DESCENT = Condition("SGD", colour=GREEN)
SLOWER = Condition("learning rate / 4", colour=SKY)
OTHER_INPUTS = Condition("inputs of the student's run", colour=ORANGE)
BOTH_INPUTS = Condition("inputs of both runs", colour=VERMILION)
ELSEWHERE = Condition("pretrained on another game", colour=BLUE)


def _claim(name: str, statement: str, higher: Condition, lower: Condition, **measure) -> Claim:
    measure = measure or {"measure": "dormant_share", "tau": distillation.TAU}
    return Claim(
        name=name,
        figure="question_distillation",
        statement=statement,
        estimator="difference_of_conditions",
        arguments={"higher": higher.name, "lower": lower.name, **measure},
        published=NOT_IN_THE_PAPER,
    )


CLAIMS = (
    _claim(
        "standardised_targets_fewer_dormant",
        "A student of standardised targets has fewer dormant neurons in the last quarter.",
        RANDOM,
        STANDARDISED,
    ),
    _claim(
        "student_of_gradient_descent_fewer_dormant",
        "A student that learns by SGD instead of Adam has fewer dormant neurons late.",
        RANDOM,
        DESCENT,
    ),
    _claim(
        "slower_student_fewer_dormant",
        "With a quarter of the learning rate, a student has fewer dormant neurons in the last "
        "quarter.",
        RANDOM,
        SLOWER,
    ),
    _claim(
        "varied_inputs_fewer_dormant",
        "With inputs of two runs, a student has fewer dormant neurons in the last quarter than "
        "with the teacher's alone.",
        RANDOM,
        BOTH_INPUTS,
    ),
    _claim(
        "student_of_another_game_fits_worse",
        "In the last quarter the loss of a student from another game is higher than that of one "
        "that started at random.",
        ELSEWHERE,
        RANDOM,
        measure="log_distillation_loss",
    ),
    _claim(
        "student_of_another_game_stays_dormant",
        "In the last quarter a student from another game has more dormant neurons than one that "
        "started at random.",
        ELSEWHERE,
        RANDOM,
    ),
)


def students(preset: Preset, game: str, seed: int) -> dict[Condition, DistillationSpec]:
    """The student of Figure 8 that starts at random, and what is changed of it."""
    plain = distillation.student(preset, game, "random", seed)
    other = next(each for each in ANALYSED_GAMES if each != game)
    elsewhere = distillation.student_run(preset, other, seed)

    def changed(**changes) -> DistillationSpec:
        return dataclasses.replace(plain, **changes)

    return {
        RANDOM: plain,
        STANDARDISED: changed(scaling="standardised"),
        DESCENT: changed(optimizer="sgd", learning_rate=preset.sgd_learning_rate),
        SLOWER: changed(learning_rate=plain.learning_rate / 4),
        OTHER_INPUTS: changed(inputs="student"),
        BOTH_INPUTS: changed(inputs="both"),
        ELSEWHERE: changed(start="pretrained", student=elsewhere),
    }


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """All students of a seed side by side."""
    return [Run(condition, spec) for condition, spec in students(preset, game, seed).items()]


EXPERIMENT = Experiment(
    name="distillation_variants",
    title="Why do the students of a supervised problem get dormant at all?",
    figures=("question_distillation",),
    games=distillation.GAMES,
    conditions=(RANDOM, STANDARDISED, DESCENT, SLOWER, OTHER_INPUTS, BOTH_INPUTS, ELSEWHERE),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: distillation.student(preset, distillation.GAMES[0], "random", 0),
)
