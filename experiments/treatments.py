"""What the paper does about dormancy, as interventions on the preset's runs."""

import math

from agents.identity import Spec
from agents.spec import InterventionSpec, RunSpec
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset

# The thresholds of the paper's ReDo: at replay ratio 0.25, and at higher ones.
TAU_LOW_REPLAY = 0.025
TAU_HIGH_REPLAY = 0.1
# The best of 1e-6, 1e-5, 1e-4 and 1e-3 in the paper.
WEIGHT_DECAY = 1e-5


def with_redo(run: RunSpec, preset: Preset, tau: float, times: float = 1.0) -> RunSpec:
    """The run with ReDo (paper, Algorithm 1), every so many times the preset's period.

    It goes on to the end of the run, as the algorithm does. The official configurations end it
    (`BaseRecycler.reset_end_step`) at gradient step 2,500,000 for DQN, which is the length of the
    paper's runs up to replay ratio 1 and half of those at 2, and at 400,000 for DrQ(epsilon), the
    length at replay ratio 1. The setting `intervention.end_gradient_step` does the same.
    """
    period = recycling_period(run, preset, times)
    recycling = InterventionSpec(kind="redo", tau=tau, period_gradient_steps=period)
    return preset.treated(run, recycling)


def recycling_period(run: RunSpec, preset: Preset, times: float = 1.0) -> int:
    """Gradient steps between two recyclings: so many times what the preset has.

    They are done in groups, and recycling comes between two of them: where the preset's period
    is no multiple of a group, it is the next one. The published one always is.
    """
    group = run.agent.updates_per_period
    return math.ceil(times * preset.redo_period_gradient_steps / group) * group


def with_scheduled_recycling(
    run: RunSpec,
    preset: Preset,
    share: float,
    select: str = "lowest",
    score: str = "activation",
    ties: str = "exact",
) -> RunSpec:
    """The run in which a share of every layer is recycled that falls to 0 with the run's end.

    The paper's Figures 15 and 25 compare which neurons these are. Their clock is the official
    code's, which counts the warm-up too.
    """
    warm_up = round(run.agent.min_replay_agent_steps * run.agent.replay_ratio)
    recycling = InterventionSpec(
        kind="redo",
        select=select,
        score=score,
        share=share,
        ties=ties,
        tau=TAU_HIGH_REPLAY,
        period_gradient_steps=recycling_period(run, preset),
        clock_offset_gradient_steps=warm_up,
        end_gradient_step=warm_up + run.total_gradient_steps,
    )
    return preset.treated(run, recycling)


def with_resets(run: RunSpec, preset: Preset) -> RunSpec:
    """The run with resets of its penultimate layer.

    They follow the official code's clock, which counts the warm-up too, and end with the run:
    the published curve's saw teeth come from resets at the very end of every second iteration,
    just before its evaluation.
    """
    warm_up = round(run.agent.min_replay_agent_steps * run.agent.replay_ratio)
    resets = InterventionSpec(
        kind="reset",
        period_gradient_steps=preset.reset_period_gradient_steps,
        clock_offset_gradient_steps=warm_up,
        end_gradient_step=warm_up + run.total_gradient_steps,
    )
    return preset.treated(run, resets)


def with_weight_decay(run: Spec) -> Spec:
    """The run with L2 regularisation, added to the gradient before Adam."""
    return replaced(run, {"agent.weight_decay": WEIGHT_DECAY})


def with_pruning(run: RunSpec, preset: Preset) -> RunSpec:
    """The run without its dormant neurons.

    How the paper pruned is not published. Here those that are silent (tau 0) are removed
    after every log, judged by another batch of the same size: some of them were awake in the log.
    """
    schedule = run.schedule
    pruning = InterventionSpec(
        kind="prune",
        tau=0.0,
        period_gradient_steps=schedule.log_period_gradient_steps,
        probe_batch_size=schedule.probe_batch_size,
    )
    return preset.treated(run, pruning)
