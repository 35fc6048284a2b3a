"""Why does even the fixed-target curve rise late? (A question of ours.)

In the paper's Figure 4 the network that learns fixed random targets has fewer dormant neurons
than the one that bootstraps, but after its dip its curve rises as well, though neither its inputs
nor its targets move.

Varied, one thing at a time, on the same stored transitions: the learning rate (a quarter), weight
decay (the paper's best L2 coefficient), the optimizer (stochastic gradient descent instead of
Adam), and what is to be fitted (noise, a number of its own for each transition, instead of the
values of a random network). Held: transitions, network, batch, gradient steps. "Fixed targets" is
the very run of Figure 4.

What else could explain a difference: a run that learns less moves less. Gradient descent and the
smaller learning rate also leave a larger error, which is recorded beside the share; only a
variant that fits as well and has fewer dormant neurons has removed a cause.

What it says about the paper: if Adam or its learning rate makes the rise, moving targets are not
what its Figure 4 shows late; if noise makes more of it, fitting what has no structure costs
neurons, and bootstrapped targets may cost them by their noise rather than by their motion.
The short runs of preset laptop show the dip and its end; the rise itself takes preset desk.
"""

from agents.offline.spec import OfflineSpec
from experiments import offline
from experiments.conditions import GREEN, PURPLE, SKY, VERMILION, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ANALYSED_GAMES
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset
from experiments.storing.schema import NOT_IN_THE_PAPER
from experiments.treatments import with_weight_decay

FIXED = Condition("fixed targets", published_as="fixed_targets", colour="#b8860b")
SLOWER = Condition("learning rate / 4", colour=SKY)
DECAYED = Condition(
    "weight decay",
    treatment="Weight decay: L2 coefficient {run.agent.weight_decay:g}, added to the gradient.",
    colour=PURPLE,
)
DESCENT = Condition(
    "SGD",
    treatment="SGD: stochastic gradient descent, learning rate {run.agent.learning_rate:g}.",
    colour=GREEN,
)
NOISE = Condition("noise as targets", colour=VERMILION)


def _removes(name: str, variant: Condition, statement: str, turned: bool = False) -> Claim:
    """The share late in training under the variant is lower, or higher if `turned`."""
    pair = (variant.name, FIXED.name) if turned else (FIXED.name, variant.name)
    return Claim(
        name=name,
        figure="question_fixed_targets",
        statement=statement,
        estimator="difference_of_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": 0.0,
            "higher": pair[0],
            "lower": pair[1],
        },
        published=NOT_IN_THE_PAPER,
    )


CLAIMS = (
    Claim(
        name="fixed_targets_share_rises",
        figure="question_fixed_targets",
        statement=(
            "With fixed targets on fixed data, the share of dormant neurons rises after its early "
            "minimum."
        ),
        estimator="slope_after_minimum",
        arguments={"measure": "dormant_share", "tau": 0.0, "condition": FIXED.name},
        published="Figure 4: it does, to 22 % on DemonAttack and 21 % on Asterix.",
    ),
    _removes(
        "slower_learning_fewer_dormant",
        SLOWER,
        "With a quarter of the learning rate, fewer neurons are dormant in the last quarter.",
    ),
    _removes(
        "weight_decay_fewer_dormant",
        DECAYED,
        "With weight decay, fewer neurons are dormant in the last quarter.",
    ),
    _removes(
        "gradient_descent_fewer_dormant",
        DESCENT,
        "With SGD instead of Adam, fewer neurons are dormant in the last quarter.",
    ),
    _removes(
        "noise_more_dormant",
        NOISE,
        "With noise to fit, more neurons are dormant in the last quarter than with values.",
        turned=True,
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """All variants of a seed side by side."""
    return [Run(condition, spec) for condition, spec in variants(preset, game, seed).items()]


def variants(preset: Preset, game: str, seed: int) -> dict[Condition, OfflineSpec]:
    """The preset's offline run with random targets, and what is changed of it."""
    fixed = offline.learner(preset, game, "random_network", seed)
    rate = "agent.learning_rate"
    return {
        FIXED: fixed,
        SLOWER: replaced(fixed, {rate: fixed.agent.learning_rate / 4}),
        DECAYED: with_weight_decay(fixed),
        DESCENT: replaced(fixed, {"agent.optimizer": "sgd", rate: preset.sgd_learning_rate}),
        NOISE: replaced(fixed, {"targets": "noise"}),
    }


EXPERIMENT = Experiment(
    name="fixed_targets",
    title="Why does even the fixed-target curve rise late?",
    figures=("question_fixed_targets",),
    games=ANALYSED_GAMES,
    conditions=(FIXED, SLOWER, DECAYED, DESCENT, NOISE),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: variants(preset, ANALYSED_GAMES[0], 0)[FIXED],
)
