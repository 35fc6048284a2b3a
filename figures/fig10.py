"""Figure 10: with ReDo an agent survives higher replay ratios."""

from figures.curves.scores import Scores
from figures.drawing import style
from figures.drawing.captions import left_out, reading_scores, score_levels, treatments
from figures.drawing.curve_panels import picture
from figures.drawing.picture import Picture
from figures.drawing.score_panels import beside, lines_cell, returns_instead
from figures.reading.data import Experiment, Store

EXPERIMENT = "redo_replay_ratio"
SHADES = {"DQN": style.BLUE, "DQN+ReDo": style.VERMILION}


def render(store: Store) -> Picture:
    """Interquartile means at the end over replay ratios, a panel for each setting of DQN.

    Args:
      store: where the runs are.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig10")
    heading = "Scores over replay ratios, without and with ReDo"
    settings = list(dict.fromkeys(experiment.column("setting").values()))
    panels = [Scores(_of_setting(experiment, name), "fig10", panel=name) for name in settings]
    panels = [scores for scores in panels if scores.experiment.started]
    if not any(scores.games for scores in panels):
        return returns_instead(panels[0], heading)
    lines = [_lines(scores.experiment) for scores in panels]
    cells = [
        lines_cell(scores, line, SHADES, "replay ratio")
        for scores, line in zip(panels, lines, strict=True)
    ]
    points = beside(cells[0], panels[0], list(lines[0]))
    legend = style.legend_entries(SHADES, points=points, seeds=False)
    sentences = [sentence for scores in panels for sentence in score_levels(scores)]
    remarks = [left_out(panels[0]), treatments(experiment)]
    reading = reading_scores(panels[0])
    return picture(experiment, "fig10", [cells], legend, heading, reading, remarks, sentences)


def _of_setting(experiment: Experiment, setting: str) -> Experiment:
    """The runs of one panel."""
    of_condition = experiment.column("setting")
    return experiment.restricted(lambda run: of_condition[run.condition] == setting)


def _lines(experiment: Experiment) -> dict[str, dict[str, float]]:
    """Method -> condition -> replay ratio."""
    methods, ratios = experiment.column("method"), experiment.column("replay_ratio")
    lines: dict[str, dict[str, float]] = {name: {} for name in SHADES}
    for condition in experiment.ordered:
        lines[methods[condition]][condition] = float(ratios[condition])
    return lines
