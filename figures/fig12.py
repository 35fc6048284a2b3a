"""Figure 12: wider networks have as many dormant neurons, and ReDo helps at every width."""

from figures.curves.levels import LAST
from figures.curves.scores import Scores
from figures.drawing import style
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
from figures.drawing.score_panels import beside, lines_cell, returns_instead
from figures.reading.data import ExperimentResults, Results

EXPERIMENT = "width_scaling"
SHADES = {"DQN": style.BLUE, "DQN+ReDo": style.VERMILION}
WIDTH = "width (times the published)"


def render(
    store: Results,
    tau: float = 0.1,
    layer: str | None = None,
    smoothing_logs: int = 1,
    game: str | None = None,
    last_part: float = LAST,
) -> Picture:
    """Scores of all games, and dormant neurons of one, at three widths.

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
    experiment = store.experiment(EXPERIMENT, "make fig12")
    game = experiment.game(game)
    scores = Scores(experiment, "fig12", last_part)
    heading = f"Scores and dormant neurons of wider networks {setting(tau, layer)}"
    if not scores.games:
        return returns_instead(scores, heading)
    of_game = experiment.select(game=game)
    share = share_of(of_game, "fig12", tau, layer, smoothing_logs, seeds=False)
    lines = lines_of(experiment)
    cell = lines_cell(scores, lines, SHADES, WIDTH, own_colours=True)
    sentences = [
        *score_levels(scores),
        *late_levels(share.shown, "dormant share at the end", "%", LAST),
    ]
    remarks = [
        definition(tau, smoothing_logs, experiment),
        chosen_scores(scores),
        treatments(experiment),
        widths_here(experiment),
    ]
    cells = [[cell, share.cell(game)]]
    names = _with_widths(experiment)
    legend = legend_of([share], points=beside(cell, scores, list(lines)))
    legend = [(handle, names.get(name, name)) for handle, name in legend]
    reading = reading_both(scores)
    return picture(experiment, "fig12", cells, legend, heading, reading, remarks, sentences)


def lines_of(experiment: ExperimentResults) -> dict[str, dict[str, float]]:
    """Method -> condition -> width as a multiple of the published network's."""
    widths, recycled = experiment.column("width"), experiment.column("redo")
    lines: dict[str, dict[str, float]] = {name: {} for name in SHADES}
    for condition, width in sorted(widths.items(), key=lambda item: item[1]):
        lines["DQN+ReDo" if recycled[condition] else "DQN"][condition] = float(width)
    return lines


def widths_here(experiment: ExperimentResults) -> str:
    """What the widths of the conditions' names are here; "" where they are the published ones."""
    multiples, widths = experiment.column("width_multiple"), experiment.column("width")
    pairs = sorted({(multiples[name], widths[name]) for name in experiment.conditions})
    if all(multiple == width for multiple, width in pairs):
        return ""
    told = ", ".join(f"width {multiple:g} is {width:g}" for multiple, width in pairs)
    return f"In times the published network's width: {told}."


def _with_widths(experiment: ExperimentResults) -> dict[str, str]:
    """Condition -> what a legend calls it, whose lines have the colours of published ones."""
    multiples, widths = experiment.column("width_multiple"), experiment.column("width")
    names = {}
    for method, conditions in lines_of(experiment).items():
        for name in conditions:
            ours, theirs = f"{widths[name]:g}", f"{multiples[name]:g}"
            beside = "" if ours == theirs else f" (published: {theirs})"
            names[name] = f"{method}, width {ours}{beside}"
    return names
