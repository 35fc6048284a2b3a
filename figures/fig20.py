"""Figure 20: the returns of Figure 14 on the other tasks."""

from figures import fig14
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = fig14.EXPERIMENT
TASKS = ("Hopper", "Walker2d")


def render(store: Results, smoothing_logs: int = 1) -> Picture:
    """Evaluation return of remedies over environment steps, one panel a task.

    Args:
      store: where the runs are.
      smoothing_logs: moving mean over this odd number of evaluations.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    return fig14.returns_of(store, "fig20", TASKS, fig14.CONDITIONS, smoothing_logs, fig14.HEADING)
