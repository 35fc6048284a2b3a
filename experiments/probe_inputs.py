"""Dormant on which inputs? One network scored on six kinds of them.

The question: does "dormant on the replay" mean dormant, or only dormant on what the replay holds?

Design. The runs are DQN of Figure 2 with one thing more recorded: every log scores the same
network also on a second batch of the replay, on the latest transitions, on states of the initial
(random) policy, on the first agent steps of episodes, and on another game's frames. Varied are the
inputs; held is the network. As many inputs of each kind, all hidden layers together, tau = 0.1.

Which neurons a batch finds dormant is decided by chance too: of what is dormant on one batch of
the replay, some is active on the next. Other inputs are therefore compared with that second batch.

The claims' direction was stated before looking: the latest transitions wake at most 5 percentage
points more of what is dormant on the replay than a second batch does; another game's frames wake
at least 10 more, so that dormancy is a matter of the inputs as well as of the weights.

What else could explain it: the latest transitions are part of the replay, and states of the
initial policy are so early in training.

What it says about the paper: it scores on replay batches (as its code does). If dormancy carries
over to recent data, that choice is harmless; if another game wakes neurons, "dormant" is not
"dead".
"""

from experiments.conditions import DQN
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ANALYSED_GAMES
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset
from experiments.storing.schema import NOT_IN_THE_PAPER

CLAIMS = (
    Claim(
        name="dormant_on_recent_data_too",
        figure="question_probe_inputs",
        statement=(
            "The latest data wake at most 5 points more of what is dormant on the replay than a "
            "second batch of the replay does."
        ),
        estimator="level_below_threshold",
        arguments={
            "measure": "woken",
            "tau": 0.1,
            "one": "replay",
            "other": "latest",
            "threshold": 5.0,
        },
        published=NOT_IN_THE_PAPER,
    ),
    Claim(
        name="another_game_wakes_neurons",
        figure="question_probe_inputs",
        statement=(
            "Another game wakes at least 10 points more of what is dormant on the replay than a "
            "second batch of the replay does."
        ),
        estimator="level_above_threshold",
        arguments={
            "measure": "woken",
            "tau": 0.1,
            "one": "replay",
            "other": "other_game",
            "threshold": 10.0,
        },
        published=NOT_IN_THE_PAPER,
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """The run of Figure 2 with further probes."""
    return [Run(DQN, replaced(preset.run(game, seed), {"schedule.further_probes": True}))]


EXPERIMENT = Experiment(
    name="probe_inputs",
    title="Dormant on which inputs? Replay, recent data, starts, another game",
    figures=("question_probe_inputs",),
    games=ANALYSED_GAMES,
    conditions=(DQN,),
    runs_of=runs_of,
    claims=CLAIMS,
)
