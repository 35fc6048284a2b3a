"""Question: silent neurons, or a few dominant ones? The whole distribution of scores over time."""

import numpy as np

from figures.curves.distribution import (
    TOP,
    gini,
    scores_at,
    share_beyond_dominance,
    share_by_dominance,
    top_share,
)
from figures.curves.frames import curves_of
from figures.curves.levels import late_means
from figures.curves.neurons import dormant_share
from figures.drawing import style
from figures.drawing.captions import definition, short_steps
from figures.drawing.curve_panels import picture
from figures.drawing.distribution_panels import (
    by_layer,
    fan_cell,
    lines_over_time,
    ridge_cell,
    share_over_tau_cell,
)
from figures.drawing.layout import Cell
from figures.drawing.picture import Picture
from figures.reading.data import ExperimentResults, Results
from figures.statistics.grids import common_grid, mean_of_present

EXPERIMENT = "distribution"
READING = (
    "Quantiles: of all seeds together; median, bands of 50, 80 and 90 %, and above them the most "
    "active neuron. Other lines, thick: mean over seeds; thin: single seeds."
)


def render(
    store: Results,
    tau: float = 0.1,
    top: float = TOP,
    layer: str | None = None,
    game: str | None = None,
) -> Picture:
    """Scores over time, shares over the threshold, and what a rise of the share consists of.

    Args:
      store: where the runs are.
      tau: of the share that is split.
      top: which part of a layer's neurons are its most active ones; one neuron at the least.
      layer: of the scores and of the share; by default all hidden layers pooled.
      game: a single one; by default all.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make question-distribution")
    games = [experiment.game(game)] if game else experiment.games
    parts = [experiment.select(game=name) for name in games]
    parts = [part for part in parts if part.started]
    rows = [row for part in parts for row in _rows(part, tau, top, layer)]
    where = layer or "all hidden layers"
    heading = f"silent or dominant? Scores and what the share at τ\u00a0=\u00a0{tau:g} is made of"
    remarks = [
        definition(tau, 1, experiment) + f" Scores and split: {where}.",
        f"Beyond dominance: dormant beside the average of a layer without its most active "
        f"{100 * top:g} % (one neuron at the least), too. By dominance: dormant only with them in "
        "the average.",
    ]
    sentences = [sentence for part in parts for sentence in _sentences(part, tau, top, layer)]
    figure = "question_distribution"
    return picture(experiment, figure, rows, (), heading, READING, remarks, sentences)


def _rows(part: ExperimentResults, tau: float, top: float, layer: str | None) -> list[list[Cell]]:
    game, layers = part.games[0], part.started[0].layers
    scores = scores_at(part, layer)
    upper = []
    if scores:
        cells = (fan_cell, ridge_cell, share_over_tau_cell)
        upper = [[cell(game, scores) for cell in cells]]
    split = {
        "all": (dormant_share(part, tau, layer), style.INK),
        "beyond dominance": (share_beyond_dominance(part, tau, top, layer), style.BLUE),
        "by dominance": (share_by_dominance(part, tau, top, layer), style.VERMILION),
    }
    held = by_layer(layers, lambda name: top_share(part, top, name))
    uneven = by_layer(layers, lambda name: gini(part, name))
    lower = [
        lines_over_time(f"{game}: split", f"share at τ = {tau:g} [%]", split, "split"),
        lines_over_time(f"top {100 * top:g} % hold", "of the layer's activation [%]", held, "held"),
        lines_over_time("Gini coefficient", "Gini [%]", uneven, "gini"),
    ]
    return [*upper, lower]


def _sentences(part: ExperimentResults, tau: float, top: float, layer: str | None) -> list[str]:
    """What the change from the lowest early log to the last tenth consists of, means over seeds."""
    game = part.games[0]
    frames = [
        dormant_share(part, tau, layer),
        share_beyond_dominance(part, tau, top, layer),
        share_by_dominance(part, tau, top, layer),
    ]
    means = []
    for frame in frames:
        steps, values = common_grid(curves_of(frame))
        means.append(mean_of_present(values))
    if not all(np.isfinite(mean).any() for mean in means):
        return [f"{game}: no share to split."]
    early = np.flatnonzero(np.isfinite(means[0]) & (steps <= (steps[0] + steps[-1]) / 2))
    lowest = early[np.argmin(means[0][early])]
    ends = [late_means([(steps, mean)], 0.1)[0] for mean in means]
    rises = [end - mean[lowest] for end, mean in zip(ends, means, strict=True)]
    where = (
        f"is lowest with {means[0][lowest]:.1f} % at {short_steps(steps[lowest])} gradient steps"
    )
    if lowest == early[0]:
        where = f"is lowest at its start with {means[0][lowest]:.1f} % (no dip below it)"
    return [
        f"{game}: the share at τ = {tau:g} {where} and is {ends[0]:.1f} % over the last tenth of "
        f"the steps: a change of {rises[0]:+.1f} points, {rises[1]:+.1f} beyond dominance and "
        f"{rises[2]:+.1f} by it."
    ]
