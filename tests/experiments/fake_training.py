"""A trainer that costs nothing: deterministic, resumable, of the real one's interface."""

from collections.abc import Iterator
import dataclasses
from pathlib import Path

import numpy as np

from agents.events import Border, Event, Log, Progress, Snapshot
from agents.measuring import ACTIVATION
from agents.spec import AtariTask, DQNSpec, NetworkSpec, RunSpec, ScheduleSpec

SPEC = RunSpec(
    task=AtariTask(game="Asterix", frame_size_px=8),
    network=NetworkSpec(width=0.25),
    agent=DQNSpec(replay_capacity_transitions=64, min_replay_agent_steps=20),
    schedule=ScheduleSpec(iterations=3, agent_steps_per_iteration=16, log_period_gradient_steps=2),
    seed=3,
)


def with_seed(seed: int) -> RunSpec:
    return dataclasses.replace(SPEC, seed=seed)


def fake_train(
    spec: RunSpec, resume: Snapshot | None = None, runs: Path | None = None
) -> Iterator[Event]:
    """A walk whose next step depends on all earlier ones, so that a wrong resume shows."""
    schedule, agent = spec.schedule, spec.agent
    value = np.float64(spec.seed) if resume is None else resume.state["value"]
    step = 0 if resume is None else resume.agent_step
    updates = 0 if resume is None else resume.gradient_step
    saved = step

    def snapshot() -> Snapshot:
        nonlocal saved
        columns, saved = replay_columns(spec, saved, step), step
        return Snapshot(step, updates, {"value": np.array(value)}, columns)

    while step < spec.total_agent_steps:
        step += 1
        value = np.sin(value * 12.9898 + step)
        if step > agent.min_replay_agent_steps and step % agent.update_period_agent_steps == 0:
            updates += 1
            yield Progress(step, updates)
            if updates % schedule.log_period_gradient_steps == 0:
                neurons = {
                    "Conv_0": {ACTIVATION: np.full(2, value, np.float32)},
                    "Dense_0": {ACTIVATION: np.arange(3, dtype=np.float32) * value},
                }
                metrics = {
                    "td_loss": float(value),
                    "dormant_fraction_tau_0": 0.25,
                    "dormant_fraction_tau_0/Dense_0": 0.5,
                }
                yield Log(step, updates, metrics, neurons)
            if step % schedule.agent_steps_per_iteration:
                yield Border(step, updates, snapshot=snapshot)
        if step % schedule.agent_steps_per_iteration == 0:
            yield Log(step, updates, {"eval_return_mean": float(value)}, {})
            yield snapshot()


def replay_columns(spec: RunSpec, first_step: int, end: int) -> dict[str, np.ndarray]:
    """What a ring would report of the agent steps from `first_step` on, up to `end`."""
    length, size = spec.schedule.agent_steps_per_iteration, spec.task.frame_size_px
    steps = np.arange(first_step, end)
    count = len(steps)
    return {
        "frame": np.zeros((count, size, size), np.uint8),
        "action": np.zeros(count, np.uint8),
        "reward": np.zeros(count, np.float32),
        "terminal": np.zeros(count, bool),
        "truncated": steps % length == length - 1,
        "first_step": np.array(first_step, np.int64),
        "oldest_step": np.array(0, np.int64),
    }
