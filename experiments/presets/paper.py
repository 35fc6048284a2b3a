"""The published settings: what a preset does not mention is the paper's."""

from agents.spec import RunSpec
from experiments.presets.preset import Preset

PAPER = Preset(
    name="paper",
    purpose="the published settings; meant for an accelerator",
    seed_count=5,
    atari=RunSpec(),
    comparison_iterations=40,
    sweep_iterations=40,
    high_replay_iterations=10,
    target_copy="after",
)
