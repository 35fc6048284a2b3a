"""Which neurons are recycled matters (paper, Figures 15 and 25).

The paper recycles, every 1,000 gradient steps, a share of every layer that falls from 0.1 to 0
along a cosine, and compares how these neurons are chosen: those with the lowest scores (ReDo),
those with the highest (inverse), random ones (Figure 15), and those with the lowest utility of
continual backprop (Dohare et al. 2021; Figure 25). Replay ratio and layers are not stated there;
these are runs of 10M frames, as in the figures, at replay ratio 1, and the share is that of every
layer, as in the official code. Where more neurons than that are silent, chance decides among them;
the official code recycles all, which the option `ties` does.
"""

from typing import Literal

from experiments.conditions import GREEN, ORANGE, SKY, VERMILION, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ANALYSED_GAMES
from experiments.presets.preset import Preset
from experiments.treatments import with_scheduled_recycling

_TREATMENT = (
    "Every {run.intervention.period_gradient_steps:,} gradient steps a share of every layer is "
    "recycled, which falls from {run.intervention.share:g} to 0: "
)
LOWEST = Condition(
    "lowest scores",
    published_as="ReDo",
    treatment=_TREATMENT + "the neurons with the lowest scores.",
    colour=VERMILION,
)
RANDOM = Condition(
    "random neurons",
    published_as="Random",
    treatment=_TREATMENT + "random neurons.",
    colour=SKY,
)
HIGHEST = Condition(
    "highest scores",
    published_as="Inverse ReDo",
    treatment=_TREATMENT + "the neurons with the highest scores.",
    colour=GREEN,
)
UTILITY = Condition(
    "lowest utility",
    published_as="CBP utility",
    treatment=_TREATMENT + "the neurons with the lowest utility of continual backprop.",
    colour=ORANGE,
)
# Condition -> how its neurons are chosen, and by which number.
STRATEGIES = {
    LOWEST: ("lowest", "activation"),
    RANDOM: ("random", "activation"),
    HIGHEST: ("highest", "activation"),
    UTILITY: ("lowest", "utility"),
}
_SECONDARY = "known from a secondary source that read it off the figure"

CLAIMS = (
    Claim(
        name="low_scores_beat_random",
        figure="fig15",
        statement="Recycling neurons with the lowest scores gives more return than random ones.",
        estimator="difference_of_conditions",
        arguments={
            "measure": "human_normalised_return",
            "higher": LOWEST.name,
            "lower": RANDOM.name,
            "last_part": 0.0,
        },
        published=(
            "Figure 15: returns of about 3,500 against 500 on DemonAttack and 2,200 against 500 on "
            f"Asterix after 10M frames ({_SECONDARY})."
        ),
    ),
    Claim(
        name="low_scores_beat_high_scores",
        figure="fig15",
        statement="Recycling neurons with the lowest scores gives more return than the highest.",
        estimator="difference_of_conditions",
        arguments={
            "measure": "human_normalised_return",
            "higher": LOWEST.name,
            "lower": HIGHEST.name,
            "last_part": 0.0,
        },
        published=(
            "Figure 15: returns of about 3,500 against 0 on DemonAttack and 2,200 against 500 on "
            f"Asterix after 10M frames ({_SECONDARY})."
        ),
    ),
    Claim(
        name="scores_no_worse_than_utility",
        figure="fig25",
        statement=(
            "Choosing by ReDo's score gives no less return than by continual backprop's utility, "
            "but for 10 %."
        ),
        estimator="not_lower_than",
        arguments={
            "measure": "human_normalised_return",
            "candidate": LOWEST.name,
            "reference": UTILITY.name,
            "margin": 0.1,
        },
        published=(
            "Figure 25: nearly the same on Asterix, ReDo's score ahead on DemonAttack (known from "
            "a secondary source, without numbers)."
        ),
    ),
)


def runs_of(
    preset: Preset,
    game: str,
    seed: int,
    share: Literal["0.1", "0.3"] = "0.1",
    ties: Literal["exact", "threshold"] = "exact",
) -> list[Run]:
    """All strategies side by side.

    The official code has a share of 0.3, and recycles by "threshold" (see `InterventionSpec.ties`).
    """
    plain = preset.high_replay_run(game, seed)
    return [
        Run(
            condition,
            with_scheduled_recycling(plain, preset, float(share), select, score, ties),
        )
        for condition, (select, score) in STRATEGIES.items()
    ]


EXPERIMENT = Experiment(
    name="recycling_strategies",
    title="Which neurons are recycled",
    figures=("fig15", "fig25"),
    games=ANALYSED_GAMES,
    conditions=tuple(STRATEGIES),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: runs_of(preset, ANALYSED_GAMES[0], 0)[0].spec,
    options={"share": ("0.1", "0.3"), "ties": ("exact", "threshold")},
)
