"""Figure 15: which neurons are recycled decides what that is good for."""

from figures.curves.levels import LAST
from figures.drawing.captions import late_levels, treatments
from figures.drawing.curve_panels import curve_picture, return_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "recycling_strategies"
SHOWN = ("lowest scores", "random neurons", "highest scores")


def render(store: Results, smoothing_logs: int = 1) -> Picture:
    """Evaluation return with three ways to choose the neurons, one panel a game.

    Args:
      store: where the runs are.
      smoothing_logs: moving mean over this odd number of evaluations.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig15")
    experiment = experiment.restricted(lambda run: run.condition in SHOWN)
    returns = return_of(experiment, "fig15", smoothing_logs, seeds=False)
    sentences = late_levels(returns.shown, "last evaluation return", last_part=LAST)
    return curve_picture(
        [returns], "Return by which neurons are recycled", [treatments(experiment)], sentences
    )
