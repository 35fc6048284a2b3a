"""Figure 9: ReDo removes dormant neurons; what that does to the return."""

from figures.curves.levels import LAST
from figures.curves.recorded import redormant_share
from figures.drawing.captions import definition, late_levels, setting, treatments
from figures.drawing.curve_panels import curve_picture, return_of, share_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "redo"


def render(
    store: Results, tau: float = 0.025, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """Dormant neurons and evaluation return without and with ReDo, one row a game.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this (ReDo's own threshold stays).
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig9")
    share = share_of(experiment, "fig9", tau, layer, smoothing_logs)
    returns = return_of(experiment, "fig9", smoothing_logs)
    sentences = [
        *late_levels(share.shown, "dormant share in the last quarter", "%"),
        *late_levels(returns.shown, "last evaluation return", last_part=LAST),
        *late_levels(
            redormant_share(experiment),
            "recycled neurons dormant again at the next check, last quarter",
            "%",
        ),
    ]
    heading = f"Dormant neurons {setting(tau, layer)} and return with ReDo"
    remarks = [definition(tau, smoothing_logs, experiment), treatments(experiment)]
    return curve_picture([share, returns], heading, remarks, sentences)
