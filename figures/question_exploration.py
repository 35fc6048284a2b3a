"""Does the speed of the epsilon decay matter? Dormancy, overlap and coverage by exploration."""

from figures.curves.frames import smooth
from figures.curves.neurons import overlap
from figures.curves.recorded import distinct_frames
from figures.drawing.captions import definition, late_levels, setting
from figures.drawing.curve_panels import Quantity, curve_picture, share_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "exploration"
_FIGURE = "question_exploration"


def render(
    store: Results, tau: float = 0.0, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """Dormant share, overlap of dormant sets and state coverage, one row a game.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, for instance Dense_0; by default all hidden layers pooled, and for the
        overlap the penultimate one.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make question-exploration")
    share = share_of(experiment, _FIGURE, tau, layer, smoothing_logs, seeds=False)
    frame = smooth(overlap(experiment, tau, layer=layer), smoothing_logs).drop(columns="chance")
    same = Quantity(experiment, frame, _FIGURE, "", "overlap", seeds=False)
    quantities = [share, same]
    # Runs of older versions have not recorded them.
    if len(frame := distinct_frames(experiment)):
        frame = smooth(frame, smoothing_logs)
        quantities.append(Quantity(experiment, frame, _FIGURE, "", "distinct frames", seeds=False))
    sentences = [
        sentence
        for quantity in quantities
        for sentence in late_levels(quantity.shown, f"{quantity.what} in the last quarter", "%")
    ]
    remarks = [
        definition(tau, smoothing_logs, experiment),
        "Distinct frames: of 1,024 drawn from the replay and seen in 7x7 blocks and 8 shades.",
    ]
    heading = f"Dormant neurons by how exploration ends {setting(tau, layer)}"
    return curve_picture(quantities, heading, remarks, sentences)
