"""Figure 13: ReDo against resets and weight decay, in scores and on one game."""

from figures.curves.scores import Scores
from figures.drawing.captions import READING, late_levels, treatments
from figures.drawing.panels import legend_of, picture
from figures.drawing.picture import Picture
from figures.drawing.quantities import return_of
from figures.drawing.score_panels import bars_cell, beside
from figures.reading.data import Store

EXPERIMENT = "regularization"


def render(
    store: Store, smoothing_logs: int = 1, game: str | None = None, last_part: float = 0.25
) -> Picture:
    """Scores of all games late in training, and the return in one game over frames.

    Args:
      store: where the runs are.
      smoothing_logs: moving mean over this odd number of evaluations, of the return.
      game: of the return; by default DemonAttack, as in the paper.
      last_part: scores are means over this last share of the steps; 0 is the last evaluation.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig13")
    game = experiment.game(game)
    scores = Scores(experiment, "fig13", last_part)
    of_game = experiment.select(game=game)
    returns = return_of(of_game, "fig13", smoothing_logs)
    cell = bars_cell(scores)
    sentences = [
        *scores.sentences,
        *late_levels(returns.shown, "evaluation return in the last quarter"),
    ]
    heading = "Scores of remedies for dormancy, and return in one game"
    caption = f"{scores.definition} {scores.when} {treatments(experiment)} {READING}"
    legend = legend_of([returns], points=beside(cell, scores, experiment.conditions))
    return picture(experiment, [[cell, returns.cell(game)]], legend, heading, caption, sentences)
