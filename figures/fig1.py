"""Figure 1: ReDo scores more than plain DQN and than other remedies at a high replay ratio."""

from figures.curves.scores import Scores
from figures.drawing import style
from figures.drawing.captions import treatments
from figures.drawing.panels import picture
from figures.drawing.picture import Picture
from figures.drawing.score_panels import curve_cell
from figures.reading.data import Store

EXPERIMENT = "regularization"


def render(store: Store, last_part: float = 0.25) -> Picture:
    """Interquartile mean of the scores of all games over frames.

    Args:
      store: where the runs are.
      last_part: sentences are about this last share of the steps; 0 is the last evaluation.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig1")
    scores = Scores(experiment, "fig1", last_part)
    cell = curve_cell(scores)
    legend = style.legend_entries(
        {name: experiment.colour(name) for name in experiment.ordered},
        published=scores.source if cell.below is None else "",
        seeds=False,
    )
    heading = "Human-normalised score of remedies for dormancy"
    caption = f"{scores.definition} {treatments(experiment)}"
    return picture(experiment, [[cell]], legend, heading, caption, scores.sentences)
