"""Question: do recycled neurons relapse because they are recycled too rarely?"""

from collections.abc import Callable

import pandas as pd

from figures.curves.frames import smooth
from figures.curves.levels import LAST, LAST_QUARTER
from figures.curves.recorded import recycled_so_far, redormant_share
from figures.curves.returns import evaluation_return
from figures.drawing.captions import definition, late_levels, setting, treatments
from figures.drawing.curve_panels import Quantity, curve_picture, share_of
from figures.drawing.picture import Picture
from figures.reading.data import ExperimentResults, Results

EXPERIMENT = "recycling_period"
_FIGURE = "question_recycling_period"
_RELAPSES = "dormant again at the next check"


def render(
    store: Results, tau: float = 0.025, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """Dormant share, relapses and recycled neurons in all, one row a game; returns in words.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this (ReDo's own threshold stays).
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make question-recycling-period")

    def quantity(curves: Callable[[ExperimentResults], pd.DataFrame], what: str) -> Quantity:
        frame = smooth(curves(experiment), smoothing_logs)
        return Quantity(experiment, frame, _FIGURE, "", what, seeds=False)

    share = share_of(experiment, _FIGURE, tau, layer, smoothing_logs, seeds=False)
    relapses = quantity(redormant_share, _RELAPSES)
    recycled = quantity(recycled_so_far, "recycled so far, of all")
    sentences = [
        *late_levels(share.shown, "dormant share in the last quarter", "%", LAST_QUARTER),
        *late_levels(
            relapses.shown, f"recycled neurons {_RELAPSES}, last quarter", "%", LAST_QUARTER
        ),
        *late_levels(recycled.shown, "recycled in all", "% of the neurons", LAST),
        *late_levels(evaluation_return(experiment), "last evaluation return", last_part=LAST),
    ]
    remarks = [definition(tau, smoothing_logs, experiment), treatments(experiment)]
    heading = f"Recycling more or less often {setting(tau, layer)}"
    return curve_picture([share, relapses, recycled], heading, remarks, sentences)
