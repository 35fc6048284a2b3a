"""Figure 10: with ReDo an agent survives higher replay ratios."""

from collections.abc import Iterable, Sequence
import dataclasses

from figures.curves.scores import Scores
from figures.drawing import style
from figures.drawing.captions import (
    left_out,
    reading_scores,
    score_levels,
    seeds_in_words,
    treatments,
)
from figures.drawing.curve_panels import picture
from figures.drawing.layout import Cell
from figures.drawing.picture import Picture
from figures.drawing.score_panels import beside, lines_cell, returns_instead
from figures.reading import published
from figures.reading.data import ExperimentResults, Results

EXPERIMENT = "redo_replay_ratio"
# Of the fourth panel.
DRQ = "drq"
SHADES = {"DQN": style.BLUE, "DQN+ReDo": style.VERMILION}
DRQ_SHADES = {"DrQ(eps)": style.BLUE, "DrQ(eps)+ReDo": style.VERMILION}
_PER_ROW = 2
_PUBLISHED_GAMES = "17 games, DrQ 26"


def render(store: Results) -> Picture:
    """Interquartile means at the end over replay ratios, a panel for each agent.

    DrQ(epsilon), which is an experiment of its own, has a panel where there are runs of it.

    Args:
      store: where the runs are.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig10")
    heading = "Scores over replay ratios, without and with ReDo"
    settings = list(dict.fromkeys(experiment.column("setting").values()))
    panels = [Scores(_of_setting(experiment, name), "fig10", panel=name) for name in settings]
    shades = [SHADES] * len(panels)
    if DRQ in store.names():
        panels.append(Scores(store.experiment(DRQ, "make fig10"), "fig10", panel="DrQ(eps)"))
        shades.append(DRQ_SHADES)
    shown = [
        (scores, names)
        for scores, names in zip(panels, shades, strict=True)
        if scores.experiment.started and scores.games
    ]
    if not shown:
        return returns_instead(panels[0], heading)
    lines = [_lines(scores.experiment, names) for scores, names in shown]
    cells = [
        lines_cell(scores, line, names, "replay ratio")
        for (scores, names), line in zip(shown, lines, strict=True)
    ]
    first = shown[0][0]
    named = zip(cells, (scores for scores, _ in shown), map(list, lines), strict=True)
    # Which agent it is, the panels' titles say.
    points = published.source("fig10") if any(beside(*each) for each in named) else ""
    cells = _one_axis_an_experiment(cells, [scores.experiment.name for scores, _ in shown])
    legend = style.legend_entries(
        {"without ReDo": style.BLUE, "with ReDo": style.VERMILION}, points=points, seeds=False
    )
    sentences = [sentence for scores, _ in shown for sentence in score_levels(scores)]
    # Of several panels of one experiment the same is said once.
    panels_of: dict[str, list[str]] = {}
    for scores, _ in shown:
        if treated := treatments(scores.experiment):
            panels_of.setdefault(treated, []).append(scores.panel)
    remarks = _left_out([scores for scores in panels if scores.experiment.started])
    remarks += [f"{', '.join(names)}: {treated}" for treated, names in panels_of.items()]
    remarks.append(f"Published: {_PUBLISHED_GAMES}.")
    rows = [cells[start : start + _PER_ROW] for start in range(0, len(cells), _PER_ROW)]
    # The caption tells the seeds of the experiment that the figure is named after.
    others = [each for each, _ in shown if each.seeds != first.seeds]
    told = [f"{each.panel}: {seeds_in_words(each.experiment)}." for each in others]
    reading = " ".join([reading_scores(first), *told])
    drawn = picture(experiment, "fig10", rows, legend, heading, reading, remarks, sentences)
    further = {s.experiment.name: s.experiment for s, _ in shown} | {EXPERIMENT: experiment}
    del further[EXPERIMENT]
    return dataclasses.replace(drawn, others=tuple(further.values()))


def _left_out(panels: Sequence[Scores]) -> list[str]:
    """Which games do not count in which panels; without their names where it is the same in all."""
    panels_of: dict[str, list[str]] = {}
    for scores in panels:
        panels_of.setdefault(left_out(scores), []).append(scores.panel)
    if len(panels_of) == 1:
        return list(panels_of)
    return [f"{', '.join(names)}: {told}" for told, names in panels_of.items() if told]


def _one_axis_an_experiment(cells: Sequence[Cell], experiments: Sequence[str]) -> list[Cell]:
    """Panels of one experiment, which have the same games, share the y axis; others do not."""
    together = []
    for cell, experiment in zip(cells, experiments, strict=True):
        # An axis must reach as low as the lowest of its panels.
        bottoms = [
            c.panel.bottom for c, e in zip(cells, experiments, strict=True) if e == experiment
        ]
        bottom = None if None in bottoms else 0.0
        panel = dataclasses.replace(cell.panel, scale=experiment, bottom=bottom)
        together.append(cell._replace(panel=panel))
    return together


def _of_setting(experiment: ExperimentResults, setting: str) -> ExperimentResults:
    """The runs of one panel."""
    of_condition = experiment.column("setting")
    return experiment.restricted(lambda run: of_condition[run.condition] == setting)


def _lines(experiment: ExperimentResults, names: Iterable[str]) -> dict[str, dict[str, float]]:
    """Method -> condition -> replay ratio."""
    methods, ratios = experiment.column("method"), experiment.column("replay_ratio")
    lines: dict[str, dict[str, float]] = {name: {} for name in names}
    for condition in experiment.ordered:
        lines[methods[condition]][condition] = float(ratios[condition])
    return lines
