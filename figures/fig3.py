"""Figure 3: targets that move make neurons dormant in supervised learning, too."""

import dataclasses

from matplotlib.axes import Axes
import pandas as pd

from figures.curves.frames import smooth
from figures.curves.neurons import dormant_share
from figures.drawing.captions import definition, late_levels, setting
from figures.drawing.clocks import Clock
from figures.drawing.curve_panels import Quantity, curve_picture
from figures.drawing.layout import Cell
from figures.drawing.picture import Picture
from figures.reading.data import ExperimentResults, Results

EXPERIMENT = "label_shuffling"
PANELS = {
    "classification": ("fixed labels", "shuffled labels"),
    "regression (not in the paper)": (
        "fixed targets (regression)",
        "shuffled targets (regression)",
    ),
}


def render(
    store: Results, tau: float = 0.0, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """The percentage of dormant neurons over epochs, for classification and for regression.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this; 0.1 is the other usual one.
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig3")
    frame = smooth(dormant_share(experiment, tau, layer), smoothing_logs)
    cells = []
    for title, conditions in PANELS.items():
        runs = tuple(run for run in experiment.runs if run.condition in conditions)
        if any(run.started for run in runs):
            part = dataclasses.replace(experiment, runs=runs)
            shown = frame[frame.condition.isin(conditions)]
            cells.append(_titled(_share(part, shown), title))
    heading = f"Dormant neurons and targets that move {setting(tau, layer)}"
    remarks = [_shuffling(experiment), definition(tau, smoothing_logs, experiment)]
    sentences = late_levels(frame, "dormant share in the last quarter", "%", digits=1)
    return curve_picture([_share(experiment, frame)], heading, remarks, sentences, [cells])


def _share(experiment: ExperimentResults, frame: pd.DataFrame) -> Quantity:
    """The dormant share over epochs, as the paper counts them."""
    (steps_per_epoch,) = set(experiment.column("steps_per_epoch").values())
    epochs = Clock("epochs", "gradient_step", 1 / steps_per_epoch)
    return Quantity(
        experiment, frame, "fig3", "dormant_percent", "dormant share", clock=epochs, apart=True
    )


def _titled(quantity: Quantity, title: str) -> Cell:
    """The quantity's panel under a title of its own: there is only one data set."""
    (game,) = quantity.experiment.games
    cell = quantity.cell(game)

    def draw(axes: Axes) -> None:
        cell.panel.draw(axes)
        axes.set_title(title, loc="left")

    return cell._replace(panel=dataclasses.replace(cell.panel, draw=draw))


def _shuffling(experiment: ExperimentResults) -> str:
    """What moves, and when."""
    (period,) = set(experiment.column("shuffle_period_epochs").values())
    return (
        f"Shuffled: a new random order of the labels over the images every {period} epochs, the "
        "true one before the first shuffle. A point at a shuffle still shows the network before it."
    )
