"""Who wakes up, and why? The risk of waking by the time asleep, and what woke the neuron.

The questions: dormant neurons wake again; is it always the same light sleepers, or does everyone
have the same chance at any time? And is it their new weights that wake them, or the new inputs?

Design. The runs are DQN of Figure 2 with one thing more recorded, which changes nothing else: every
log also scores the new network on the inputs of the log before, and the old network on those of
now (`agents.crossing`). Counted is, for every neuron that is dormant at a log (tau = 0), how many
logs in a row it was so, and whether it is awake at the next; and for those that are, whether they
already answer to the old inputs with the new weights, or to the new inputs with the old
weights. Varied are the time asleep, and weights or inputs; held is everything else.

The claims' direction was stated before looking: the risk of waking is lower after five or more
logs asleep than after one; more neurons are woken by their weights alone than by the inputs
alone; and the new weights suffice for more than half of the awakenings.

What else could explain it: neurons differ, so that those that sleep long are the ones that never
had a chance, without anyone's chance falling; and long sleeps lie late in training, when
exploration has ended. Both make the risk fall over time asleep; neither is told apart here. That
inputs wake a neuron may be chance as well: two probe batches differ although the replay is nearly
the same, and a larger batch has fewer silent neurons. And new weights are all weights: those of the
layers before a neuron, which change what it gets to see, count as weights here.

What it says about the paper: its Figure 5 shows that dormant sets overlap more and more. A falling
risk says that this is a core of deep sleepers and that the rest is flicker at the threshold. If
inputs wake most of the others, "dormant" is a word about a batch; if weights do, learning itself
revives neurons, without anyone's recycling.
"""

from experiments import prevalence
from experiments.conditions import DQN
from experiments.experiment import Claim, Experiment, Run
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset
from experiments.storing.schema import NOT_IN_THE_PAPER

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
        published=f"{NOT_IN_THE_PAPER} (Figure 5: dormant sets overlap more and more)",
    ),
    Claim(
        name="weights_wake_more_than_inputs",
        figure="question_revival",
        statement="More neurons are woken by new weights alone than by new inputs alone.",
        estimator="share_of_awakenings",
        arguments={"tau": 0.0, "more": ["weights"], "less": ["inputs"]},
        published=NOT_IN_THE_PAPER,
    ),
    Claim(
        name="weights_suffice_to_wake",
        figure="question_revival",
        statement="For more than half of the awakenings the new weights suffice.",
        estimator="share_of_awakenings",
        arguments={"tau": 0.0, "more": ["weights", "either"], "threshold": 50.0},
        published=NOT_IN_THE_PAPER,
    ),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """The run of Figure 2 with crossed probes."""
    return [Run(DQN, replaced(preset.run(game, seed), {"schedule.crossed_probes": True}))]


EXPERIMENT = Experiment(
    name="revival",
    title="Who wakes up, and what wakes them?",
    figures=("question_revival",),
    games=prevalence.EXPERIMENT.games,
    conditions=prevalence.EXPERIMENT.conditions,
    runs_of=runs_of,
    claims=CLAIMS,
)
