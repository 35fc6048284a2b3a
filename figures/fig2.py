"""Figure 2: the share of dormant neurons falls at first, then rises throughout training."""

from figures.drawing.captions import definition, setting, trends
from figures.drawing.curve_panels import curve_picture, share_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "prevalence"


def render(
    store: Results, tau: float = 0.0, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """The percentage of dormant neurons over gradient steps, one panel a game.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig2")
    share = share_of(experiment, "fig2", tau, layer, smoothing_logs)
    heading = f"Share of dormant neurons {setting(tau, layer)}"
    sentences = trends(share.shown, "dormant share", experiment.conditions)
    return curve_picture([share], heading, [definition(tau, smoothing_logs, experiment)], sentences)
