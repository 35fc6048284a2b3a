"""Figure 21: a leaky ReLU lowers dormancy mildly."""

from figures.curves.levels import LAST
from figures.drawing.captions import definition, late_levels, setting, treatments
from figures.drawing.curve_panels import curve_picture, return_of, share_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "activation_function"


def render(
    store: Results, tau: float = 0.1, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """Dormant neurons and return with both activation functions, one row a game.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig21")
    share = share_of(experiment, "fig21", tau, layer, smoothing_logs, seeds=False)
    returns = return_of(experiment, "fig21", smoothing_logs, seeds=False)
    sentences = [
        *late_levels(share.shown, "dormant share at the end", "%", LAST),
        *late_levels(returns.shown, "last evaluation return", last_part=LAST),
    ]
    heading = f"Dormant neurons and return with leaky ReLUs {setting(tau, layer)}"
    remarks = [definition(tau, smoothing_logs, experiment), treatments(experiment)]
    return curve_picture([share, returns], heading, remarks, sentences)
