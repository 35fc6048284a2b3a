"""Table 6: narrower actors and critics, without and with ReDo."""

from figures import fig14
from figures.curves.levels import LAST
from figures.drawing.captions import late_levels, treatments
from figures.drawing.clocks import ENVIRONMENT_STEPS
from figures.drawing.curve_panels import curve_picture, return_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "narrow_control"
PUBLISHED = (
    "The paper's Table 6, by secondary sources: width x0.25 2,016 +- 102 without and 2,115 +- 212 "
    "with ReDo, x0.5 3,964 +- 953 and 4,472 +- 648."
)


def render(store: Results, smoothing_logs: int = 1) -> Picture:
    """Evaluation return over environment steps at a quarter and at half of the width.

    The table itself, last returns with their intervals, is what the picture says in words.

    Args:
      store: where the runs are.
      smoothing_logs: moving mean over this odd number of evaluations.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make table6")
    returns = return_of(experiment, "table6", smoothing_logs, clock=ENVIRONMENT_STEPS, seeds=False)
    sentences = late_levels(returns.shown, "last evaluation return", last_part=LAST)
    remarks = [PUBLISHED, fig14.VERSION, treatments(experiment)]
    return curve_picture([returns], "Return of narrower networks", remarks, sentences)
