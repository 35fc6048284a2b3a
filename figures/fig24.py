"""Figure 24: the size of the probe batch hardly changes the share of dormant neurons."""

from figures.curves.levels import LAST
from figures.drawing.captions import definition, late_levels, setting
from figures.drawing.curve_panels import curve_picture, share_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "probe_batch"


def render(
    store: Results, tau: float = 0.1, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """Dormant neurons found on batches of four sizes, one panel a game.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig24")
    share = share_of(experiment, "fig24", tau, layer, smoothing_logs, seeds=False)
    sentences = late_levels(share.shown, "dormant share at the end", "%", LAST, digits=1)
    heading = f"Dormant neurons by size of the probe batch {setting(tau, layer)}"
    remarks = [
        definition(tau, smoothing_logs, experiment),
        "Batches of transitions; the runs are the same.",
    ]
    return curve_picture([share], heading, remarks, sentences)
