"""Targets that move make neurons dormant, without any reinforcement (paper, Figure 3).

The paper's Figure 3 trains a convolutional network on 10,000 images of CIFAR-10 for 100 epochs.
With the true labels the share of neurons that are silent (tau 0) falls almost to zero; with
labels that are shuffled every 20 epochs it jumps at each shuffle and stays high.

Beyond the paper: the same with regression onto one number, because values are learned by
regression. A cross-entropy can always be lowered by larger outputs, a squared error cannot, so
that the one need not imply the other. What the paper leaves open is settled in
`agents.supervised.spec`.
"""

from collections.abc import Sequence
import dataclasses

from agents.errors import UserError
from agents.supervised.spec import ClassificationSpec
from experiments.experiment import Claim, Experiment, Run
from experiments.presets.preset import Preset

DATA = "CIFAR-10"
# Condition -> what it changes of the preset's run.
CONDITIONS = {
    "fixed labels": {"objective": "classification", "labels": "fixed"},
    "shuffled labels": {"objective": "classification", "labels": "shuffled"},
    "fixed targets (regression)": {"objective": "regression", "labels": "fixed"},
    "shuffled targets (regression)": {"objective": "regression", "labels": "shuffled"},
}
_DORMANT = {"measure": "dormant_share", "tau": 0.0}
# In gradient steps, as a product of columns of the index.
_SHUFFLE_PERIOD = ("shuffle_period_epochs", "steps_per_epoch")
_OURS = "Not in the paper: our addition, because values are learned by regression."

CLAIMS = (
    Claim(
        name="shuffled_labels_more_dormant",
        figure="fig3",
        statement="Shuffled labels leave more neurons dormant than fixed ones.",
        estimator="difference_of_conditions",
        arguments=_DORMANT | {"higher": "shuffled labels", "lower": "fixed labels"},
        published="Figure 3: 34 % and 0.9 %, mean over the last quarter of 100 epochs.",
    ),
    Claim(
        name="fixed_labels_wake_neurons",
        figure="fig3",
        statement="With fixed labels the share of dormant neurons falls.",
        estimator="fall_over_training",
        arguments=_DORMANT | {"condition": "fixed labels"},
        published="Figure 3: from 8.3 % in the first tenth to 0.9 % in the last quarter.",
    ),
    Claim(
        name="share_jumps_at_shuffles",
        figure="fig3",
        statement="The share of dormant neurons jumps whenever the labels are shuffled.",
        estimator="jump_at_events",
        arguments=_DORMANT | {"period": _SHUFFLE_PERIOD, "condition": "shuffled labels"},
        published="Figure 3: by 24, 22, 12 and 16 percentage points, on average 19.",
    ),
    Claim(
        name="shuffled_targets_more_dormant",
        figure="fig3",
        statement="Shuffled targets leave more neurons dormant than fixed ones in regression too.",
        estimator="difference_of_conditions",
        arguments=_DORMANT
        | {"higher": "shuffled targets (regression)", "lower": "fixed targets (regression)"},
        published=_OURS,
    ),
    Claim(
        name="share_jumps_at_shuffled_targets",
        figure="fig3",
        statement="The share of dormant neurons jumps at each shuffle in regression too.",
        estimator="jump_at_events",
        arguments=_DORMANT
        | {"period": _SHUFFLE_PERIOD, "condition": "shuffled targets (regression)"},
        published=_OURS,
    ),
)


def supervised_run(preset: Preset, condition: str, seed: int) -> ClassificationSpec:
    """The preset's supervised run under a condition of `CONDITIONS`."""
    return dataclasses.replace(preset.classification, seed=seed, **CONDITIONS[condition])


def runs(preset: Preset, games: Sequence[str], seeds: Sequence[int]) -> list[Run]:
    """All conditions of a seed side by side, the paper's before ours.

    Raises:
      UserError: a game is asked for.
    """
    if set(games) != {DATA}:
        raise UserError(
            "This experiment has no games, only the images of CIFAR-10; leave out --games."
        )
    planned = []
    for seed in seeds:
        for condition in CONDITIONS:
            spec = supervised_run(preset, condition, seed)
            columns = {
                "epochs": spec.epochs,
                "shuffle_period_epochs": spec.shuffle_period_epochs,
                "steps_per_epoch": spec.steps_per_epoch,
            }
            planned.append(Run(condition, spec, columns))
    return planned


EXPERIMENT = Experiment(
    name="label_shuffling",
    title="Targets that move make neurons dormant",
    figures=("fig3",),
    games=(DATA,),
    runs=runs,
    claims=CLAIMS,
    typical=lambda preset: supervised_run(preset, "shuffled labels", 0),
    seed_count=3,
)
