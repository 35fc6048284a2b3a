"""Figure 11: a smaller learning rate helps a little and does not solve dormancy."""

from figures.curves.levels import LAST
from figures.curves.scores import Scores
from figures.drawing.captions import (
    chosen_scores,
    definition,
    late_levels,
    reading_both,
    score_levels,
    setting,
    treatments,
)
from figures.drawing.curve_panels import legend_of, picture, share_of
from figures.drawing.picture import Picture
from figures.drawing.score_panels import bars_cell, beside, returns_instead
from figures.reading.data import Results

EXPERIMENT = "learning_rate"


def render(
    store: Results,
    tau: float = 0.1,
    layer: str | None = None,
    smoothing_logs: int = 1,
    game: str | None = None,
    last_part: float = LAST,
) -> Picture:
    """Scores of all games, and dormant neurons of one, with a quarter of the learning rate.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this (ReDo's own threshold stays).
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs, of the dormant share.
      game: of the dormant neurons; by default DemonAttack, as in the paper.
      last_part: scores are means over this last share of the steps; 0, as in the paper, is the
        last evaluation alone.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig11")
    game = experiment.game(game)
    scores = Scores(experiment, "fig11", last_part)
    heading = f"Scores and dormant neurons, smaller learning rate {setting(tau, layer)}"
    if not scores.games:
        return returns_instead(scores, heading)
    share = share_of(experiment, "fig11", tau, layer, smoothing_logs)
    # Of the games that are not shown, too: the claims are about all.
    sentences = [
        *score_levels(scores),
        *late_levels(share.shown, "dormant share at the end", "%", LAST),
    ]
    remarks = [
        definition(tau, smoothing_logs, experiment),
        chosen_scores(scores),
        treatments(experiment),
        "Published are single values: shares as a reader of the paper read them off the figure by "
        "eye, scores as digitised from Figure 13, which shows the same runs.",
    ]
    bars = bars_cell(scores)
    cells = [[bars, share.cell(game)]]
    legend = legend_of([share], points=beside(bars, scores, experiment.conditions))
    reading = reading_both(scores)
    return picture(experiment, "fig11", cells, legend, heading, reading, remarks, sentences)
