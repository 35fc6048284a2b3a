"""Figure 6: removing dormant neurons does not cost return."""

from figures.captions import late_levels, treatments
from figures.clocks import FRAMES
from figures.data import Store
from figures.measures import evaluation_return, smooth
from figures.panels import Quantity, game_panels
from figures.picture import Picture

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
    returns = Quantity(
        experiment,
        smooth(evaluation_return(experiment), smoothing_logs),
        "fig6",
        "return",
        "evaluation return",
        unit="",
        clock=FRAMES,
        chance="random play",
    )
    sentences = late_levels(returns.shown, "evaluation return in the last quarter")
    heading = "Return with and without pruning of dormant neurons"
    return game_panels(returns, heading, treatments(experiment), sentences)
