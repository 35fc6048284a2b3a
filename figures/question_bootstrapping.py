"""Is bootstrapping the cause? Dormant neurons under one-step, n-step and Monte-Carlo targets."""

from figures.curves.frames import smooth
from figures.curves.neurons import dormant_share
from figures.curves.recorded import recorded_metric
from figures.drawing.captions import definition, late_levels, reading_curves, setting
from figures.drawing.curve_panels import Quantity, legend_of, picture
from figures.drawing.picture import Picture
from figures.reading.data import ExperimentResults, Results

EXPERIMENT = "bootstrapping"
_FIGURE = "question_bootstrapping"


def render(
    store: Results, tau: float = 0.0, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """The dormant share on stored transitions and while playing, one row a game.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make question-bootstrapping")
    sides = {name: experiment.having("side", name) for name in ("stored transitions", "playing")}
    shares = [
        Quantity(
            part,
            smooth(dormant_share(part, tau, layer), smoothing_logs),
            _FIGURE,
            "dormant_percent",
            f"dormant, {name}",
        )
        for name, part in sides.items()
        if part.started
    ]
    sentences = [
        sentence
        for share in shares
        for sentence in late_levels(share.shown, f"{share.what} in the last quarter", "%")
    ]
    return picture(
        experiment,
        _FIGURE,
        [
            [share.cell(game) for share in shares if game in share.experiment.games]
            for game in experiment.games
        ],
        legend_of(shares),
        f"Dormant neurons with and without bootstrapping {setting(tau, layer)}",
        reading_curves(experiment),
        [definition(tau, smoothing_logs, experiment), _REMARK],
        [*sentences, *_left_out(experiment)],
    )


_REMARK = (
    "Monte Carlo: the target is the return to the episode's end, without a target network; "
    "transitions of episodes that were truncated are left out."
)


def _left_out(experiment: ExperimentResults) -> list[str]:
    """How much of the transitions had no return because their episode was truncated."""
    frame = recorded_metric(experiment, "unfinished_share")
    frame = frame.assign(value=100 * frame.value)
    if frame.empty:
        return []
    return late_levels(frame, "transitions left out, as their episode had no end", "%")
