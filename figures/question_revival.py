"""Question: who wakes up, and why? The risk of waking by the time asleep, and what woke them."""

from functools import partial

from matplotlib.axes import Axes
from matplotlib.patches import Patch
import numpy as np
import pandas as pd

from figures.curves.waking import (
    CAUSES,
    all_together,
    awakenings_by_layer,
    hazard,
    hazards,
    share_of,
    waking,
)
from figures.drawing import style
from figures.drawing.captions import definition, setting, short_steps
from figures.drawing.curve_panels import picture
from figures.drawing.layout import Cell, Panel
from figures.drawing.picture import Picture
from figures.reading.data import ExperimentResults, Results

EXPERIMENT = "revival"
READING = (
    "Thick: mean over seeds; thin: single seeds. There is no point where nobody slept so long."
)
# What a neuron that woke answers to, as legends say it, and its colour.
SAID = dict(
    zip(
        CAUSES,
        (
            ("woken by new weights alone", style.BLUE),
            ("by new inputs alone", style.VERMILION),
            ("by either", "#E69F00"),
            ("only by both together", style.FAINT),
        ),
        strict=True,
    )
)


def render(
    store: Results, tau: float = 0.0, layer: str | None = None, longest_logs: int = 20
) -> Picture:
    """The risk of waking by the next log over the time asleep, and what woke them, by game.

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
    parts = {game: experiment.select(game=game) for game in games}
    causes = {game: _causes(part, tau, layer) for game, part in parts.items()}
    period = _log_period(experiment)
    rows = []
    for game in games:
        risk = partial(_draw, game, frame[frame.game == game], period)
        rows.append([Cell(Panel(risk, "awake at the next log [%]"))])
        if len(causes[game]):
            bars = partial(_draw_causes, causes[game])
            rows[-1].append(Cell(Panel(bars, "of the awakenings [%]")))
    recorded = any(map(len, causes.values()))
    sentences = [_sentence(part, tau, layer, causes[game]) for game, part in parts.items()]
    heading = f"who wakes up{', and why' if recorded else ''}? {setting(tau, layer)}"
    remarks = [
        definition(tau, 1, experiment) + f" A log: {period}.",
        "What woke a neuron: the new network was scored on the probe batch of the log before, and "
        "the old network on that of now."
        if recorded
        else "These runs did not record what woke their neurons.",
    ]
    if not recorded:
        cells = [cell for row in rows for cell in row]
        rows = [cells[start : start + 3] for start in range(0, len(cells), 3)]
    legend = [(Patch(color=shade), text) for text, shade in SAID.values()] if recorded else ()
    figure = "question_revival"
    return picture(experiment, figure, rows, legend, heading, READING, remarks, sentences)


def _log_period(experiment: ExperimentResults) -> str:
    """From one log to the next, in words; the first run's, for all are logged alike."""
    run = experiment.started[0]
    periods = np.diff(run.records(run.layers[0]).gradient_step)
    return f"{short_steps(np.median(periods))} gradient steps" if len(periods) else "one log"


def _causes(part: ExperimentResults, tau: float, layer: str | None) -> pd.DataFrame:
    """Percent of the awakenings by cause, mean over runs; a row a layer, those with awakenings.

    The last row is all layers together, where there are several.
    """
    runs = [awakenings_by_layer(run, tau, layer) for run in part.started]
    places = {name: [counts[name] for counts in runs] for name in runs[0]}
    if len(places) > 1:
        places["all"] = [all_together(counts) for counts in runs]
    rows = {}
    for place, counts in places.items():
        shares = {cause: [share_of(each, (cause,)) for each in counts] for cause in CAUSES}
        rows[place] = {cause: pd.Series(values).mean() for cause, values in shares.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(CAUSES)).dropna()


def _draw_causes(causes: pd.DataFrame, axes: Axes) -> None:
    bottom = pd.Series(0.0, index=causes.index)
    for cause, (_, shade) in SAID.items():
        axes.bar(causes.index, causes[cause], bottom=bottom, color=shade, width=0.7)
        bottom += causes[cause]
    axes.set_ylim(top=100)
    axes.tick_params(axis="x", labelsize=7)
    axes.set_title("what woke them", loc="left")


def _draw(game: str, frame: pd.DataFrame, period: str, axes: Axes) -> None:
    for _, run in frame.groupby("run_id", sort=False):
        axes.plot(run.age_logs, run.value, color=style.BLUE, alpha=0.45, lw=0.6)
    mean = frame.groupby("age_logs").value.mean()
    axes.plot(mean.index, mean, color=style.BLUE, lw=1.8, marker="o", ms=3)
    axes.set_xlabel(f"asleep [logs of {period}]")
    axes.set_title(game, loc="left")


def _sentence(part: ExperimentResults, tau: float, layer: str | None, causes: pd.DataFrame) -> str:
    counts = [waking(run, tau, layer) for run in part.started]
    short = pd.Series([hazard(*count, 1, 1) for count in counts]).mean()
    long = pd.Series([hazard(*count, 5, len(count[0])) for count in counts]).mean()
    text = (
        f"{part.games[0]}: after one log asleep {short:.0f} % are awake at the next, after five or "
        f"more {long:.0f} %."
    )
    if len(causes):
        of_all = causes.iloc[-1]
        told = (f"{of_all[cause]:.0f} % {said}" for cause, (said, _) in SAID.items())
        text += f" Of the awakenings: {', '.join(told)}."
    return text
