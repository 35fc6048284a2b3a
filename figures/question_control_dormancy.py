"""Question: why does ReDo not help SAC? Actor and critics beside DQN at equal gradient steps."""

from collections.abc import Callable, Mapping
from functools import partial

from matplotlib.lines import Line2D
import numpy as np
import pandas as pd

from figures.curves.frames import curves_of
from figures.curves.levels import LAST_QUARTER, late_means
from figures.curves.neurons import dormant_share, gradient_dormant_share
from figures.curves.recorded import recycled_per_check
from figures.drawing import style
from figures.drawing.captions import short_steps, treatments
from figures.drawing.curve_panels import picture
from figures.drawing.distribution_panels import lines_over_time
from figures.drawing.picture import Picture
from figures.reading.data import ExperimentResults, Results

EXPERIMENT = "control_dormancy"
# Name of a line -> conditions without and with ReDo, layers, colour.
NETWORKS: dict[str, tuple[tuple[str, str], str | None, str]] = {
    "DQN": (("DQN", "DQN+ReDo"), None, style.BLUE),
    "SAC's actor": (("SAC", "SAC+ReDo"), "actor", "#E69F00"),
    "SAC's critics": (("SAC", "SAC+ReDo"), "critics", "#009E73"),
}
READING = "Line: mean over runs of all games or tasks; single runs thin. Equal gradient steps."
_SHARE = "share [%]"
Lines = dict[str, tuple[pd.DataFrame, str]]


def render(
    store: Results, tau: float = 0.0, wider_tau: float = 0.1, gradient_tau: float = 0.01
) -> Picture:
    """Shares of dormant neurons of DQN, actor and critics by three counts, and what ReDo does.

    Args:
      store: where the runs are.
      tau, wider_tau: a neuron is dormant if its score is at most this.
      gradient_tau: the same for its mean |gradient| over the layer's.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make question-control-dormancy")
    plain = {
        f"τ = {tau:g}": _lines(experiment, partial(dormant_share, tau=tau)),
        f"τ = {wider_tau:g}": _lines(experiment, partial(dormant_share, tau=wider_tau)),
        f"gradient, τ = {gradient_tau:g}": _lines(
            experiment, partial(gradient_dormant_share, tau=gradient_tau)
        ),
    }
    recycled = _lines(experiment, partial(dormant_share, tau=tau), recycling=True)
    amounts = _amounts(experiment)
    with_redo = f"with ReDo, τ = {tau:g}"
    panels = plain | {with_redo: recycled}
    # Of one count one scale, without and with ReDo.
    scales = dict.fromkeys((next(iter(plain)), with_redo), "silent")
    cells = [
        lines_over_time(title, _SHARE, lines, scales.get(title, title), legend=False)
        for title, lines in panels.items()
    ]
    cells.append(lines_over_time("recycled at a check, mean so far", "of all neurons [%]", amounts))
    rows = [cells[:3], cells[3:]]
    legend = [(Line2D([], [], color=shade, lw=1.6), name) for name, (*_, shade) in NETWORKS.items()]
    sentences = [
        *(_sentence(f"Dormant ({title})", lines) for title, lines in plain.items()),
        _sentence(f"Dormant ({with_redo})", recycled),
        _sentence("Recycled at a check, mean so far", amounts, last_part=0.0),
    ]
    treatment = {name: treatments(experiment.select(condition=name)) for name in experiment.ordered}
    remarks = [
        "Dormant: mean |activation|, or mean |gradient| of the incoming weights, at most "
        "τ times the layer's average on the probe batch.",
        _probes(experiment),
        *(f"{name}: {text}" for name, text in treatment.items() if text),
    ]
    heading = "why does ReDo not help SAC? Dormant neurons beside those of DQN"
    figure = "question_control_dormancy"
    return picture(experiment, figure, rows, legend, heading, READING, remarks, sentences)


def _lines(
    experiment: ExperimentResults,
    measure: Callable[..., pd.DataFrame],
    recycling: bool = False,
) -> Lines:
    """The lines of a panel; networks that no run has logged, or that have no value, are left out.

    Args:
      experiment: the runs.
      measure: of an experiment and a layer.
      recycling: whether ReDo is at work.
    """
    found = {}
    for name, (conditions, layer, shade) in NETWORKS.items():
        part = experiment.select(condition=conditions[recycling])
        if part.started:
            found[name] = measure(part, layer=layer), shade
    return _at_equal_steps(experiment, found)


def _amounts(experiment: ExperimentResults) -> Lines:
    """How much a check of ReDo recycles, of all networks of a condition together."""
    found = {}
    for condition in dict.fromkeys(recycled for (_, recycled), *_ in NETWORKS.values()):
        part = experiment.select(condition=condition)
        if part.started:
            found[condition] = recycled_per_check(part), experiment.colour(condition)
    return _at_equal_steps(experiment, found)


def _at_equal_steps(experiment: ExperimentResults, lines: Lines) -> Lines:
    """The frames up to where the shortest run ends, without those that have no value."""
    end = experiment.shortest_plan("gradient_step")
    cut = {
        name: (frame[frame.gradient_step <= end], shade) for name, (frame, shade) in lines.items()
    }
    return {name: line for name, line in cut.items() if line[0].value.notna().any()}


def _probes(experiment: ExperimentResults) -> str:
    """On how many inputs the networks were scored, where runs tell; on more, fewer are silent."""
    sizes: dict[str, set[int]] = {}
    for run in experiment.started:
        schedule = run.info["spec"].get("schedule", {})
        if "probe_batch_size" in schedule:
            sizes.setdefault(run.condition, set()).add(schedule["probe_batch_size"])
    told = (f"{name} {' or '.join(map(str, sorted(found)))}" for name, found in sizes.items())
    return f"Inputs in a probe batch: {', '.join(told)}." if sizes else ""


def _sentence(
    what: str,
    lines: Mapping[str, tuple[pd.DataFrame, str]],
    last_part: float = LAST_QUARTER,
) -> str:
    """Late levels of all lines at equal gradient steps, means over their runs."""
    curves = {name: curves_of(frame) for name, (frame, _) in lines.items()}
    together = [curve for own in curves.values() for curve in own]
    if not together:
        return f"{what}: not recorded."
    levels = iter(late_means(together, last_part))
    told = []
    for name, own in curves.items():
        late = np.array([next(levels) for _ in own])
        told.append(f"{name} {late[np.isfinite(late)].mean():.1f} %")
    end = short_steps(min(steps[-1] for steps, _ in together))
    when = "last log" if last_part == 0 else f"last {100 * last_part:g} %"
    return f"{what}, {when} of the first {end} gradient steps: {', '.join(told)}."
