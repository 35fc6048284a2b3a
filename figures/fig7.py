"""Figure 7: the more gradient steps an agent step, the more dormant neurons."""

from figures.curves.levels import LAST
from figures.drawing.captions import definition, late_levels, setting
from figures.drawing.clocks import frames
from figures.drawing.curve_panels import curve_picture, return_of, share_of
from figures.drawing.picture import Picture
from figures.reading.data import ExperimentResults, Results

EXPERIMENT = "replay_ratio"


def render(
    store: Results, tau: float = 0.0, layer: str | None = None, smoothing_logs: int = 1
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
    # Four bands over each other cannot be read; those of the outermost ratios can.
    settings = {"seeds": False, "banded": _outermost(experiment)}
    clock = frames(experiment)
    share = share_of(experiment, "fig7", tau, layer, smoothing_logs, clock=clock, **settings)
    returns = return_of(experiment, "fig7", smoothing_logs, **settings)
    sentences = [
        *late_levels(share.shown, "dormant share at the end", "%", LAST),
        *late_levels(returns.shown, "last evaluation return", last_part=LAST),
    ]
    heading = f"Dormant neurons {setting(tau, layer)} and return by replay ratio"
    remarks = ["RR: gradient steps an agent step.", definition(tau, smoothing_logs, experiment)]
    return curve_picture([share, returns], heading, remarks, sentences)


def _outermost(experiment: ExperimentResults) -> tuple[str, ...]:
    """The conditions of the lowest and of the highest replay ratio."""
    ratios = experiment.column("replay_ratio")
    there = sorted(experiment.conditions, key=lambda name: ratios[name])
    return tuple(dict.fromkeys([there[0], there[-1]]))
