"""Dormant on which inputs? One network scored on five kinds of them.

The question: does "dormant on the replay" mean dormant, or only dormant on what the replay holds?

Design. The runs are DQN of Figure 2 with one thing more recorded: every log scores the same
network also on the latest transitions, on states of the initial (random) policy, on the first agent
steps of episodes, and on another game's frames. Varied are the inputs; held is the network. As many
inputs of each kind, all hidden layers together, tau = 0.1.

The claims' direction was stated before looking: more than 90 % of what is dormant on the
replay is so on the latest transitions; of what is dormant on the replay, more than 10 % is active
on another game's frames, so that dormancy is a matter of the inputs as well as of the weights.

What else could explain it: two large sets overlap by chance; the picture shows the share of the
second set, which is the overlap expected by chance. The latest transitions are part of the replay.

What it says about the paper: it scores on replay batches (as its code does). If dormancy carries
over to recent data, that choice is harmless; if another game wakes neurons, "dormant" is not
"dead".
"""

from collections.abc import Sequence
import dataclasses

from experiments.conditions import DQN
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ANALYSED_GAMES
from experiments.presets.preset import Preset

CLAIMS = (
    Claim(
        name="dormant_on_recent_data_too",
        figure="question_probe_inputs",
        statement="More than 90 % of what is dormant on the replay is so on the latest data.",
        estimator="level_above_threshold",
        arguments={
            "measure": "also_dormant",
            "tau": 0.1,
            "one": "replay",
            "other": "latest",
            "threshold": 90.0,
        },
        published="not in the paper",
    ),
    Claim(
        name="another_game_wakes_neurons",
        figure="question_probe_inputs",
        statement="More than 10 % of what is dormant on the replay is active on another game.",
        estimator="level_above_threshold",
        arguments={
            "measure": "active_instead",
            "tau": 0.1,
            "one": "replay",
            "other": "other_game",
            "threshold": 10.0,
        },
        published="not in the paper",
    ),
)


def runs(preset: Preset, games: Sequence[str], seeds: Sequence[int]) -> list[Run]:
    """The runs of Figure 2 with further probes; all games of a seed before the next seed."""
    return [Run(DQN, _probed(preset, game, seed)) for seed in seeds for game in games]


def _probed(preset: Preset, game: str, seed: int):
    run = preset.run(game, seed)
    schedule = dataclasses.replace(run.schedule, further_probes=True)
    return dataclasses.replace(run, schedule=schedule)


EXPERIMENT = Experiment(
    name="probe_inputs",
    title="Dormant on which inputs? Replay, recent data, starts, another game",
    figures=("question_probe_inputs",),
    games=ANALYSED_GAMES,
    conditions=(DQN,),
    runs=runs,
    claims=CLAIMS,
)
