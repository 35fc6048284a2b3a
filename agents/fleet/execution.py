"""How a run is executed on a device. Nothing here may change results beyond rounding."""

from collections.abc import Callable
import dataclasses

import jax
from jaxtyping import PyTree
import numpy as np

from agents.networks.convolution import Convolution

# Compiler options for what runs once: with optimisation XLA compiles random bits ten times as
# long (5.6 against 0.55 CPU seconds for the parameters of one network).
IN_A_HURRY = {"xla_backend_optimization_level": 0}


@dataclasses.dataclass(frozen=True)
class Execution:
    """Ways to run the same computation.

    Attributes:
      fuse_updates: run a group of updates as one `lax.scan` instead of one call each.
      replay_on_device: keep the frames of an online agent's replay in the device's memory.
      convolution: how the convolutions of online agents are computed.
    """

    fuse_updates: bool
    replay_on_device: bool = False
    convolution: Convolution = "native"


def plan_execution(platform: str | None = None, members: int = 1) -> Execution:
    """The fastest way known.

    On a CPU, XLA runs convolutions inside a loop many times slower than outside
    (`benchmarks.executions`), so every update is a call of its own; an accelerator saves the
    calls, and the way of the frames.

    Args:
      platform: "cpu", "gpu" or "tpu"; None asks JAX.
      members: runs trained in step. Vectorised, native convolutions are grouped ones.
    """
    platform = platform or jax.default_backend()
    if platform == "cpu":
        return Execution(fuse_updates=False)
    convolution = "native" if members == 1 else "matmul"
    return Execution(fuse_updates=True, replay_on_device=True, convolution=convolution)


def compile_updates(
    update: Callable[[PyTree, PyTree], tuple[PyTree, dict[str, jax.Array]]],
    execution: Execution,
    vectorised: bool = False,
) -> Callable[[PyTree, PyTree], tuple[PyTree, dict[str, PyTree]]]:
    """A group of updates as one function.

    Args:
      update: (state, batch) -> state, metrics; one gradient step.
      execution: one compiled loop over the group, or one call each.
      vectorised: for a fleet: states, batches and metrics have a leading axis of members.

    Returns:
      (state, batches with an axis of updates, after that of members) -> state, metrics
      (members, updates). The state's buffers are given up to the new state's.
    """
    over_members = jax.vmap if vectorised else lambda function: function
    if execution.fuse_updates:

        def update_fused(state: PyTree, batches: PyTree):
            return jax.lax.scan(update, state, batches)

        return jax.jit(over_members(update_fused), donate_argnums=0)

    update_one = jax.jit(over_members(update), donate_argnums=0)
    axis = 1 if vectorised else 0

    def update_one_by_one(state: PyTree, batches: PyTree):
        steps = []
        for index in range(jax.tree.leaves(batches)[0].shape[axis]):
            place = (slice(None), index) if vectorised else index
            batch = jax.tree.map(lambda column, place=place: column[place], batches)
            state, metrics = update_one(state, batch)
            steps.append(metrics)
        steps = jax.device_get(steps)
        return state, {name: np.stack([m[name] for m in steps], axis) for name in steps[0]}

    return update_one_by_one
