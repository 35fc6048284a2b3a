"""Figure 13: ReDo against resets and weight decay, in scores and on one game."""

from figures.curves.levels import LAST
from figures.curves.scores import Scores
from figures.drawing.captions import (
    chosen_scores,
    late_levels,
    reading_both,
    score_levels,
    treatments,
)
from figures.drawing.curve_panels import legend_of, picture, return_of
from figures.drawing.picture import Picture
from figures.drawing.score_panels import bars_cell, beside, returns_instead
from figures.reading.data import Results

EXPERIMENT = "regularization"


def render(
    store: Results, smoothing_logs: int = 1, game: str | None = None, last_part: float = LAST
) -> Picture:
    """Scores of all games at the end of training, and the return in one game over frames.

    Args:
      store: where the runs are.
      smoothing_logs: moving mean over this odd number of evaluations, of the return.
      game: of the return; by default DemonAttack, as in the paper.
      last_part: scores are means over this last share of the steps; 0, as in the paper, is the
        last evaluation alone.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig13")
    game = experiment.game(game)
    scores = Scores(experiment, "fig13", last_part)
    heading = "Scores of remedies for dormancy, and return in one game"
    if not scores.games:
        return returns_instead(scores, heading)
    returns = return_of(experiment.select(game=game), "fig13", smoothing_logs)
    cell = bars_cell(scores)
    sentences = [
        *score_levels(scores),
        *late_levels(returns.shown, "last evaluation return", last_part=LAST),
    ]
    remarks = [chosen_scores(scores), treatments(experiment)]
    cells = [[cell, returns.cell(game)]]
    legend = legend_of([returns], points=beside(cell, scores, experiment.conditions))
    reading = reading_both(scores)
    return picture(experiment, "fig13", cells, legend, heading, reading, remarks, sentences)
