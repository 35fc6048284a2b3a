"""Question: who wakes up? The percentage of dormant neurons that wakes, by the time asleep."""

from functools import partial

from matplotlib.axes import Axes
import pandas as pd

from figures.curves.waking import hazard, hazards, waking
from figures.drawing import style
from figures.drawing.captions import definition, setting
from figures.drawing.curve_panels import picture
from figures.drawing.layout import Cell, Panel
from figures.drawing.picture import Picture
from figures.reading.data import ExperimentResults, Results

EXPERIMENT = "revival"
READING = (
    "Line: mean over seeds, single seeds thin; a point is left out where nobody slept so long."
)


def render(
    store: Results, tau: float = 0.0, layer: str | None = None, longest_logs: int = 20
) -> Picture:
    """The risk of waking by the next log over the time asleep, one panel a game.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, for instance Dense_0; by default all hidden layers together.
      longest_logs: of the x axis.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make question-revival")
    frame = hazards(experiment, tau, layer, longest_logs)
    games = list(dict.fromkeys(frame.game))
    cells = [
        Cell(Panel(partial(_draw, game, frame[frame.game == game]), "awake at the next log [%]"))
        for game in games
    ]
    sentences = [_sentence(experiment.select(game=game), tau, layer) for game in games]
    heading = f"who wakes up? {setting(tau, layer)}"
    figure, remarks = "question_revival", [definition(tau, 1)]
    rows = [cells[start : start + 3] for start in range(0, len(cells), 3)]
    return picture(experiment, figure, rows, (), heading, READING, remarks, sentences)


def _draw(game: str, frame: pd.DataFrame, axes: Axes) -> None:
    for _, run in frame.groupby("run_id", sort=False):
        axes.plot(run.age_logs, run.value, color=style.BLUE, alpha=0.45, lw=0.6)
    mean = frame.groupby("age_logs").value.mean()
    axes.plot(mean.index, mean, color=style.BLUE, lw=1.8, marker="o", ms=3)
    axes.set_xlabel("logs asleep")
    axes.set_title(game, loc="left")


def _sentence(part: ExperimentResults, tau: float, layer: str | None) -> str:
    counts = [waking(run, tau, layer) for run in part.started]
    short = pd.Series([hazard(*count, 1, 1) for count in counts]).mean()
    long = pd.Series([hazard(*count, 5, len(count[0])) for count in counts]).mean()
    return (
        f"{part.games[0]}: after one log asleep {short:.0f} % are awake at the next, after five or "
        f"more {long:.0f} %."
    )
