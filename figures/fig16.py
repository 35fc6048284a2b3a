"""Figure 16: more gradient steps, more dormant neurons, game by game."""

from figures.curves.levels import LAST
from figures.drawing.captions import definition, late_levels, setting
from figures.drawing.clocks import frames
from figures.drawing.curve_panels import curve_picture, share_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "replay_ratio_games"


def render(
    store: Results, tau: float = 0.0, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """Dormant neurons at four replay ratios, one panel a game.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig16")
    clock = frames(experiment)
    share = share_of(experiment, "fig16", tau, layer, smoothing_logs, clock=clock, seeds=False)
    sentences = late_levels(share.shown, "dormant share at the end", "%", LAST)
    heading = f"Dormant neurons by replay ratio {setting(tau, layer)}"
    remarks = ["RR: gradient steps an agent step.", definition(tau, smoothing_logs, experiment)]
    return curve_picture([share], heading, remarks, sentences)
