"""Figure 5: neurons that were dormant before tend to be the ones dormant now."""

from typing import Literal

from figures.curves.frames import smooth
from figures.curves.neurons import overlap as overlap_curves
from figures.drawing.captions import definition, setting, trends
from figures.drawing.curve_panels import Quantity, curve_picture
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "overlap"
_HEADINGS = {
    "consecutive": "Overlap of the dormant set with that of the log before",
    "official": "Part of the dormant set that is dormant still at the next log",
    "union": "Overlap of the dormant set with all dormant before",
    "ever_dormant_share": "Dormant neurons among those ever dormant",
}


def render(
    store: Results,
    tau: float = 0.0,
    overlap: Literal["consecutive", "official", "union", "ever_dormant_share"] = "consecutive",
    layer: str | None = None,
    smoothing_logs: int = 1,
) -> Picture:
    """The overlap of the dormant sets over gradient steps, one panel a game.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      overlap: which sets are compared, and how; see `dormancy.overlap`.
      layer: one layer, for instance Conv_2; by default the penultimate layer.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig5")
    frame = smooth(overlap_curves(experiment, tau, overlap, layer), smoothing_logs)
    quantity = Quantity(
        experiment, frame, "fig5", "overlap_percent", "overlap", chance="chance (random sets)"
    )
    heading = f"{_HEADINGS[overlap]} {setting(tau, layer, 'penultimate layer')}"
    remarks = [definition(tau, smoothing_logs, experiment)]
    if frame.chance.notna().any():
        remarks.append("Chance: expected for random sets of the same sizes.")
    sentences = trends(quantity.shown, "overlap", experiment.conditions)
    return curve_picture([quantity], heading, remarks, sentences)
