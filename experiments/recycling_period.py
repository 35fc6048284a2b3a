"""Do recycled neurons relapse because they are recycled too rarely? (A question of ours.)

That few neurons are dormant after a recycling does not mean that they were put to use: Qin et al.
(2024, ReBorn) saw that many are dormant again soon. Figure 9's claim about it came out one way
with the laptop preset's period and the other with the published one.

Varied: the gradient steps between two recyclings, one, three and ten times the preset's, and
none at all. Held: everything else of Figure 9, whose runs the first and the last of these are (at
the published size the first 40 iterations of the last). Two readings are told apart by how much is
recycled in all. If neurons relapse whatever is done, a shorter period only hides it, and recycles
more in all. If a neuron that is woken early stays awake, a shorter period recycles fewer of them.

What else could explain a difference: the longer the period, the more time has a recycled neuron
to fall asleep until it is looked at, so that a rising share of relapses alone says little; and a
recycling disturbs the network, which a long period gives more time to settle. A log comes before
the check of its step. Where the logs are a multiple of the period apart it sees a whole period of
falling asleep; with three times the preset's period it sees one, two or three thirds of one in
turn, by which that curve is a zigzag (as is that of ten times at the desk preset).

What it says about the paper: its period, 1,000 gradient steps, was chosen for 2.5 million of them
at a small learning rate. What ReDo does depends on both together.
"""

from experiments.conditions import DQN, RECYCLING, REDO, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.presets.preset import Preset
from experiments.storing.schema import NOT_IN_THE_PAPER
from experiments.treatments import recycling_period, with_redo

GAMES = ("DemonAttack",)
# Times the preset's period.
PERIODS = {
    1.0: REDO,
    3.0: Condition("DQN+ReDo, 3 x period", "DQN+ReDo", RECYCLING, colour="#944312"),
    10.0: Condition("DQN+ReDo, 10 x period", "DQN+ReDo", RECYCLING, colour="#e0a070"),
}
_RECYCLED = [condition.name for condition in PERIODS.values()]
# That of the claim about Figure 9.
TAU = 0.025

CLAIMS = (
    Claim(
        name="relapses_rise_with_the_period",
        figure="question_recycling_period",
        statement=(
            "The longer the period, the more of the neurons recycled in the last quarter are "
            "dormant again at the next check."
        ),
        estimator="trend_over_conditions",
        arguments={
            "measure": "redormant_share",
            "number": "period",
            "conditions": _RECYCLED,
            "last_part": 0.25,
        },
        published=NOT_IN_THE_PAPER,
    ),
    Claim(
        name="dormancy_rises_with_the_period",
        figure="question_recycling_period",
        statement="The longer the period, the more neurons are dormant in the last quarter.",
        estimator="trend_over_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": TAU,
            "number": "period",
            "conditions": _RECYCLED,
            "last_part": 0.25,
        },
        published=f"{NOT_IN_THE_PAPER} (its period is 1,000 gradient steps)",
    ),
    Claim(
        name="short_periods_recycle_more",
        figure="question_recycling_period",
        statement=(
            "The shorter the period, the more neurons have been recycled in all: what is kept "
            "awake keeps falling asleep."
        ),
        estimator="trend_over_conditions",
        arguments={
            "measure": "recycled_so_far",
            "number": "period",
            "conditions": _RECYCLED,
            "trend": "falls",
        },
        published=NOT_IN_THE_PAPER,
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """DQN without ReDo and with each period."""
    plain = preset.comparison_run(game, seed)
    found = [Run(DQN, plain, {"period": 0})]
    for times, condition in PERIODS.items():
        run = with_redo(plain, preset, preset.redo_tau, times)
        found.append(Run(condition, run, {"period": recycling_period(plain, preset, times)}))
    return found


EXPERIMENT = Experiment(
    name="recycling_period",
    title="Do recycled neurons relapse because they are recycled too rarely?",
    figures=("question_recycling_period",),
    games=GAMES,
    conditions=(DQN, *PERIODS.values()),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: with_redo(preset.comparison_run(GAMES[0], 0), preset, preset.redo_tau),
)
