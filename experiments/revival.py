"""Who wakes up? The risk of waking by the time spent asleep.

The question: dormant neurons wake again; is it always the same light sleepers, or does everyone
have the same chance at any time?

Design. Nothing is trained: the runs are those of Figures 2 and 5 (unmodified DQN). Counted is, for
every neuron that is dormant at a log (tau = 0), how many logs in a row it was so, and whether it is
awake at the next. Varied is the time asleep; held is everything else.

The claim's direction was stated before looking: the risk of waking is lower after five or more
logs asleep than after one.

What else could explain it: neurons differ, so that those that sleep long are the ones that never
had a chance, without anyone's chance falling; and long sleeps lie late in training, when
exploration has ended. Both make the risk fall over time asleep; neither is told apart here.

What it says about the paper: its Figure 5 shows that dormant sets overlap more and more. A falling
risk says that this is a core of deep sleepers and that the rest is flicker at the threshold.

What wakes a neuron, new weights or new inputs, needs parameters and probe batches of several
logs, which runs do not keep; it is not answered here.
"""

from experiments import prevalence
from experiments.experiment import Claim, Experiment

CLAIMS = (
    Claim(
        name="the_longer_asleep_the_deeper",
        figure="question_revival",
        statement=(
            "A neuron that has been dormant for five logs or more is less likely to be awake at "
            "the next than one that has been so for one."
        ),
        estimator="hazard_falls",
        arguments={"tau": 0.0, "short_logs": 1, "long_logs": 5},
        published="not in the paper (Figure 5: dormant sets overlap more and more)",
    ),
)

EXPERIMENT = Experiment(
    name="revival",
    title="Who wakes up? The risk of waking by the time asleep",
    figures=("question_revival",),
    games=prevalence.EXPERIMENT.games,
    conditions=prevalence.EXPERIMENT.conditions,
    runs=prevalence.runs,
    claims=CLAIMS,
)
