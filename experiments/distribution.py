"""Is a share of dormant neurons a matter of silence, or of a few that are loud?

The question: when the share at tau = 0.1 rises, do neurons fall silent, or do a few dominant
neurons lift the layer's average away from the others?

Design. Nothing is trained: the runs are those of Figures 2 and 5 (unmodified DQN). Varied are
time and the threshold; held is everything else. A score is a neuron's activation over the
layer's average, so that the share is split exactly (`figures.curves.distribution`): neurons that
are dormant beside the average of the other 99 % too ("beyond dominance"), and neurons that are
dormant only because the most active 1 % (one neuron at the least) are in the average ("by
dominance").

The claims' direction was stated before looking: the second part rises more than the first.

What else could explain it: where to cut the "few" is a choice. A gradual spread of all activities
lifts the average without anyone who dominates; it counts as "beyond". In narrow networks one
neuron is far more than 1 % of a layer, which favours the claim; `top` of the picture varies it.

What it says about the paper: "dormant" suggests silence. If the claim holds, the share at 0.1 also
measures how unequal a layer is, and a rise is no proof that neurons stopped taking part.
"""

from experiments import prevalence
from experiments.experiment import Claim, Experiment
from experiments.storing.schema import NOT_IN_THE_PAPER

_SHARE = {"measure": "dormant_share", "tau": 0.1}

CLAIMS = (
    Claim(
        name="share_at_a_tenth_rises",
        figure="question_distribution",
        statement=(
            "The share of neurons dormant at a tenth of the average rises after its early minimum."
        ),
        estimator="slope_after_minimum",
        arguments=dict(_SHARE),
        published=f"{NOT_IN_THE_PAPER} at this threshold (Figure 2: at tau 0 it rises)",
    ),
    Claim(
        name="the_rise_is_dominance",
        figure="question_distribution",
        statement=(
            "From that minimum on, neurons that are dormant only beside the most active 1 % become "
            "more by more than neurons that are dormant beside the others, too."
        ),
        estimator="slope_after_minimum",
        arguments={"measure": "dominance_over_silence", "tau": 0.1, "located_on": _SHARE},
        published=NOT_IN_THE_PAPER,
    ),
    Claim(
        name="few_neurons_hold_more",
        figure="question_distribution",
        statement=(
            "From that minimum on, the most active 1 % of the penultimate layer hold a growing "
            "part of its activation."
        ),
        estimator="slope_after_minimum",
        arguments={"measure": "top_share", "top": 0.01, "located_on": _SHARE},
        published=NOT_IN_THE_PAPER,
    ),
)

EXPERIMENT = Experiment(
    name="distribution",
    title="Silent neurons or dominant ones? The whole distribution of scores",
    figures=("question_distribution",),
    games=prevalence.EXPERIMENT.games,
    conditions=prevalence.EXPERIMENT.conditions,
    runs_of=prevalence.runs_of,
    claims=CLAIMS,
)
