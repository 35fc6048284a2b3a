"""How much capacity is needed, and is dormancy harm or only unused room?

The questions: how many of its neurons does an agent need for its return; and does the network it
ends with learn something new worse than a fresh one?

Design. (a) DQN whose hidden layers lose a random 0, 25, 50, 75 or 90 % of their neurons before
training; held is all else. (b) A plasticity probe: networks of several ages, one that ReDo kept
awake and a fresh one are fitted, with new moments, to the values of one and the same random network
on the same stored inputs for a fixed number of gradient steps. Nobody has seen these targets,
so that no start has a head start.

The claims' direction was stated before looking: half of the neurons suffice for the return of all;
the late network fits the new targets worse than the fresh one; and the more neurons are dormant at
the start, the larger the loss that is reached.

What else could explain it: (a) at sizes at which the agent hardly learns, any network
suffices. (b) Old networks differ from fresh ones by more than dormancy: by the size of their
weights and by outputs far from the targets; ReDo's network, as old and less dormant, tells these
apart.

What it says about the paper: if half of the neurons suffice for the return and dormancy still goes
with slower fitting, dormant neurons are harm in what comes next, not in what is learned already.
"""

import dataclasses
import math

from agents.distillation.spec import DistillationSpec
from agents.spec import RunSpec
from experiments.conditions import Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset, with_iterations
from experiments.storing.schema import NOT_IN_THE_PAPER
from experiments.treatments import with_redo

GAMES = ("DemonAttack",)
TAU = 0.1
_BLUES = ("#014f80", "#0072B2", "#2c8ccb", "#56b4e9", "#86c5ea")
LEFT = {
    removed: Condition(f"{100 * (1 - removed):g} % left", colour=shade)
    for removed, shade in zip((0.0, 0.25, 0.5, 0.75, 0.9), _BLUES, strict=True)
}
FRESH = Condition("fit: fresh", colour="#999933")
QUARTER = Condition("fit: after a quarter", colour="#cc99bb")
HALF = Condition("fit: after half", colour="#aa4499")
AFTER = Condition("fit: after training", colour="#332288")
AWAKE = Condition("fit: after training with ReDo", colour="#D55E00")
FITS = (FRESH, QUARTER, HALF, AFTER, AWAKE)

CLAIMS = (
    Claim(
        name="half_of_the_neurons_suffice",
        figure="question_capacity",
        statement=(
            "With half of its neurons DQN keeps at least 90 % of what it scores above random play."
        ),
        estimator="not_lower_than",
        arguments={
            "measure": "human_normalised_return",
            "candidate": LEFT[0.5].name,
            "reference": LEFT[0.0].name,
            "margin": 0.1,
            "last_part": 0.25,
        },
        published=f"{NOT_IN_THE_PAPER} (Figure 6: pruning dormant neurons costs nothing)",
    ),
    Claim(
        name="late_network_fits_worse_than_fresh",
        figure="question_capacity",
        statement="After training the loss reached on new targets is above a fresh network's.",
        estimator="difference_of_conditions",
        arguments={
            "measure": "log_distillation_loss",
            "higher": AFTER.name,
            "lower": FRESH.name,
        },
        published=f"{NOT_IN_THE_PAPER} (Figure 8: on a good agent's values, 0.68 and 0.10)",
    ),
    Claim(
        name="loss_rises_with_dormancy",
        figure="question_capacity",
        statement="The more neurons are dormant at the start, the higher the loss reached.",
        estimator="rises_with",
        arguments={
            "start": {"measure": "dormant_share", "tau": TAU},
            "late": {"measure": "log_distillation_loss"},
            "conditions": [condition.name for condition in FITS],
        },
        published=NOT_IN_THE_PAPER,
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """The agents with fewer neurons, then the fits."""
    plain = preset.comparison_run(game, seed)
    agents = [
        Run(condition, replaced(plain, {"network.removed": removed}), {"left": 1 - removed})
        for removed, condition in LEFT.items()
    ]
    fits = [
        Run(condition, _fit(preset, plain, condition, student))
        for condition, student in _students(preset, plain).items()
    ]
    return agents + fits


def _students(preset: Preset, plain: RunSpec) -> dict[Condition, RunSpec]:
    """Whose final network is fitted; of the fresh one only the architecture counts.

    A quarter is left out where the agent has too few iterations for one that learns and is
    shorter than a half.
    """
    whole, length = plain.schedule.iterations, plain.schedule.agent_steps_per_iteration
    first = plain.agent.min_replay_agent_steps // length + 1
    quarter, half = (max(first, math.ceil(whole / part)) for part in (4, 2))
    ages = {QUARTER: quarter, HALF: half}
    if quarter == half:
        del ages[QUARTER]
    return {
        FRESH: plain,
        **{condition: with_iterations(plain, count) for condition, count in ages.items()},
        AFTER: plain,
        AWAKE: with_redo(plain, preset, preset.redo_tau),
    }


def _fit(
    preset: Preset, plain: RunSpec, condition: Condition, student: RunSpec
) -> DistillationSpec:
    """A quarter as long as the preset's distillation."""
    fit = preset.distillation
    period = fit.log_period_gradient_steps
    length = max(1, fit.gradient_steps // 4 // period) * period
    return dataclasses.replace(
        fit,
        teacher=plain,
        student=student,
        start="random" if condition is FRESH else "pretrained",
        values_of="random_network",
        gradient_steps=length,
        seed=plain.seed,
    )


EXPERIMENT = Experiment(
    name="capacity",
    title="How much capacity is needed? Fewer neurons, and new targets for old networks",
    figures=("question_capacity",),
    games=GAMES,
    conditions=(*LEFT.values(), *FITS),
    runs_of=runs_of,
    claims=CLAIMS,
)
