"""Conditions: what is compared, what the paper calls it, what was done, and its colour.

A condition is a line of a figure. Experiments share the ones below, so that a method has one
name and one colour in all figures; those of a single experiment are made in its module. The
index of an experiment stores its conditions, and figures draw from there.

The hues are those of Okabe and Ito, which people with any common colour blindness can tell
apart; ordered conditions (replay ratio, width) are steps of one ramp from light to dark.
"""

import dataclasses

from agents.identity import Spec

BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, TEAL, WINE = "#E69F00", "#56B4E9", "#44AA99", "#882255"


@dataclasses.dataclass(frozen=True)
class Condition:
    """What the runs of a line of a figure have in common.

    Attributes:
      name: unique within an experiment; claims refer to it, legends show it.
      published_as: what the paper's legend calls it, if not `name`.
      treatment: what was done to these runs besides training, as a sentence for captions, with
        the run's own numbers in braces: "{run.intervention.tau:g}". "" if nothing was done.
      colour: as "#rrggbb"; "" leaves the choice to the figures.
    """

    name: str
    published_as: str = ""
    treatment: str = ""
    colour: str = ""

    def describe(self, run: Spec) -> dict[str, str]:
        """The condition as JSON, with the numbers of one of its runs."""
        return {
            "name": self.name,
            "published_as": self.published_as or self.name,
            "treatment": self.treatment.format(run=run),
            "colour": self.colour,
        }


EVERY = "every {run.intervention.period_gradient_steps:,} gradient steps"
_DORMANT = "the neurons dormant at τ\u00a0=\u00a0{run.intervention.tau:g}"

RECYCLING = f"ReDo recycles, {EVERY}, {_DORMANT}; a log due then is taken before."

DQN = Condition("DQN", colour=BLUE)
REDO = Condition("DQN+ReDo", treatment=RECYCLING, colour=VERMILION)
RESET = Condition(
    "DQN+Reset",
    published_as="Reset",
    treatment=f"Reset re-initialises, {EVERY}, the penultimate layer.",
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
