"""What says in a panel that agents have hardly begun to play."""

from matplotlib.axes import Axes
import numpy as np
import pandas as pd

from figures.curves.frames import curves_of
from figures.curves.levels import LAST_QUARTER, late_means
from figures.curves.returns import has_human_score, human_normalised
from figures.curves.scores import FIRST_PUBLISHED
from figures.drawing import style

# A score below FIRST_PUBLISHED may be twice what random play returns: on Asterix 0.04 is 540
# points to 210.
LEVEL = "random play or little more"
OURS = f"ours: {LEVEL}"


def at_random_play(frame: pd.DataFrame) -> bool:
    """Whether every condition returns about what random play does, in its last quarter.

    Args:
      frame: tidy frame of the returns of one game. Where it is not known what random play and a
        human score, or where a condition has no return, nothing can be said.
    """
    if frame.empty or not has_human_score(frame.game.iloc[0]):
        return False
    for _, part in frame.groupby("condition", sort=False):
        late = np.array([late_means([curve], LAST_QUARTER)[0] for curve in curves_of(part)])
        late = late[np.isfinite(late)]
        if not len(late) or human_normalised(late.mean(), frame.game.iloc[0]) >= FIRST_PUBLISHED:
            return False
    return True


def say(axes: Axes, text: str = OURS, right: bool = False) -> None:
    """Writes into the upper corner of a panel, in which it makes room, over the grid."""
    axes.margins(y=max(0.15, axes.margins()[1]))
    axes.text(
        0.98 if right else 0.02,
        0.985,
        text,
        transform=axes.transAxes,
        ha="right" if right else "left",
        va="top",
        color=style.WARNING,
        size=7.5,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )
