"""Figure 1: ReDo scores more than plain DQN and than other remedies at a high replay ratio."""

from figures.curves.levels import LAST
from figures.curves.scores import Scores
from figures.drawing import style
from figures.drawing.captions import chosen_scores, reading_scores, score_levels, treatments
from figures.drawing.curve_panels import picture
from figures.drawing.picture import Picture
from figures.drawing.score_panels import curve_cell, published_behind, returns_instead
from figures.reading.data import Results

EXPERIMENT = "regularization"


def render(store: Results, last_part: float = LAST) -> Picture:
    """Interquartile mean of the scores of all games over frames.

    Args:
      store: where the runs are.
      last_part: sentences are about this last share of the steps; 0, as in the paper, is the
        last evaluation alone.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig1")
    scores = Scores(experiment, "fig1", last_part)
    heading = "Human-normalised score of remedies for dormancy"
    if not scores.games:
        return returns_instead(scores, heading)
    cell = curve_cell(scores)
    legend = style.legend_entries(
        {name: experiment.colour(name) for name in experiment.ordered},
        published=published_behind(cell, scores),
        seeds=False,
    )
    remarks = [chosen_scores(scores), treatments(experiment)]
    reading, sentences = reading_scores(scores), score_levels(scores)
    return picture(experiment, "fig1", [[cell]], legend, heading, reading, remarks, sentences)
