"""Dormant neurons tend to stay dormant (paper, Figure 5).

The paper's Figure 5 shows the overlap coefficient between the sets of dormant neurons (tau 0)
of the penultimate layer over time, in the runs of Figure 2. After an early dip it rises: the
neurons that are dormant now are more and more the ones that were dormant before. Before is the
log before; the paper does not say which set it means (see `dormancy.overlap`). A high overlap
alone could be chance where most neurons are dormant, so that it is also compared with that of
two random sets of the same sizes.
"""

from experiments import prevalence
from experiments.experiment import Claim, Experiment

CLAIMS = (
    Claim(
        name="overlap_rises",
        figure="fig5",
        statement="The overlap of dormant sets rises after its early minimum.",
        estimator="slope_after_minimum",
        arguments={"measure": "overlap", "tau": 0.0, "definition": "consecutive"},
        published=(
            "Figure 5: from 26 % at 1.7M gradient steps to 68 % at 6.3M (DemonAttack), from 28 % "
            "at 0.5M to 80 % at 6.3M (Asterix)."
        ),
    ),
    Claim(
        name="overlap_above_chance",
        figure="fig5",
        statement="In the last quarter dormant neurons were dormant before, too, beyond chance.",
        estimator="overlap_above_chance",
        arguments={"tau": 0.0, "definition": "consecutive"},
        published="Figure 5 ends at 68 % (DemonAttack) and 80 % (Asterix); chance is not given.",
    ),
)

EXPERIMENT = Experiment(
    name="overlap",
    title="Dormant neurons remain dormant",
    figures=("fig5",),
    games=prevalence.EXPERIMENT.games,
    conditions=prevalence.EXPERIMENT.conditions,
    runs_of=prevalence.runs_of,
    claims=CLAIMS,
)
