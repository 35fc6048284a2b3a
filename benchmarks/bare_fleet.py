"""A program that times the updates of a fleet by themselves, on batches that are always there.

A request is a number of seconds; the answer is how many updates were done per second, those of
all members counted.
"""

from collections.abc import Callable
import dataclasses
import json
import sys
import time
from typing import Any

import jax
import numpy as np

from agents.dqn.training import build_fleet
from agents.fleet.execution import Execution
from agents.networks.convolution import Convolution
from agents.replay.ring import Batch
from agents.spec import RunSpec
from benchmarks.processes import respond

_NUM_ACTIONS = 6


def random_batches(spec: RunSpec, members: int, updates: int, seed: int = 0) -> Batch:
    """Made-up transitions on the device, with leading axes (members, updates)."""
    rng = np.random.default_rng(seed)
    task, agent = spec.task, spec.agent
    lead = (members, updates, agent.batch_size)
    frames = (task.frame_stack + agent.n_step, task.frame_size_px, task.frame_size_px)
    batch = Batch(
        frames=rng.integers(0, 256, (*lead, *frames), dtype=np.uint8),
        a_tm1=rng.integers(0, _NUM_ACTIONS, lead, dtype=np.int32),
        r_t=rng.choice(np.float32([-1, 0, 1]), lead),
        discount_t=rng.choice(np.float32([0, 0.99]), lead, p=[0.1, 0.9]),
    )
    return jax.device_put(batch)


def build(
    spec: RunSpec, members: int, convolution: Convolution, fuse_updates: bool
) -> tuple[Any, Callable[[Any, Batch], tuple[Any, dict[str, Any]]]]:
    """State of a fleet that differs in seeds, and its compiled updates."""
    specs = [dataclasses.replace(spec, seed=seed) for seed in range(members)]
    execution = Execution(fuse_updates, convolution=convolution)
    fleet = build_fleet(specs, [_NUM_ACTIONS] * members, execution)
    return fleet.begin([None] * members), lambda state, batches: fleet.update(state, batches, 0)


def main(
    spec: dict[str, Any],
    members: int,
    convolution: Convolution,
    precision: str = "default",
    fuse_updates: bool = True,
) -> None:
    """Updates until the parent has measured enough.

    Args:
      spec: the run, as `RunSpec.to_dict` writes it.
      members: of the fleet.
      convolution: how convolutions are computed.
      precision: of products of matrices, as `jax.default_matmul_precision` names it.
      fuse_updates: a group of updates in one compiled loop.
    """
    with jax.default_matmul_precision(precision):
        run = RunSpec.from_dict(spec)
        group = run.agent.updates_per_period
        state, update = build(run, members, convolution, fuse_updates)
        batches = random_batches(run, members, group)
        state, metrics = update(state, batches)
        jax.block_until_ready(state)
        answer = None
        while True:
            window_s = respond(answer)
            groups, started = 0, time.perf_counter()
            while time.perf_counter() - started < window_s:
                state, metrics = update(state, batches)
                jax.block_until_ready((state, metrics))
                groups += 1
            answer = groups * group * members / (time.perf_counter() - started)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
