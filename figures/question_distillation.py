"""Why do the students of a supervised problem get dormant at all? Loss and dormancy of variants."""

from figures.curves.frames import smooth
from figures.curves.recorded import distillation_loss, greedy_agreement
from figures.drawing.captions import definition, late_levels, late_losses, setting
from figures.drawing.curve_panels import Quantity, curve_picture, share_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "distillation_variants"
_FIGURE = "question_distillation"


def render(
    store: Results, tau: float = 0.1, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """Loss and dormant share of every student, one row a game.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make question-distillation")
    loss = Quantity(
        experiment,
        smooth(distillation_loss(experiment), smoothing_logs),
        _FIGURE,
        "",
        "distillation loss",
        unit="",
        log_y=True,
        seeds=False,
    )
    share = share_of(experiment, _FIGURE, tau, layer, smoothing_logs, seeds=False)
    sentences = [
        *late_losses(loss.shown, "loss in the last quarter"),
        *late_levels(share.shown, "dormant share in the last quarter", "%"),
        *late_levels(
            greedy_agreement(experiment),
            "states in which student and teacher choose alike, last quarter",
            "%",
        ),
    ]
    remarks = [
        definition(tau, smoothing_logs, experiment),
        "The loss of standardised targets has another scale than the others.",
    ]
    heading = f"Variants of learning a trained agent's values {setting(tau, layer)}"
    return curve_picture([loss, share], heading, remarks, sentences)
