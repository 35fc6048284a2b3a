"""Question: how much capacity is needed? Returns of smaller networks, new targets for old ones."""

from functools import partial

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
import numpy as np
import pandas as pd

from figures.curves.frames import curves_of
from figures.curves.levels import LAST_QUARTER, late_means
from figures.curves.neurons import dormant_share
from figures.curves.recorded import distillation_loss
from figures.curves.returns import evaluation_return
from figures.drawing import style
from figures.drawing.captions import definition, late_levels, late_losses, setting
from figures.drawing.curve_panels import picture
from figures.drawing.distribution_panels import lines_over_time
from figures.drawing.layout import Cell, Panel
from figures.drawing.level_panels import OverNumbers
from figures.drawing.picture import Picture
from figures.drawing.random_play import OURS, at_random_play
from figures.reading.data import ExperimentResults, Results

EXPERIMENT = "capacity"
READING = (
    "Left: means over seeds, last quarter of training, 95 % Student intervals. Middle: seeds thin. "
    "Right: a line a seed."
)
_AGENT = "DQN"


def render(
    store: Results, tau: float = 0.1, game: str | None = None, last_part: float = LAST_QUARTER
) -> Picture:
    """Return over the neurons left, losses on new targets, and loss over the share at the start.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      game: by default DemonAttack.
      last_part: share of the steps that is averaged, counted from the end.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make question-capacity")
    part = experiment.select(game=experiment.game(game))
    # Fits have nothing in this column.
    left = {
        name: 100 * float(share) for name, share in part.column("left").items() if pd.notna(share)
    }
    agents = part.restricted(lambda run: run.condition in left)
    fits = part.restricted(lambda run: run.condition not in left)
    cells, sentences, legend = [], [], []
    if agents.started:
        returns = evaluation_return(agents)
        numbers = {_AGENT: {name: x for name, x in left.items() if name in agents.conditions}}
        over = OverNumbers(
            numbers, {_AGENT: style.BLUE}, "neurons left [%]", last_part, doublings=False
        )
        note = OURS if at_random_play(returns) else ""
        title = f"{part.games[0]}: return"
        cells.append(over.cell(returns, title, "evaluation return", note=note))
        sentences += late_levels(returns, "evaluation return", last_part=last_part)
    if fits.started:
        loss, share = distillation_loss(fits), dormant_share(fits, tau)
        lines = {
            name.removeprefix("fit: "): (loss[loss.condition == name], fits.colour(name))
            for name in fits.ordered
            if (loss.condition == name).any()
        }
        cells.append(
            lines_over_time(
                "fit of new targets", "loss (variance 1)", lines, "loss", legend=False, log_y=True
            )
        )
        legend = [(Line2D([], [], color=shade, lw=1.6), name) for name, (_, shade) in lines.items()]
        points = {
            name: _points(share[share.condition == name], loss[loss.condition == name], last_part)
            for name in fits.ordered
            if (loss.condition == name).any()
        }
        draw = partial(_draw_points, fits, points)
        cells.append(Cell(Panel(draw, "loss reached", "loss reached")))
        sentences += late_losses(loss, "loss reached", last_part)
        sentences += _starts(points)
    heading = f"how much capacity is needed? {setting(tau, None)}"
    remarks = [
        definition(tau, 1, experiment),
        "Neurons left: of every hidden layer, the others were removed at random before training. "
        "New targets: a random network's values, standardised, the same for every start.",
    ]
    figure = "question_capacity"
    return picture(part, figure, [cells], legend, heading, READING, remarks, sentences)


def _points(share, loss, last_part: float) -> dict[int, tuple[float, float]]:
    """Share at the start and loss reached, by seed."""
    starts = {seed: float(curves_of(own)[0][1][0]) for seed, own in share.groupby("seed")}
    reached = {seed: late_means(curves_of(own), last_part)[0] for seed, own in loss.groupby("seed")}
    return {seed: (start, reached[seed]) for seed, start in starts.items() if seed in reached}


def _draw_points(fits: ExperimentResults, points, axes: Axes) -> None:
    for seed in sorted({seed for own in points.values() for seed in own}):
        joined = sorted(own[seed] for own in points.values() if seed in own)
        axes.plot(*zip(*joined, strict=True), color="0.7", lw=0.8, zorder=1)
    for name, own in points.items():
        shade = fits.colour(name)
        x, y = zip(*own.values(), strict=True)
        axes.plot(x, y, ls="", marker="D", ms=4.5, color=shade, label=name.removeprefix("fit: "))
    axes.set_xlabel("dormant at the start [%]")
    axes.set_xlim(left=0)
    axes.set_title("loss over dormancy", loc="left")


def _starts(points) -> list[str]:
    told = [
        f"{name.removeprefix('fit: ')} {np.mean([x for x, _ in own.values()]):.0f} %"
        for name, own in points.items()
    ]
    return [f"Dormant at the start of the fit: {', '.join(told)}."]
