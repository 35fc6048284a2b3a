"""Figure 19: in continuous control, too, removing dormant neurons does not cost return."""

from figures import fig14
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = fig14.EXPERIMENT
CONDITIONS = ("SAC", "SAC+pruning")


def render(store: Results, smoothing_logs: int = 1) -> Picture:
    """Evaluation return without and with pruning over environment steps, one panel a task.

    Args:
      store: where the runs are.
      smoothing_logs: moving mean over this odd number of evaluations.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    heading = "Return in continuous control without dormant neurons"
    return fig14.returns_of(store, "fig19", fig14.TASKS, CONDITIONS, smoothing_logs, heading)
