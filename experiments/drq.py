"""ReDo in an agent for little data (paper, Figures 10d and 17).

DrQ(epsilon) learns from 400,000 agent steps of the 26 games of Atari 100k, at replay ratios of 1 to
8, without and with ReDo. In the paper's Figure 10 its score falls with the replay ratio, less so
with ReDo; Figure 17 has the share of dormant neurons at replay ratio 1.

ReDo's threshold is 0.025 here: the secondary source that lists this agent's settings has it so.
"""

from collections.abc import Sequence
import dataclasses

from agents.spec import RunSpec
from experiments.conditions import RECYCLING, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ATARI_100K_GAMES
from experiments.presets.preset import Preset
from experiments.treatments import TAU_LOW_REPLAY, with_redo

RATIOS = (1.0, 2.0, 4.0, 8.0)
# As the lines of the published figure are called.
METHODS = ("DrQ(eps)", "DrQ(eps)+ReDo")
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


def drq_run(preset: Preset, game: str, seed: int, ratio: float) -> RunSpec:
    """The preset's DrQ(epsilon) at any replay ratio."""
    base = preset.drq
    return dataclasses.replace(
        base,
        task=dataclasses.replace(base.task, game=game),
        agent=dataclasses.replace(base.agent, replay_ratio=ratio),
        seed=seed,
    )


def runs(preset: Preset, games: Sequence[str], seeds: Sequence[int]) -> list[Run]:
    """All replay ratios, without and with ReDo, seed by seed."""
    found = []
    for seed in seeds:
        for (method, ratio), condition in CONDITIONS.items():
            for game in games:
                run = drq_run(preset, game, seed, ratio)
                if method == METHODS[1]:
                    run = with_redo(run, preset, TAU_LOW_REPLAY)
                found.append(Run(condition, run, {"method": method, "replay_ratio": ratio}))
    return found


EXPERIMENT = Experiment(
    name="drq",
    title="ReDo in an agent for little data",
    figures=("fig10", "fig17"),
    games=ATARI_100K_GAMES,
    conditions=tuple(CONDITIONS.values()),
    runs=runs,
    claims=CLAIMS,
    typical=lambda preset: runs(preset, ATARI_100K_GAMES[:1], (0,))[4].spec,
)
