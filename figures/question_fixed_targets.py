"""Why does even the fixed-target curve rise late? Dormancy and error of its variants."""

from figures.curves.frames import smooth
from figures.curves.recorded import recorded_metric
from figures.drawing.captions import definition, late_levels, setting, treatments
from figures.drawing.curve_panels import Quantity, curve_picture, share_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "fixed_targets"
_FIGURE = "question_fixed_targets"


def render(
    store: Results, tau: float = 0.0, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """Dormant share and training loss of every variant, one row a game.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make question-fixed-targets")
    share = share_of(experiment, _FIGURE, tau, layer, smoothing_logs)
    error = Quantity(
        experiment,
        smooth(recorded_metric(experiment, "td_loss"), smoothing_logs),
        _FIGURE,
        "",
        "training loss",
        unit="",
        log_y=True,
    )
    sentences = [
        *late_levels(share.shown, "dormant share in the last quarter", "%"),
        *late_levels(error.shown, "training loss in the last quarter", digits=4),
    ]
    remarks = [
        definition(tau, smoothing_logs, experiment),
        "Fixed targets: standardised values of a random network; noise: a number for each "
        "stored transition.",
        treatments(experiment),
    ]
    heading = f"Variants of learning fixed targets {setting(tau, layer)}"
    return curve_picture([share, error], heading, remarks, sentences)
