"""Figure 4: on fixed data, targets that move make more neurons dormant than targets that do not."""

from figures.drawing.captions import definition, late_levels, setting
from figures.drawing.curve_panels import curve_picture, share_of
from figures.drawing.picture import Picture
from figures.reading.data import ExperimentResults, Results

EXPERIMENT = "offline"

_TARGETS = {
    "random_network": (
        "Random targets: values of the stored actions according to a fixed random network, "
        "standardised for every action."
    ),
    "noise": "Random targets: a fixed standard normal number for every stored transition.",
}


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
    experiment = store.experiment(EXPERIMENT, "make fig4")
    share = share_of(experiment, "fig4", tau, layer, smoothing_logs)
    heading = f"Share of dormant neurons on fixed data {setting(tau, layer)}"
    remarks = [definition(tau, smoothing_logs, experiment), _targets(experiment)]
    sentences = late_levels(share.shown, "dormant share in the last quarter", "%")
    return curve_picture([share], heading, remarks, sentences)


def _targets(experiment: ExperimentResults) -> str:
    """What the fixed targets of these runs are; "" where none of them has begun."""
    found = {_TARGETS.get(run.info["spec"]["targets"], "") for run in experiment.started}
    return " ".join(sorted(found - {""}))
