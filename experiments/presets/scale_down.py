"""What a run changes of the published one, for captions."""

from collections.abc import Iterator
import dataclasses
from typing import Any

from agents.identity import Spec

# What a reader of a caption understands. A field that is missing here shows its own name.
_LABELS = {
    "frame_size_px": "frame size (pixels)",
    "sticky_action_probability": "sticky action probability",
    "width": "network width",
    "learning_rate": "learning rate",
    "adam_epsilon": "Adam epsilon",
    "replay_ratio": "replay ratio (gradient steps per agent step)",
    "update_period_agent_steps": "update period (agent steps)",
    "target_period_gradient_steps": "target period (gradient steps)",
    "replay_capacity_transitions": "replay capacity (transitions)",
    "min_replay_agent_steps": "random agent steps before learning",
    "epsilon_decay_agent_steps": "epsilon decay (agent steps)",
    "intervention.period_gradient_steps": "intervention period (gradient steps)",
    "intervention.probe_batch_size": "intervention's probe batch (transitions)",
    "eval_agent_steps": "evaluation phase (agent steps)",
    "log_period_gradient_steps": "log period (gradient steps)",
    "schedule.probe_batch_size": "probe batch (transitions)",
    "probe_batch_size": "probe batch (transitions)",
    "probe_images": "probe images",
    "training_images": "training images",
    "shuffle_period_epochs": "epochs between shuffles",
    "batch_size": "batch size",
    "data": "agent steps of the run that left the data",
    "teacher": "agent steps of the teacher",
    "student": "agent steps of the pretrained student",
}
# Told better by the totals below, or not a matter of scale.
_LEFT_OUT = {
    "game",
    "seed",
    "version",
    "start",
    "targets",
    "iterations",
    "agent_steps_per_iteration",
    "gradient_steps_per_iteration",
    "gradient_steps",
    "checkpoint_period_gradient_steps",
    "checkpoint_period_epochs",
    "clock_offset_gradient_steps",
    "end_gradient_step",
    "buffers_in_memory",
}


def scale_down(ours: Spec, papers: Spec) -> list[list[str]]:
    """What a run changes of the published one, as rows `[field, ours, paper's]` to print."""
    rows = {"gradient steps per run": [ours.total_gradient_steps, papers.total_gradient_steps]}
    if papers.total_agent_steps != papers.total_gradient_steps:
        steps = [ours.total_agent_steps, papers.total_agent_steps]
        rows = {"agent steps per run": steps} | rows
    published = dict(_leaves(papers))
    for path, value in _leaves(ours):
        name = path.rpartition(".")[2]
        if name not in _LEFT_OUT:
            label = _LABELS.get(path, _LABELS.get(name, name.replace("_", " ")))
            rows[label] = [value, published[path]]
    return [[label, _text(a), _text(b)] for label, (a, b) in rows.items() if a != b]


def _leaves(spec: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(spec):
        value = getattr(spec, field.name)
        path = prefix + field.name
        if isinstance(value, Spec):
            # Of a run that another one learns from, what the other inherits.
            yield path, value.total_agent_steps
            yield from _leaves(value.task, "task.")
        elif dataclasses.is_dataclass(value):
            yield from _leaves(value, path + ".")
        else:
            yield path, value


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
