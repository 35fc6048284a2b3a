"""More gradient steps on the same experience: more dormant neurons (paper, Figure 7).

The paper's Figure 7 shows 40 iterations of DQN on DemonAttack with 0.25, 0.5, 1 and 2 gradient
steps per agent step. The higher this replay ratio, the more neurons end dormant and the lower
the return is. Compared are equal agent steps, so that a higher ratio is also more training.
The run at the preset's own ratio is the one of Figure 2.
"""

from experiments.conditions import BLUE, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.presets.preset import Preset

GAMES = ("DemonAttack",)
RATIOS = (0.25, 0.5, 1.0, 2.0)
CONDITIONS = {
    ratio: Condition(f"RR={ratio:g}", colour=shade)
    for ratio, shade in zip(RATIOS, ("#8fc3e8", "#4a9bd1", BLUE, "#023e73"), strict=True)
}

CLAIMS = (
    Claim(
        name="replay_ratio_raises_dormancy",
        figure="fig7",
        statement="The higher the replay ratio, the more neurons are dormant at the end.",
        estimator="trend_over_conditions",
        arguments={"measure": "dormant_share", "tau": 0.0, "number": "replay_ratio"},
        published=(
            "Figure 7: 9, 24, 38 and 48 % after 40M frames at replay ratio 0.25, 0.5, 1 and 2: "
            "13 percentage points per doubling."
        ),
    ),
    Claim(
        name="replay_ratio_lowers_return",
        figure="fig7",
        statement="The higher the replay ratio, the lower the last evaluation return.",
        estimator="trend_over_conditions",
        arguments={
            "measure": "evaluation_return",
            "number": "replay_ratio",
            "trend": "falls",
        },
        published="Figure 7: 3,700, 2,400, 1,350 and 750 after 40M frames.",
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """DQN at all four ratios."""
    return [
        Run(condition, preset.sweep_run(game, seed, ratio), {"replay_ratio": ratio})
        for ratio, condition in CONDITIONS.items()
    ]


EXPERIMENT = Experiment(
    name="replay_ratio",
    title="More gradient steps per agent step, more dormant neurons",
    figures=("fig7",),
    games=GAMES,
    conditions=tuple(CONDITIONS.values()),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: preset.sweep_run(GAMES[0], 0, 1.0),
)
