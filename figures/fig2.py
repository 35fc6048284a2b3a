"""Figure 2: the share of dormant neurons falls at first, then rises throughout training."""

from figures.drawing.captions import definition, setting
from figures.drawing.panels import game_panels
from figures.drawing.picture import Picture
from figures.drawing.quantities import share_of
from figures.reading.data import Store

EXPERIMENT = "prevalence"


def render(
    store: Store, tau: float = 0.0, layer: str | None = None, smoothing_logs: int = 1
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
    return game_panels(share, heading, definition(tau, smoothing_logs))
