"""Figure 6: removing dormant neurons does not cost return."""

from figures.curves.levels import LAST
from figures.drawing.captions import late_levels, treatments
from figures.drawing.curve_panels import curve_picture, return_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "pruning"


def render(store: Results, smoothing_logs: int = 1) -> Picture:
    """Evaluation return without and with pruning over frames, one panel a game.

    Args:
      store: where the runs are.
      smoothing_logs: moving mean over this odd number of evaluations.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig6")
    returns = return_of(experiment, "fig6", smoothing_logs)
    sentences = late_levels(returns.shown, "last evaluation return", last_part=LAST)
    heading = "Return with and without pruning of dormant neurons"
    return curve_picture([returns], heading, [treatments(experiment)], sentences)
