"""Recycled neurons get fresh incoming weights, or ones as long as the others' (paper, Figure 23).

Fresh weights are as large as those of an untrained network, the others of the layer have grown.
In the paper's Figure 23 rescaling the fresh weights to the mean norm of the neurons that stay
makes little difference. The replay ratio is not known from our sources; it is that of the paper's
other runs of 10M frames, 1.
"""

from experiments.conditions import GREEN, RECYCLING, REDO, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import FIVE_GAMES
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset
from experiments.treatments import TAU_HIGH_REPLAY, with_redo

RESCALED = Condition(
    "DQN+ReDo, rescaled incoming",
    published_as="rescaled",
    treatment=RECYCLING
    + " Rescaled incoming: their norm is the mean one of the neurons that stay.",
    colour=GREEN,
)

CLAIMS = (
    Claim(
        name="fresh_incoming_no_worse_than_rescaled",
        figure="fig23",
        statement="Fresh incoming weights give no less return than rescaled ones, but for 10 %.",
        estimator="not_lower_than",
        arguments={
            "measure": "human_normalised_return",
            "candidate": REDO.name,
            "reference": RESCALED.name,
            "margin": 0.1,
        },
        published="Figure 23: similar (known from secondary sources, without numbers).",
    ),
    Claim(
        name="rescaled_incoming_no_worse_than_fresh",
        figure="fig23",
        statement="Rescaled incoming weights give no less return than fresh ones, but for 10 %.",
        estimator="not_lower_than",
        arguments={
            "measure": "human_normalised_return",
            "candidate": RESCALED.name,
            "reference": REDO.name,
            "margin": 0.1,
        },
        published="Figure 23: similar (known from secondary sources, without numbers).",
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """Both kinds of weights side by side."""
    redo = with_redo(preset.high_replay_run(game, seed), preset, TAU_HIGH_REPLAY)
    return [Run(REDO, redo), Run(RESCALED, replaced(redo, {"intervention.incoming": "rescaled"}))]


EXPERIMENT = Experiment(
    name="incoming_weights",
    title="ReDo with rescaled incoming weights",
    figures=("fig23",),
    games=FIVE_GAMES,
    conditions=(REDO, RESCALED),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: runs_of(preset, FIVE_GAMES[0], 0)[0].spec,
)
