"""Figure 8: a network with many dormant neurons cannot fit the values of a trained agent."""

import dataclasses

import numpy as np

from figures.curves.frames import smooth
from figures.curves.levels import LAST
from figures.curves.recorded import distillation_loss, greedy_agreement
from figures.curves.returns import evaluation_return
from figures.drawing.captions import definition, late_levels, late_losses, setting
from figures.drawing.curve_panels import Quantity, curve_picture, share_of
from figures.drawing.picture import Picture
from figures.drawing.random_play import LEVEL, at_random_play
from figures.reading.data import ExperimentResults, Results
from figures.reading.published import random_return

EXPERIMENT = "distillation"
_ERRORS = {"mse": "squared error", "huber": "Huber loss"}
_ACTIONS = {"all": "of all actions", "taken": "of the taken action"}
_INPUTS = {"teacher": "the teacher's run", "student": "the student's run", "both": "both runs"}


def render(
    store: Results, tau: float = 0.1, layer: str | None = None, smoothing_logs: int = 1
) -> Picture:
    """Loss and dormant neurons of a fresh and of a pretrained student, one row a game.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, for instance Dense_0; by default all hidden layers pooled.
      smoothing_logs: moving mean over this odd number of logs.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make fig8")
    teachers = _teachers(store, experiment)
    loss = Quantity(
        experiment,
        smooth(distillation_loss(experiment), smoothing_logs),
        "fig8",
        "loss",
        "distillation loss",
        unit="",
        log_y=True,
        notes={game: _note(part) for game, part in teachers.items()},
    )
    share = share_of(experiment, "fig8", tau, layer, smoothing_logs)
    sentences = [
        *(sentence for part in teachers.values() for sentence in _returns(part)),
        *late_losses(loss.shown, "loss in the last quarter"),
        *late_levels(share.shown, "dormant share in the last quarter", "%"),
        *late_levels(
            greedy_agreement(experiment),
            "states in which student and teacher choose alike, last quarter",
            "%",
        ),
    ]
    heading = f"Learning the values of a trained agent {setting(tau, layer)}"
    remarks = [definition(tau, smoothing_logs, experiment), _choices(experiment)]
    return curve_picture([loss, share], heading, remarks, sentences)


def _teachers(store: Results, experiment: ExperimentResults) -> dict[str, ExperimentResults]:
    """Game -> the runs whose values are learned, as far as the store has them."""
    specs = []
    for run in experiment.started:
        if (teacher := run.info["spec"]["teacher"]) not in specs:
            specs.append(teacher)
    found = [store.run_like(spec, "teacher") for spec in specs]
    runs = {run.run_id: run for run in found if run is not None and run.started}
    of_games: dict[str, ExperimentResults] = {}
    for game in dict.fromkeys(run.game for run in runs.values()):
        part = tuple(run for run in runs.values() if run.game == game)
        of_games[game] = dataclasses.replace(experiment, runs=part)
    return of_games


def _note(teachers: ExperimentResults) -> str:
    """Whether the teachers of a game have hardly begun to play."""
    played = evaluation_return(teachers)
    return f"teacher: {LEVEL}" if at_random_play(played) else ""


def _returns(teachers: ExperimentResults) -> list[str]:
    """What the teachers of a game play for, beside random play."""
    chance = random_return(teachers.games[0])
    beside = "" if np.isnan(chance) else f" Random play: {chance:.0f}."
    levels = late_levels(evaluation_return(teachers), "last evaluation return", last_part=LAST)
    return [f"{level}{beside}" for level in levels]


def _choices(experiment: ExperimentResults) -> str:
    """What the paper does not tell and the runs had to settle."""
    spec = experiment.started[0].info["spec"]
    return (
        f"Loss: {_ERRORS[spec['loss']]} {_ACTIONS[spec['actions']]}, inputs from "
        f"{_INPUTS[spec['inputs']]}; the paper leaves these open."
    )
