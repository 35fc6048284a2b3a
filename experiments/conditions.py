"""Conditions: what is compared, what the paper calls it, what was done, and its colour.

A condition is a line of a figure. Experiments share the ones below, so that a method has one
name and one colour in all figures; those of a single experiment are made in its module. The
index of an experiment stores its conditions, and figures draw from there.

The hues are those of Okabe and Ito, which people with any common colour blindness can tell
apart; ordered conditions (replay ratio, width) are steps of one ramp from light to dark.
"""

import dataclasses

from agents.identity import Spec
from experiments.storing.schema import Condition

BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, TEAL, WINE = "#E69F00", "#56B4E9", "#44AA99", "#882255"


EVERY = "every {run.intervention.period_gradient_steps:,} gradient steps"
_DORMANT = "the neurons dormant at τ\u00a0=\u00a0{run.intervention.tau:g}"

RECYCLING = f"ReDo recycles, {EVERY}, {_DORMANT}; a log due then is taken before."

DQN = Condition("DQN", colour=BLUE)
REDO = Condition("DQN+ReDo", treatment=RECYCLING, colour=VERMILION)
RESET = Condition(
    "DQN+Reset",
    published_as="Reset",
    treatment=f"Reset re-initialises, {EVERY}, {{run.intervention.what_is_reset}}.",
    colour=GREEN,
)
WEIGHT_DECAY = Condition(
    "DQN+WD",
    published_as="WD",
    treatment="WD: L2 coefficient {run.agent.weight_decay:g}, added to the gradient before Adam.",
    colour=PURPLE,
)
PRUNING = Condition(
    "DQN+pruning",
    published_as="pruning",
    treatment=f"Pruning removes for good, {EVERY}, {_DORMANT}.",
    colour=ORANGE,
)


def described(condition: Condition, run: Spec) -> dict[str, str]:
    """A condition as an index stores it: as JSON, its treatment with the numbers of a run."""
    return dataclasses.asdict(condition) | {
        "published_as": condition.published_as or condition.name,
        "treatment": condition.treatment.format(run=run),
    }
