"""More gradient steps, more dormant neurons, in five games (paper, Figure 16).

The paper's Figure 16 repeats the left panel of Figure 7 for five games; its runs of DemonAttack
are those of Figure 7.
"""

from experiments import replay_ratio
from experiments.experiment import Claim, Experiment
from experiments.games import FIVE_GAMES

CLAIMS = (
    Claim(
        name="replay_ratio_raises_dormancy_in_five_games",
        figure="fig16",
        statement=(
            "The higher the replay ratio, the more neurons are dormant at the end, on average over "
            "the games."
        ),
        estimator="trend_over_conditions",
        arguments={"measure": "dormant_share", "tau": 0.0, "number": "replay_ratio"},
        published=(
            "Figure 16: it rises with the replay ratio in each of five games (known from a "
            "secondary source, without numbers)."
        ),
    ),
)

EXPERIMENT = Experiment(
    name="replay_ratio_games",
    title="More gradient steps per agent step in five games",
    figures=("fig16",),
    games=FIVE_GAMES,
    conditions=tuple(replay_ratio.CONDITIONS.values()),
    runs_of=replay_ratio.runs_of,
    claims=CLAIMS,
    typical=replay_ratio.EXPERIMENT.typical,
)
