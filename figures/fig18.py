"""Figure 18: dormant neurons of SAC's actor and critics."""

import dataclasses

from figures import fig14
from figures.drawing.captions import definition, setting, trends
from figures.drawing.clocks import GRADIENT_STEPS
from figures.drawing.curve_panels import curve_picture, share_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = fig14.EXPERIMENT
NETWORKS = ("actor", "critics")


def render(store: Results, tau: float = 0.0, smoothing_logs: int = 1) -> Picture:
    """The percentage of dormant neurons of plain SAC, actor and critics side by side, a row a task.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig18")
    experiment = fig14.of(experiment, experiment.games, ("SAC",))
    shares = [
        dataclasses.replace(
            share_of(experiment, "fig18", tau, network, smoothing_logs, clock=GRADIENT_STEPS),
            what=f"dormant neurons, {network}",
        )
        for network in NETWORKS
    ]
    sentences = [
        sentence
        for network, share in zip(NETWORKS, shares, strict=True)
        for sentence in trends(share.shown, f"dormant share of the {network}", ["SAC"])
    ]
    heading = f"Dormant neurons in continuous control {setting(tau, None, 'actor and critics')}"
    remarks = [definition(tau, smoothing_logs, experiment), fig14.VERSION]
    return curve_picture(shares, heading, remarks, sentences)
