"""Figure 25: ReDo's score against the utility of continual backprop."""

from figures import fig15
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = fig15.EXPERIMENT
SHOWN = ("lowest scores", "lowest utility")


def render(store: Results, smoothing_logs: int = 1) -> Picture:
    """Evaluation return with neurons chosen by score or by utility, one panel a game.

    Args:
      store: where the runs are.
      smoothing_logs: moving mean over this odd number of evaluations.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    heading = "Return by score or utility of the recycled neurons"
    return fig15.returns_of(store, "fig25", SHOWN, smoothing_logs, heading)
