"""Table 7: the rank of the penultimate layer's features, without and with ReDo."""

from figures.curves.frames import smooth
from figures.curves.levels import LAST
from figures.curves.recorded import recorded_metric
from figures.drawing.captions import late_levels, treatments
from figures.drawing.curve_panels import Quantity, curve_picture
from figures.drawing.picture import Picture
from figures.reading.data import ExperimentResults, Results

EXPERIMENT = "feature_rank"
# Recorded metric -> what a reader calls it.
RANKS = {"srank": "srank (99 %)", "effective_rank": "effective rank (entropy)"}


def render(store: Results, smoothing_logs: int = 1) -> Picture:
    """Both ranks over gradient steps, one row a game; the values at the end are the table's.

    Args:
      store: where the runs are.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make table7")
    ranks = [_rank(experiment, metric, what, smoothing_logs) for metric, what in RANKS.items()]
    sentences = [
        sentence
        for rank in ranks
        for sentence in late_levels(rank.shown, f"{rank.what} at the end", "", LAST, digits=1)
    ]
    remarks = [
        "Ranks of the penultimate layer's features on the probe batch. srank: how many singular "
        "values hold 99 % of their sum. Effective rank: exponential of their entropy.",
        "Published, from a secondary source: 449.2 without and 470.8 with ReDo, of 512; which "
        "rank is not known.",
        treatments(experiment),
    ]
    return curve_picture(ranks, "Rank of the features with ReDo", remarks, sentences)


def _rank(experiment: ExperimentResults, metric: str, what: str, smoothing_logs: int) -> Quantity:
    frame = smooth(recorded_metric(experiment, metric), smoothing_logs)
    return Quantity(experiment, frame, "table7", metric, what, unit="")
