"""ReDo in an agent for little data (paper, Figures 10d and 17).

DrQ(epsilon) learns from 400,000 agent steps of the 26 games of Atari 100k, at replay ratios of 1 to
8, without and with ReDo. In the paper's Figure 10 its score falls with the replay ratio, less so
with ReDo; Figure 17 has the share of dormant neurons at replay ratio 1.

Of two settings the sources differ or are silent, and they are options:

- `tau`, ReDo's threshold: 0.1, because the authors say that they used it everywhere but for default
  DQN (google/dopamine#226). A secondary source that lists this agent's settings has 0.025.
- `target`, when the target network becomes the network itself: after every agent step, and so after
  all of its replay ratio's updates, as in the official code (`target_update_strategy` of
  `RecycledAtari100kRainbowAgent`), or after every single gradient step, which that code has as its
  other choice. At replay ratio 1 they are one.

The official configuration ends recycling at gradient step 400,000, which is an eighth of a run at
replay ratio 8; see `experiments.treatments.with_redo` for why it goes on to the end here.
"""

from typing import Literal

from agents.spec import RunSpec
from experiments.conditions import RECYCLING, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ATARI_100K_GAMES
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset
from experiments.treatments import TAU_HIGH_REPLAY, TAU_LOW_REPLAY, with_redo

RATIOS = (1.0, 2.0, 4.0, 8.0)
# As the lines of the published figure are called.
METHODS = ("DrQ(eps)", "DrQ(eps)+ReDo")
_TAUS = {"0.1": TAU_HIGH_REPLAY, "0.025": TAU_LOW_REPLAY}
_SHADES = {
    "DrQ(eps)": ("#6db9e3", "#3a8fc0", "#1b5f86", "#0b3450"),
    "DrQ(eps)+ReDo": ("#eb9a63", "#cf6a2a", "#944312", "#572608"),
}


def _condition(method: str, ratio: float) -> Condition:
    return Condition(
        name=f"{method}, RR={ratio:g}",
        published_as=method,
        treatment=RECYCLING if method == METHODS[1] else "",
        colour=_SHADES[method][RATIOS.index(ratio)],
    )


CONDITIONS = {(method, ratio): _condition(method, ratio) for method in METHODS for ratio in RATIOS}
PLAIN, RECYCLED = ([CONDITIONS[method, ratio] for ratio in RATIOS] for method in METHODS)

CLAIMS = (
    Claim(
        name="redo_gains_at_high_replay_drq",
        figure="fig10",
        statement="DrQ(eps): at replay ratio 8 ReDo scores more.",
        estimator="difference_of_scores",
        arguments={"higher": RECYCLED[-1].name, "lower": PLAIN[-1].name},
        published="Figure 10: IQM over 26 games 0.51 with and 0.35 without ReDo.",
    ),
    Claim(
        name="high_replay_costs_score_drq",
        figure="fig10",
        statement="DrQ(eps): without ReDo the score falls from replay ratio 1 to 8.",
        estimator="difference_of_scores",
        arguments={"higher": PLAIN[0].name, "lower": PLAIN[-1].name},
        published="Figure 10: from 0.61 to 0.35.",
    ),
    Claim(
        name="dormancy_rises_in_drq",
        figure="fig17",
        statement="DrQ(eps): the share of dormant neurons rises after its early minimum.",
        estimator="slope_after_minimum",
        arguments={"measure": "dormant_share", "tau": 0.0, "condition": PLAIN[0].name},
        published=(
            "Figure 17: it rises, to 8 to 16 % in five games (known from a secondary source that "
            "read it off the figure; which threshold is not)."
        ),
    ),
)


Target = Literal["agent_step", "gradient_step"]


def drq_run(
    preset: Preset, game: str, seed: int, ratio: float, target: Target = "agent_step"
) -> RunSpec:
    """The preset's DrQ(epsilon) at any replay ratio.

    Args:
      preset, game, seed: which run.
      ratio: gradient steps per agent step.
      target: whether the target network's period is the preset's in agent steps (official) or in
        gradient steps.
    """
    base = preset.drq
    period = base.agent.target_period_gradient_steps
    if target == "agent_step":
        period = round(period * ratio / base.agent.replay_ratio)
    return replaced(
        base,
        {
            "task.game": game,
            "agent.replay_ratio": ratio,
            "agent.target_period_gradient_steps": period,
            "seed": seed,
        },
    )


def runs_of(
    preset: Preset,
    game: str,
    seed: int,
    tau: Literal["0.1", "0.025"] = "0.1",
    target: Target = "agent_step",
) -> list[Run]:
    """All replay ratios, without and with ReDo."""
    found = []
    for (method, ratio), condition in CONDITIONS.items():
        run = drq_run(preset, game, seed, ratio, target)
        if method == METHODS[1]:
            run = with_redo(run, preset, _TAUS[tau])
        found.append(Run(condition, run, {"method": method, "replay_ratio": ratio}))
    return found


EXPERIMENT = Experiment(
    name="drq",
    title="ReDo in an agent for little data",
    figures=("fig10", "fig17"),
    games=ATARI_100K_GAMES,
    conditions=tuple(CONDITIONS.values()),
    runs_of=runs_of,
    claims=CLAIMS,
    seed_count=10,
    typical=lambda preset: runs_of(preset, ATARI_100K_GAMES[0], 0)[4].spec,
    options={"tau": tuple(_TAUS), "target": ("agent_step", "gradient_step")},
)
