"""Figure 11: a smaller learning rate helps a little and does not solve dormancy."""

from figures.curves.scores import Scores
from figures.drawing.captions import READING, definition, late_levels, setting, treatments
from figures.drawing.panels import legend_of, picture
from figures.drawing.picture import Picture
from figures.drawing.quantities import share_of
from figures.drawing.score_panels import bars_cell
from figures.reading.data import Store

EXPERIMENT = "learning_rate"


def render(
    store: Store,
    tau: float = 0.1,
    layer: str | None = None,
    smoothing_logs: int = 1,
    game: str | None = None,
    last_part: float = 0.25,
) -> Picture:
    """Scores of all games, and dormant neurons of one, with a quarter of the learning rate.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this (ReDo's own threshold stays).
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs, of the dormant share.
      game: of the dormant neurons; by default DemonAttack, as in the paper.
      last_part: scores are means over this last share of the steps; 0 is the last evaluation.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig11")
    game = experiment.game(game)
    scores = Scores(experiment, "fig11", last_part)
    of_game = experiment.select(game=game)
    share = share_of(of_game, "fig11", tau, layer, smoothing_logs)
    sentences = [
        *scores.sentences,
        *late_levels(share.shown, "dormant share in the last quarter", "%"),
    ]
    heading = f"Smaller learning rate: scores, dormant neurons {setting(tau, layer)}"
    caption = " ".join(
        [
            *(scores.definition, scores.when),
            *(definition(tau, smoothing_logs), treatments(experiment), READING),
        ]
    )
    cells = [[bars_cell(scores), share.cell(game)]]
    return picture(experiment, cells, legend_of([share]), heading, caption, sentences)
