"""Recycled neurons get outgoing weights of 0, or random ones (paper, Figure 22).

With weights of 0 a recycled neuron changes no output at first. In the paper's Figure 22 random
outgoing weights do as well or worse over five games. The replay ratio is not known from our
sources; it is that of the paper's other runs of 10M frames, 1.
"""

from experiments.conditions import PURPLE, RECYCLING, REDO, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import FIVE_GAMES
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset
from experiments.treatments import TAU_HIGH_REPLAY, with_redo

RANDOM = Condition(
    "DQN+ReDo, random outgoing",
    published_as="random",
    treatment=RECYCLING + " Random outgoing: weights drawn anew instead of 0.",
    colour=PURPLE,
)

CLAIMS = (
    Claim(
        name="zero_outgoing_no_worse_than_random",
        figure="fig22",
        statement="Outgoing weights of 0 give no less return than random ones, but for 10 %.",
        estimator="not_lower_than",
        arguments={
            "measure": "human_normalised_return",
            "candidate": REDO.name,
            "reference": RANDOM.name,
            "margin": 0.1,
        },
        published=(
            "Figure 22: random ones are similar or worse; 0 is ahead on Asterix, Breakout and "
            "DemonAttack (known from a secondary source, without numbers)."
        ),
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """Both kinds of weights side by side."""
    redo = with_redo(preset.high_replay_run(game, seed), preset, TAU_HIGH_REPLAY)
    return [Run(REDO, redo), Run(RANDOM, replaced(redo, {"intervention.outgoing": "random"}))]


EXPERIMENT = Experiment(
    name="outgoing_weights",
    title="ReDo with random outgoing weights",
    figures=("fig22",),
    games=FIVE_GAMES,
    conditions=(REDO, RANDOM),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: runs_of(preset, FIVE_GAMES[0], 0)[0].spec,
)
