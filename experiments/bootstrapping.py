"""Is bootstrapping the cause? One-step, n-step and Monte-Carlo targets (a question of ours).

The paper shows that neurons become dormant also on fixed data (Figure 4), and blames targets that
move. What moves them is bootstrapping: a target holds the network's own opinion of the next
state. The longer the return before that opinion, the less of it is in the target; a Monte-Carlo
return holds none.

Varied: the return, over 1, 3 and 10 steps and to the end of the episode. Held: on the stored
side the transitions (those of one DQN run), network, optimizer, batch and gradient steps; on
the played side everything else of DQN. Of the targets "one step" is the very run of Figure 4,
and of the agents "playing, one step" that of Figure 2 (at the published size its first 40
iterations).

What else could explain a difference: Monte-Carlo returns have another scale and more variance
than bootstrapped values, and an agent that learns from them is another policy on other states.
The stored side has the same states but for the transitions whose episode was truncated, which
have no return and are left out; the share of them is recorded. A target network plays no part in
Monte-Carlo targets, so that "without bootstrapping" is also "without a target network".

What it says about the paper: if the share rises as much without bootstrapping, targets that move
are not needed for it. If it rises less, but rises, they are one cause among others.
"""

import math

from agents.offline.spec import OfflineSpec
from experiments.conditions import BLUE, GREEN, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ANALYSED_GAMES
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset
from experiments.storing.schema import NOT_IN_THE_PAPER

# Stored transitions: steps before a bootstrapped value comes in -> condition.
N_STEP = {
    1: Condition("stored, one step", published_as="bootstrapped_targets", colour=BLUE),
    3: Condition("stored, n = 3", colour="#4a9bd1"),
    10: Condition("stored, n = 10", colour="#8fc3e8"),
}
STORED = Condition("stored, Monte Carlo", colour=GREEN)
PLAYING = Condition("playing, one step", colour="#882255")
PLAYING_RETURNS = Condition("playing, Monte Carlo", colour="#b8860b")

CLAIMS = (
    Claim(
        name="without_bootstrapping_fewer_dormant",
        figure="question_bootstrapping",
        statement=(
            "On the same stored data, Monte-Carlo returns leave fewer neurons dormant in the last "
            "quarter than one-step bootstrapped targets."
        ),
        estimator="difference_of_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": 0.0,
            "higher": N_STEP[1].name,
            "lower": STORED.name,
        },
        published=NOT_IN_THE_PAPER,
    ),
    Claim(
        name="longer_returns_fewer_dormant",
        figure="question_bootstrapping",
        statement="The more steps before the bootstrapped value, the fewer neurons end dormant.",
        estimator="trend_over_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": 0.0,
            "number": "n_step",
            "conditions": [condition.name for condition in N_STEP.values()],
            "trend": "falls",
            "last_part": 0.25,
        },
        published=NOT_IN_THE_PAPER,
    ),
    Claim(
        name="share_rises_without_bootstrapping",
        figure="question_bootstrapping",
        statement=(
            "On stored data with Monte-Carlo returns, the share of dormant neurons still rises "
            "after its early minimum."
        ),
        estimator="slope_after_minimum",
        arguments={"measure": "dormant_share", "tau": 0.0, "condition": STORED.name},
        published=NOT_IN_THE_PAPER,
    ),
    Claim(
        name="playing_without_bootstrapping_fewer_dormant",
        figure="question_bootstrapping",
        statement=(
            "An agent that learns from Monte-Carlo returns while it plays has fewer dormant "
            "neurons in the last quarter than DQN."
        ),
        estimator="difference_of_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": 0.0,
            "higher": PLAYING.name,
            "lower": PLAYING_RETURNS.name,
        },
        published=NOT_IN_THE_PAPER,
    ),
    Claim(
        name="playing_share_rises_without_bootstrapping",
        figure="question_bootstrapping",
        statement=(
            "Of an agent that learns from Monte-Carlo returns while it plays, the share still "
            "rises after its early minimum."
        ),
        estimator="slope_after_minimum",
        arguments={"measure": "dormant_share", "tau": 0.0, "condition": PLAYING_RETURNS.name},
        published=NOT_IN_THE_PAPER,
    ),
)


def learner(preset: Preset, game: str, seed: int, n_step: int | None) -> OfflineSpec:
    """The preset's offline run with n-step targets, or Monte-Carlo ones where n is None."""
    data = preset.whole_episodes_run(game, seed)
    target = {"targets": "monte_carlo"} if n_step is None else {"agent.n_step": n_step}
    return replaced(preset.offline, {"data": data, "seed": seed, **target})


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """Both sides; `n_step` is infinite where returns reach to the episode's end."""
    stored, playing = {"side": "stored transitions"}, {"side": "playing"}
    to_the_end = {"n_step": math.inf}
    plain = preset.whole_episodes_run(game, seed)
    of_returns = replaced(plain, {"agent.targets": "monte_carlo"})
    return [
        *(
            Run(condition, learner(preset, game, seed, n), stored | {"n_step": float(n)})
            for n, condition in N_STEP.items()
        ),
        Run(STORED, learner(preset, game, seed, None), stored | to_the_end),
        Run(PLAYING, plain, playing | {"n_step": 1.0}),
        Run(PLAYING_RETURNS, of_returns, playing | to_the_end),
    ]


EXPERIMENT = Experiment(
    name="bootstrapping",
    title="Is bootstrapping the cause?",
    figures=("question_bootstrapping",),
    games=ANALYSED_GAMES,
    conditions=(*N_STEP.values(), STORED, PLAYING, PLAYING_RETURNS),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: learner(preset, ANALYSED_GAMES[0], 0, 1),
)
