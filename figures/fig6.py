"""Figure 6: removing dormant neurons does not cost return."""

from figures.drawing.captions import late_levels, treatments
from figures.drawing.panels import game_panels
from figures.drawing.picture import Picture
from figures.drawing.quantities import return_of
from figures.reading.data import Store

EXPERIMENT = "pruning"


def render(store: Store, smoothing_logs: int = 1) -> Picture:
    """Evaluation return without and with pruning over frames, one panel a game.

    Args:
      store: where the runs are.
      smoothing_logs: moving mean over this odd number of evaluations.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig6")
    returns = return_of(experiment, "fig6", smoothing_logs)
    sentences = late_levels(returns.shown, "evaluation return in the last quarter")
    heading = "Return with and without pruning of dormant neurons"
    return game_panels(returns, heading, treatments(experiment), sentences)
