"""Figure 14: in continuous control ReDo costs no return, and resets and weight decay do."""

from collections.abc import Sequence

from figures.curves.levels import LAST
from figures.drawing.captions import late_levels, treatments
from figures.drawing.clocks import ENVIRONMENT_STEPS
from figures.drawing.curve_panels import curve_picture, return_of
from figures.drawing.picture import Picture
from figures.reading.data import ExperimentResults, Results

EXPERIMENT = "continuous_control"
TASKS = ("Ant", "HalfCheetah")
CONDITIONS = ("SAC", "SAC+ReDo", "SAC+Reset", "SAC+WD")
HEADING = "Return in continuous control with remedies"
VERSION = "Tasks are of version 5, the paper's of version 2."


def render(store: Results, smoothing_logs: int = 1) -> Picture:
    """Evaluation return of remedies over environment steps, one panel a task.

    Args:
      store: where the runs are.
      smoothing_logs: moving mean over this odd number of evaluations.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    return returns_of(store, "fig14", TASKS, CONDITIONS, smoothing_logs, HEADING)


def returns_of(
    store: Results,
    figure: str,
    tasks: Sequence[str],
    conditions: Sequence[str],
    smoothing_logs: int,
    heading: str,
) -> Picture:
    """Evaluation return of some conditions on some tasks; on all there are, if none of these is.

    Args:
      store: where the runs are.
      figure: that is drawn.
      tasks, conditions: the paper's.
      smoothing_logs: moving mean over this odd number of evaluations.
      heading: on top.
    """
    experiment = of(store.experiment(EXPERIMENT, f"make {figure}"), tasks, conditions)
    returns = return_of(experiment, figure, smoothing_logs, clock=ENVIRONMENT_STEPS, seeds=False)
    sentences = late_levels(returns.shown, "last evaluation return", last_part=LAST)
    return curve_picture([returns], heading, [VERSION, treatments(experiment)], sentences)


def of(
    experiment: ExperimentResults, tasks: Sequence[str], conditions: Sequence[str]
) -> ExperimentResults:
    """The runs of these tasks, or of all if there are none of them, and of these conditions."""
    there = [task for task in experiment.games if task in tasks] or experiment.games
    return experiment.restricted(lambda run: run.game in there and run.condition in conditions)
