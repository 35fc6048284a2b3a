"""The two quantities that most figures show, ready to be drawn."""

from typing import Any

from figures.curves.measures import dormant_share, evaluation_return, smooth
from figures.drawing.clocks import FRAMES
from figures.drawing.panels import Quantity
from figures.reading.data import Experiment


def share_of(
    experiment: Experiment,
    figure: str,
    tau: float,
    layer: str | None = None,
    smoothing_logs: int = 1,
    **settings: Any,
) -> Quantity:
    """The percentage of tau-dormant neurons.

    Args:
      experiment: the runs.
      figure: the paper's figure, for instance "fig2".
      tau, layer: see `figures.curves.measures.dormant_share`.
      smoothing_logs: moving mean over this odd number of logs.
      **settings: of `Quantity`.
    """
    frame = smooth(dormant_share(experiment, tau, layer), smoothing_logs)
    return Quantity(experiment, frame, figure, "dormant_percent", "dormant share", **settings)


def return_of(experiment: Experiment, figure: str, smoothing_logs: int = 1) -> Quantity:
    """The evaluation return over frames, with that of random play; arguments as above."""
    return Quantity(
        experiment,
        smooth(evaluation_return(experiment), smoothing_logs),
        figure,
        "return",
        "evaluation return",
        unit="",
        clock=FRAMES,
        chance="random play",
    )
