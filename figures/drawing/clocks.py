"""What an x axis counts."""

from typing import NamedTuple

from matplotlib.axes import Axes

from figures.errors import FigureError
from figures.reading.data import ExperimentResults


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
# Of continuous control, where an action is one step of the environment.
ENVIRONMENT_STEPS = Clock("environment steps", "agent_step", 1)
# Of an agent step, in the paper and in runs that do not say otherwise.
_FRAME_SKIP = 4


def frames(experiment: ExperimentResults) -> Clock:
    """Emulator frames, which are as many an agent step as the runs skip.

    Raises:
      FigureError: the runs skip unequally many, so that no axis has the frames of all.
    """
    skips = {
        run.info["spec"].get("task", {}).get("frame_skip", _FRAME_SKIP)
        for run in experiment.started
    }
    if len(skips) > 1:
        told = " or ".join(map(str, sorted(skips)))
        raise FigureError(
            f"The runs of {experiment.name!r} skip {told} frames an agent step and cannot be drawn "
            "over frames together; give them one frame skip."
        )
    return Clock("frames", "agent_step", *(skips or {_FRAME_SKIP}))
