"""Figure 15: which neurons are recycled decides what that is good for."""

from collections.abc import Sequence

from figures.curves.levels import LAST
from figures.drawing.captions import late_levels, treatments
from figures.drawing.curve_panels import curve_picture, return_of
from figures.drawing.picture import Picture
from figures.names import target
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
    return returns_of(store, "fig15", SHOWN, smoothing_logs, "Return by which neurons are recycled")


def returns_of(
    store: Results, figure: str, conditions: Sequence[str], smoothing_logs: int, heading: str
) -> Picture:
    """A picture of returns under some conditions of this experiment."""
    experiment = store.experiment(EXPERIMENT, target(figure))
    experiment = experiment.restricted(lambda run: run.condition in conditions)
    returns = return_of(experiment, figure, smoothing_logs, seeds=False)
    sentences = late_levels(returns.shown, "last evaluation return", last_part=LAST)
    return curve_picture([returns], heading, [treatments(experiment)], sentences)
