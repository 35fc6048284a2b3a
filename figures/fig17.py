"""Figure 17: neurons fall dormant in DrQ(epsilon) too."""

from figures.drawing.captions import definition, setting, trends
from figures.drawing.curve_panels import curve_picture, share_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "drq"
SHOWN = ("DrQ(eps), RR=1",)
# As many as the paper shows; which five is not known from our sources.
_GAMES = 5
_FIRST = ("DemonAttack", "Asterix", "Seaquest", "Breakout", "Qbert")


def render(
    store: Results, tau: float = 0.0, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """The percentage of dormant neurons at replay ratio 1, one panel a game, in five games.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig17")
    experiment = experiment.restricted(lambda run: run.condition in SHOWN)
    games = sorted(experiment.games, key=lambda game: game not in _FIRST)[:_GAMES]
    experiment = experiment.restricted(lambda run: run.game in games)
    share = share_of(experiment, "fig17", tau, layer, smoothing_logs)
    heading = f"Share of dormant neurons of DrQ(ε) {setting(tau, layer)}"
    sentences = trends(share.shown, "dormant share", experiment.conditions)
    remarks = [
        definition(tau, smoothing_logs, experiment),
        "The official percentage counts the outputs of the two linear heads too; ours does not.",
    ]
    return curve_picture([share], heading, remarks, sentences)
