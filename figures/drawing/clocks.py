"""What an x axis counts."""

from typing import NamedTuple

from matplotlib.axes import Axes


class Clock(NamedTuple):
    """What the x axis counts.

    Attributes:
      label: as the axis says it.
      column: the steps of a tidy frame.
      per_step: how many of them are one step.
    """

    label: str
    column: str
    per_step: float

    def axis(self, axes: Axes, end: float) -> float:
        """Prepares an x axis from 0 to `end` and returns the unit to divide by."""
        unit, word = (1e6, " (millions)") if end >= 1e6 else (1e3, " (thousands)")
        if end < 5e3:
            unit, word = 1.0, ""
        axes.set_xlim(0, end / unit * 1.01)
        axes.set_xlabel(f"{self.label}{word}")
        return unit


GRADIENT_STEPS = Clock("gradient steps", "gradient_step", 1)
# Published frame counts are at the frame skip of 4 that all runs have.
FRAMES = Clock("frames", "agent_step", 4)
# Of continuous control, where an action is one step of the environment.
ENVIRONMENT_STEPS = Clock("environment steps", "agent_step", 1)
