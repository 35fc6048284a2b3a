"""Does the speed of the epsilon decay matter? (A question of ours.)

DQN plays at random at first, and the share of random actions falls to 1 % in the first part of
training, the very part in which the dormant share dips and begins to rise. Whoever stops
exploring early sees fewer situations.

Varied: the steps over which exploration falls, four times as many as the preset's, as many, a
quarter; and exploration that is 10 % from the end of the warm-up on. Held: everything else of
DQN, as in Figure 2, whose runs the middle condition are (at the published size their first 40
iterations). Recorded beside dormancy: how many of 1,024 frames drawn from the replay differ when
they are seen coarsely (`agents.replay.coverage`), which says whether the decay changed what the
agent saw.

What else could explain a difference: exploration that ends earlier also means that rewards come
earlier, and that the values are learned from another policy; the condition with a constant 10 %
differs from the others in its last part as well, where it goes on exploring.

What it says about the paper: its agents explore for the first million frames of up to 100. If the
decay matters, its shares depend on this choice; if not, what an agent sees late explains
little of what is dormant.
"""

from experiments.conditions import BLUE, PURPLE, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ANALYSED_GAMES
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset
from experiments.storing.schema import NOT_IN_THE_PAPER

# Times the preset's length of the decay.
DECAYS = {
    4.0: Condition("four times slower", colour="#8fc3e8"),
    1.0: Condition("as preset", published_as="DQN", colour=BLUE),
    0.25: Condition("four times faster", colour="#023e73"),
}
CONSTANT_EPSILON = 0.1
CONSTANT = Condition("constant 10 %", colour=PURPLE)

CLAIMS = (
    Claim(
        name="early_end_of_exploration_raises_dormancy",
        figure="question_exploration",
        statement=(
            "The faster exploration ends, the more neurons are dormant in the last quarter."
        ),
        estimator="trend_over_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": 0.0,
            "number": "decay",
            "conditions": [condition.name for condition in DECAYS.values()],
            "trend": "falls",
            "last_part": 0.25,
        },
        published=NOT_IN_THE_PAPER,
    ),
    Claim(
        name="constant_exploration_fewer_dormant",
        figure="question_exploration",
        statement="With 10 % random actions throughout, fewer neurons end dormant than in DQN.",
        estimator="difference_of_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": 0.0,
            "higher": DECAYS[1.0].name,
            "lower": CONSTANT.name,
        },
        published=NOT_IN_THE_PAPER,
    ),
    Claim(
        name="slow_decay_covers_more",
        figure="question_exploration",
        statement=(
            "The slower exploration ends, the more different situations the replay holds in the "
            "last quarter."
        ),
        estimator="trend_over_conditions",
        arguments={
            "measure": "distinct_frames",
            "number": "decay",
            "conditions": [condition.name for condition in DECAYS.values()],
            "trend": "rises",
            "last_part": 0.25,
        },
        published=NOT_IN_THE_PAPER,
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """DQN with every kind of exploration."""
    plain = preset.comparison_run(game, seed)
    decay = "agent.epsilon_decay_agent_steps"
    steps = plain.agent.epsilon_decay_agent_steps
    found = [
        Run(condition, replaced(plain, {decay: round(factor * steps)}), {"decay": factor})
        for factor, condition in DECAYS.items()
    ]
    constant = replaced(plain, {"agent.epsilon_train": CONSTANT_EPSILON, decay: 0})
    return [*found, Run(CONSTANT, constant, {"decay": 0.0})]


EXPERIMENT = Experiment(
    name="exploration",
    title="Does the speed of the epsilon decay matter?",
    figures=("question_exploration",),
    games=ANALYSED_GAMES,
    conditions=(*DECAYS.values(), CONSTANT),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: preset.comparison_run(ANALYSED_GAMES[0], 0),
)
