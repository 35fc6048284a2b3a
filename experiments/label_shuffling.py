"""Targets that move make neurons dormant, without any reinforcement (paper, Figure 3).

The paper's Figure 3 trains a convolutional network on 10,000 images of CIFAR-10 for 100 epochs.
With the true labels the share of neurons that are silent (tau 0) falls almost to zero; with
labels that are shuffled every 20 epochs it jumps at each shuffle and stays high.

Beyond the paper: the same with regression onto one number, because values are learned by
regression. A cross-entropy can always be lowered by larger outputs, a squared error cannot, so
that the one need not imply the other. What the paper leaves open is settled in
`agents.supervised.spec`.
"""

import dataclasses

from agents.errors import UserError
from agents.supervised.spec import ClassificationSpec
from experiments.conditions import SKY, WINE, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.presets.preset import Preset

DATA = "CIFAR-10"
FIXED = Condition("fixed labels", published_as="fixed_targets", colour=SKY)
SHUFFLED = Condition("shuffled labels", published_as="shuffled", colour=WINE)
FIXED_NUMBERS = Condition("fixed targets (regression)", colour="#3d6f8e")
SHUFFLED_NUMBERS = Condition("shuffled targets (regression)", colour="#cc6688")
# Condition -> what it changes of the preset's run.
CHANGES = {
    FIXED: {"objective": "classification", "labels": "fixed"},
    SHUFFLED: {"objective": "classification", "labels": "shuffled"},
    FIXED_NUMBERS: {"objective": "regression", "labels": "fixed"},
    SHUFFLED_NUMBERS: {"objective": "regression", "labels": "shuffled"},
}
_DORMANT = {"measure": "dormant_share", "tau": 0.0}
# In gradient steps, as a product of columns of the index.
_SHUFFLE_PERIOD = ("shuffle_period_epochs", "steps_per_epoch")
_OURS = "Not in the paper: our addition, because values are learned by regression."

CLAIMS = (
    Claim(
        name="shuffled_labels_more_dormant",
        figure="fig3",
        statement="Shuffled labels leave more neurons dormant in the last quarter than fixed ones.",
        estimator="difference_of_conditions",
        arguments=_DORMANT | {"higher": SHUFFLED.name, "lower": FIXED.name},
        published="Figure 3: 34 % and 0.9 %, mean over the last quarter of 100 epochs.",
    ),
    Claim(
        name="fixed_labels_wake_neurons",
        figure="fig3",
        statement="With fixed labels the share falls from the first tenth to the last quarter.",
        estimator="fall_over_training",
        arguments=_DORMANT | {"condition": FIXED.name},
        published="Figure 3: from 8.3 % in the first tenth to 0.9 % in the last quarter.",
    ),
    Claim(
        name="share_jumps_at_shuffles",
        figure="fig3",
        statement="The share of dormant neurons jumps whenever the labels are shuffled.",
        estimator="jump_at_events",
        arguments=_DORMANT | {"period": _SHUFFLE_PERIOD, "condition": SHUFFLED.name},
        published="Figure 3: by 24, 22, 12 and 16 percentage points, on average 19.",
    ),
    Claim(
        name="shuffled_targets_more_dormant",
        figure="fig3",
        statement="In regression, too, shuffled targets leave more dormant in the last quarter.",
        estimator="difference_of_conditions",
        arguments=_DORMANT | {"higher": SHUFFLED_NUMBERS.name, "lower": FIXED_NUMBERS.name},
        published=_OURS,
    ),
    Claim(
        name="share_jumps_at_shuffled_targets",
        figure="fig3",
        statement="The share of dormant neurons jumps at each shuffle in regression too.",
        estimator="jump_at_events",
        arguments=_DORMANT | {"period": _SHUFFLE_PERIOD, "condition": SHUFFLED_NUMBERS.name},
        published=_OURS,
    ),
)


def supervised_run(preset: Preset, condition: Condition, seed: int) -> ClassificationSpec:
    """The preset's supervised run under a condition of `CHANGES`."""
    return dataclasses.replace(preset.classification, seed=seed, **CHANGES[condition])


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """All conditions of a seed side by side, the paper's before ours.

    Raises:
      UserError: a game is asked for.
    """
    check_data(game)
    planned = []
    for condition in CHANGES:
        spec = supervised_run(preset, condition, seed)
        names = ("epochs", "shuffle_period_epochs", "steps_per_epoch")
        planned.append(Run(condition, spec, {name: getattr(spec, name) for name in names}))
    return planned


def check_data(game: str) -> None:
    """Raises UserError if it is not what is learned here."""
    if game != DATA:
        raise UserError(
            "This experiment has no games, only the images of CIFAR-10; leave out --games."
        )


EXPERIMENT = Experiment(
    name="label_shuffling",
    title="Targets that move make neurons dormant",
    figures=("fig3",),
    games=(DATA,),
    conditions=tuple(CHANGES),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: supervised_run(preset, SHUFFLED, 0),
    seed_count=3,
    check_game=check_data,
)
