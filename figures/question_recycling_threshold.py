"""Question: does ReDo cost return because it recycles neurons that are not silent?"""

from figures.curves.frames import smooth
from figures.curves.levels import LAST, LAST_QUARTER
from figures.curves.recorded import recycled_so_far
from figures.drawing.captions import definition, late_levels, setting, treatments
from figures.drawing.curve_panels import Quantity, curve_picture, return_of, share_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "recycling_threshold"
_FIGURE = "question_recycling_threshold"
_SECOND_HALF = 0.5


def render(
    store: Results, tau: float = 0.0, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """Dormant share, recycled neurons in all and evaluation return, one row a game.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this (ReDo's own thresholds stay).
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make question-recycling-threshold")
    share = share_of(experiment, _FIGURE, tau, layer, smoothing_logs, seeds=False)
    recycled = Quantity(
        experiment,
        smooth(recycled_so_far(experiment), smoothing_logs),
        _FIGURE,
        "",
        "recycled so far, of all",
        seeds=False,
    )
    returns = return_of(experiment, _FIGURE, smoothing_logs, seeds=False)
    sentences = [
        *late_levels(share.shown, "dormant share in the last quarter", "%", LAST_QUARTER),
        *late_levels(recycled.shown, "recycled in all", "% of the neurons", LAST),
        *late_levels(
            returns.shown,
            "evaluation return over the second half of training",
            last_part=_SECOND_HALF,
            digits=1,
        ),
    ]
    remarks = [definition(tau, smoothing_logs, experiment), treatments(experiment)]
    heading = f"Dormant neurons {setting(tau, layer)} and return by threshold"
    return curve_picture([share, recycled, returns], heading, remarks, sentences)
