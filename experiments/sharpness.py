"""Are value targets sharper than ordinary regression targets? (A question of ours.)

One explanation of why values cost neurons is that they are hard to fit: two frames that look
alike, one step apart, may have very different values, before and after a reward, a lost life or
the end of an episode. A network that must tell such frames apart needs large weights.

Varied: what is regressed on, over the same stored transitions: DQN's bootstrapped targets, the
Monte-Carlo return to the episode's end, the values of a fixed random network, and an ordinary
regression task, a random linear function of the coarsely seen frame. Held: transitions, network,
optimizer, batch and gradient steps. Measured at every log: the mean |target(s) - target(s')| of
transitions one step apart over that of two transitions drawn at random
(`agents.offline.sharpness`), 1 for noise, and beside it the dormant share.

What else could explain a difference in dormancy: the targets differ in scale, in what can be
fitted at all, and in whether they move. Sharpness is one property of four tasks, so that its
order among them can agree with that of dormancy by chance; the claims say where it has to.

What it says about the paper: it calls the targets moving; if they are also far sharper than those
of its control, Figure 4 compares more than motion.
"""

import dataclasses

from agents.offline.spec import OfflineSpec
from experiments.conditions import BLUE, GREEN, PURPLE, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ANALYSED_GAMES
from experiments.presets.preset import Preset
from experiments.storing.schema import NOT_IN_THE_PAPER

# `OfflineSpec.targets` -> condition.
TARGETS = {
    "bootstrapped": Condition(
        "bootstrapped values", published_as="bootstrapped_targets", colour=BLUE
    ),
    "monte_carlo": Condition("Monte-Carlo returns", colour=GREEN),
    "random_network": Condition("random network", published_as="fixed_targets", colour="#b8860b"),
    "smooth": Condition("smooth regression", colour=PURPLE),
}


def _claim(name: str, statement: str, measure: str, higher: str, lower: str, **more) -> Claim:
    """A late level is higher under one kind of targets than under another."""
    return Claim(
        name=name,
        figure="question_sharpness",
        statement=statement,
        estimator="difference_of_conditions",
        arguments={
            "measure": measure,
            "higher": TARGETS[higher].name,
            "lower": TARGETS[lower].name,
            **more,
        },
        published=NOT_IN_THE_PAPER,
    )


CLAIMS = (
    _claim(
        "values_sharper_than_regression",
        "Bootstrapped values change more from one step to the next, against that between any two, "
        "than the targets of an ordinary regression task.",
        "target_sharpness",
        "bootstrapped",
        "smooth",
    ),
    _claim(
        "values_sharper_than_random_network",
        "Bootstrapped values change more from one step to the next, against that between any two, "
        "than those of a random network.",
        "target_sharpness",
        "bootstrapped",
        "random_network",
    ),
    _claim(
        "returns_sharper_than_regression",
        "Monte-Carlo returns change more from one step to the next, against that between any two, "
        "than the targets of an ordinary regression task.",
        "target_sharpness",
        "monte_carlo",
        "smooth",
    ),
    _claim(
        "sharper_targets_more_dormant",
        "Bootstrapped values leave more neurons dormant in the last quarter than an ordinary "
        "regression task.",
        "dormant_share",
        "bootstrapped",
        "smooth",
        tau=0.0,
    ),
    _claim(
        "sharp_fixed_targets_more_dormant",
        "Monte-Carlo returns, which do not move, leave more neurons dormant in the last quarter "
        "than an ordinary regression task.",
        "dormant_share",
        "monte_carlo",
        "smooth",
        tau=0.0,
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """All kinds of targets of a seed side by side."""
    return [
        Run(condition, learner(preset, game, targets, seed))
        for targets, condition in TARGETS.items()
    ]


def learner(preset: Preset, game: str, targets: str, seed: int) -> OfflineSpec:
    """The preset's offline run; the data hold episodes up to their end."""
    data = preset.whole_episodes_run(game, seed)
    return dataclasses.replace(preset.offline, data=data, targets=targets, seed=seed)


EXPERIMENT = Experiment(
    name="sharpness",
    title="Are value targets sharper than ordinary regression targets?",
    figures=("question_sharpness",),
    games=ANALYSED_GAMES,
    conditions=tuple(TARGETS.values()),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: learner(preset, ANALYSED_GAMES[0], "bootstrapped", 0),
)
