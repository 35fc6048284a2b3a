"""Are value targets sharper than ordinary regression targets? Sharpness beside dormancy."""

from figures.curves.frames import smooth
from figures.curves.recorded import target_sharpness
from figures.drawing.captions import definition, late_levels, setting
from figures.drawing.curve_panels import Quantity, curve_picture, share_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "sharpness"
_FIGURE = "question_sharpness"


def render(
    store: Results, tau: float = 0.0, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """Sharpness of the targets and dormant share under each of them, one row a game.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make question-sharpness")
    share = share_of(experiment, _FIGURE, tau, layer, smoothing_logs)
    quantities = [share]
    # Runs of older versions have not recorded it.
    if len(frame := target_sharpness(experiment)):
        frame = smooth(frame, smoothing_logs)
        quantities.insert(0, Quantity(experiment, frame, _FIGURE, "", "sharpness"))
    sentences = [
        sentence
        for quantity in quantities
        for sentence in late_levels(quantity.shown, f"{quantity.what} in the last quarter", "%")
    ]
    remarks = [
        "Sharpness: mean change of the target from one step to the next, in percent of the mean "
        "difference of two transitions drawn at random; noise has 100 %.",
        definition(tau, smoothing_logs, experiment),
    ]
    heading = f"How sharp targets are, and dormant neurons {setting(tau, layer)}"
    return curve_picture(quantities, heading, remarks, sentences)
