"""A network with many dormant neurons cannot fit the values of a good agent (paper, Figure 8).

Two students learn for 50,000 gradient steps to predict the values of one good DQN agent: a
freshly initialised network, and the network that 40 iterations at replay ratio 1 have left
with many dormant neurons. Targets and inputs stand still, so that a student that does not get
there lacks the ability to learn. In the paper the loss of the second student even rises.

Everything that the paper leaves open, and what is chosen here, is in
`agents.distillation.spec`. The students of a seed are no pair of one initialisation: the fresh
network has parameters of its own, and not those that the other one began with. The teacher is
the DQN run of that seed, so that an interval over seeds covers teachers as well. The student's
run is that of the next seed: runs of one seed begin with the same weights and the same random play,
and a student that began as its teacher did would have a head start that the paper does not mention.
"""

import dataclasses
from typing import Literal

from agents.distillation.spec import DistillationSpec
from agents.spec import RunSpec
from experiments.conditions import Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.presets.preset import Preset

GAMES = ("DemonAttack",)
# Not named in the paper: its students start with 18 % and 61 % dormant neurons, which are too
# many for a threshold of 0.
TAU = 0.1

RANDOM = Condition("random", colour="#999933")
PRETRAINED = Condition("pretrained", colour="#332288")

CLAIMS = (
    Claim(
        name="dormant_network_fits_worse",
        figure="fig8",
        statement=(
            "In the last quarter the pretrained student's loss is higher than the random one's."
        ),
        estimator="difference_of_conditions",
        arguments={
            "measure": "log_distillation_loss",
            "higher": PRETRAINED.name,
            "lower": RANDOM.name,
        },
        published="Figure 8: 0.68 and 0.10, mean over the last quarter of 50,000 gradient steps.",
    ),
    Claim(
        name="dormant_network_stays_dormant",
        figure="fig8",
        statement="In the last quarter the pretrained student has more dormant neurons.",
        estimator="difference_of_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": TAU,
            "higher": PRETRAINED.name,
            "lower": RANDOM.name,
        },
        published="Figure 8: 98 % and 48 %, mean over the last quarter of 50,000 gradient steps.",
    ),
    Claim(
        name="dormant_network_gets_worse",
        figure="fig8",
        statement="The pretrained student's loss is higher in the last quarter than at its start.",
        estimator="level_above_threshold",
        arguments={
            "measure": "distillation_loss_growth",
            "threshold": 0.0,
            "condition": PRETRAINED.name,
        },
        published="Figure 8: from 0.25 to 0.68, mean over the last quarter.",
    ),
)


def student_run(preset: Preset, game: str, seed: int) -> RunSpec:
    """The run whose network the pretrained student of this seed starts with."""
    return preset.sweep_run(game, seed + 1, preset.student_replay_ratio)


def student(
    preset: Preset, game: str, start: str, seed: int, inputs: str = "teacher"
) -> DistillationSpec:
    """The preset's distillation into a "random" or "pretrained" student."""
    return dataclasses.replace(
        preset.distillation,
        teacher=preset.data_run(game, seed),
        student=student_run(preset, game, seed),
        start=start,
        inputs=inputs,
        seed=seed,
    )


def runs_of(
    preset: Preset,
    game: str,
    seed: int,
    inputs: Literal["teacher", "student", "both"] = "teacher",
) -> list[Run]:
    """Both students of a seed side by side, so that every pair can be compared early."""
    return [
        Run(start, student(preset, game, start.name, seed, inputs))
        for start in (RANDOM, PRETRAINED)
    ]


EXPERIMENT = Experiment(
    name="distillation",
    title="Dormant neurons hinder learning new targets",
    figures=("fig8",),
    games=GAMES,
    conditions=(RANDOM, PRETRAINED),
    runs_of=runs_of,
    claims=CLAIMS,
    options={"inputs": ("teacher", "student", "both")},
    typical=lambda preset: student(preset, GAMES[0], "pretrained", 0),
)
