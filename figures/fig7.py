"""Figure 7: the more gradient steps an agent step, the more dormant neurons."""

from figures.drawing.captions import definition, late_levels, setting
from figures.drawing.clocks import FRAMES
from figures.drawing.panels import quantity_panels
from figures.drawing.picture import Picture
from figures.drawing.quantities import return_of, share_of
from figures.reading.data import Store

EXPERIMENT = "replay_ratio"


def render(
    store: Store, tau: float = 0.0, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """Dormant neurons and evaluation return at four replay ratios, one row a game.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig7")
    share = share_of(experiment, "fig7", tau, layer, smoothing_logs, clock=FRAMES)
    returns = return_of(experiment, "fig7", smoothing_logs)
    sentences = [
        *late_levels(share.shown, "dormant share in the last quarter", "%"),
        *late_levels(returns.shown, "evaluation return in the last quarter"),
    ]
    heading = f"Dormant neurons {setting(tau, layer)} and return by replay ratio"
    remark = f"RR: gradient steps an agent step. {definition(tau, smoothing_logs)}"
    return quantity_panels([share, returns], heading, remark, sentences)
