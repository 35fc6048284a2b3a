"""ReDo keeps an agent from collapsing at high replay ratios (paper, Figure 10a to c).

The paper's Figure 10 shows the interquartile mean over 17 games after 10 iterations against the
replay ratio, without and with ReDo, in three settings of DQN: one-step returns, three-step
returns, and the residual network. Without ReDo the score falls from replay ratio 0.5 or 1 on,
with it the fall comes later or not at all. Its fourth setting, DrQ(epsilon), is an experiment of
its own.
"""

from agents.spec import NetworkSpec, RunSpec
from experiments.conditions import RECYCLING, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ALL_GAMES
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset
from experiments.treatments import TAU_HIGH_REPLAY, TAU_LOW_REPLAY, with_redo

# As the panels of the published figure are called.
ONE_STEP, THREE_STEPS, RESIDUAL = "DQN (n=1)", "DQN (n=3)", "DQN (ResNet)"
SETTINGS = (ONE_STEP, THREE_STEPS, RESIDUAL)
RATIOS = (0.25, 0.5, 1.0, 2.0)
METHODS = ("DQN", "DQN+ReDo")
_SHADES = {
    "DQN": ("#8fc3e8", "#4a9bd1", "#0072B2", "#023e73"),
    "DQN+ReDo": ("#f2ab7c", "#e88a48", "#D55E00", "#8a3c00"),
}


def _condition(setting: str, method: str, ratio: float) -> Condition:
    return Condition(
        name=f"{method}, {setting.removeprefix('DQN ')}, RR={ratio:g}",
        published_as=method,
        treatment=RECYCLING if method == "DQN+ReDo" else "",
        colour=_SHADES[method][RATIOS.index(ratio)],
    )


CONDITIONS = {
    (setting, method, ratio): _condition(setting, method, ratio)
    for setting in SETTINGS
    for method in METHODS
    for ratio in RATIOS
}
# IQM with ReDo at replay ratio 2, without it there, and without it at 0.5.
_PUBLISHED = {
    ONE_STEP: (0.54, 0.09, 0.47),
    THREE_STEPS: (0.57, 0.34, 0.69),
    RESIDUAL: (0.53, 0.22, 0.78),
}
_NAMES = {ONE_STEP: "one_step", THREE_STEPS: "three_steps", RESIDUAL: "residual"}


def _claims(setting: str) -> tuple[Claim, Claim]:
    """At the highest ratio ReDo gains; over all ratios its advantage grows."""
    highest = {method: CONDITIONS[setting, method, RATIOS[-1]].name for method in METHODS}
    with_it, without, at_half = _PUBLISHED[setting]
    return (
        Claim(
            name=f"redo_gains_at_high_replay_{_NAMES[setting]}",
            figure="fig10",
            statement=f"{setting}: at replay ratio {RATIOS[-1]:g} ReDo scores more.",
            estimator="difference_of_scores",
            arguments={"higher": highest["DQN+ReDo"], "lower": highest["DQN"]},
            published=(
                f"Figure 10: IQM over 17 games {with_it:.2f} with and {without:.2f} without ReDo."
            ),
        ),
        Claim(
            name=f"high_replay_costs_score_{_NAMES[setting]}",
            figure="fig10",
            statement=(
                f"{setting}: without ReDo the score falls from replay ratio 0.5 to {RATIOS[-1]:g}."
            ),
            estimator="difference_of_scores",
            arguments={
                "higher": CONDITIONS[setting, "DQN", 0.5].name,
                "lower": highest["DQN"],
            },
            published=f"Figure 10: from {at_half:.2f} to {without:.2f}.",
        ),
    )


CLAIMS = tuple(claim for setting in SETTINGS for claim in _claims(setting))


def plain_run(preset: Preset, setting: str, game: str, seed: int, ratio: float) -> RunSpec:
    """DQN in one of the settings; that of Figures 1, 12 and 13 where the numbers agree."""
    run = preset.score_sweep_run(game, seed, ratio)
    if setting == THREE_STEPS:
        return replaced(run, {"agent.n_step": 3})
    if setting == RESIDUAL:
        return replaced(run, {"network": NetworkSpec("impala", preset.residual_width)})
    return run


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """All settings at all replay ratios, without and with ReDo."""
    found = []
    for (setting, method, ratio), condition in CONDITIONS.items():
        run = plain_run(preset, setting, game, seed, ratio)
        if method == "DQN+ReDo":
            default = setting == ONE_STEP and ratio == 0.25
            run = with_redo(run, preset, TAU_LOW_REPLAY if default else TAU_HIGH_REPLAY)
        columns = {"setting": setting, "method": method, "replay_ratio": ratio}
        found.append(Run(condition, run, columns))
    return found


EXPERIMENT = Experiment(
    name="redo_replay_ratio",
    title="ReDo at higher replay ratios, with longer returns and with a residual network",
    figures=("fig10",),
    games=ALL_GAMES,
    conditions=tuple(CONDITIONS.values()),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: with_redo(
        preset.score_sweep_run(ALL_GAMES[0], 0, 1.0), preset, TAU_HIGH_REPLAY
    ),
)
