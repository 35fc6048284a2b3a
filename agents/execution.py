"""How a run is executed on a device. Nothing here may change results beyond rounding."""

from collections.abc import Callable
import dataclasses

import jax
from jaxtyping import PyTree
import numpy as np

# Compiler options for what runs once: with optimisation XLA compiles random bits ten times as
# long (5.6 against 0.55 CPU seconds for the parameters of one network).
IN_A_HURRY = {"xla_backend_optimization_level": 0}


@dataclasses.dataclass(frozen=True)
class Execution:
    """Ways to run the same computation.

    Attributes:
      fuse_updates: run a group of updates as one `lax.scan` instead of one call each.
    """

    fuse_updates: bool


def plan_execution(platform: str | None = None) -> Execution:
    """The fastest measured way on `platform` ("cpu", "gpu", "tpu"; None asks JAX).

    On a CPU, XLA runs convolutions inside a loop 6-7 times slower than outside, so every
    update is a call of its own; an accelerator saves the calls.
    """
    platform = platform or jax.default_backend()
    return Execution(fuse_updates=platform != "cpu")


def compile_updates(
    update: Callable[[PyTree, PyTree], tuple[PyTree, dict[str, jax.Array]]], execution: Execution
) -> Callable[[PyTree, PyTree], tuple[PyTree, dict[str, PyTree]]]:
    """A group of updates as one function.

    Args:
      update: (state, batch) -> state, metrics; one gradient step.
      execution: one compiled loop over the group, or one call each.

    Returns:
      (state, batches with a leading axis of updates) -> state, metrics (updates,). Where each
      update is a call of its own, the state's buffers are given up to the new state's.
    """
    if execution.fuse_updates:
        return jax.jit(lambda state, batches: jax.lax.scan(update, state, batches))
    update_one = jax.jit(update, donate_argnums=0)

    def update_one_by_one(state: PyTree, batches: PyTree):
        steps = []
        for index in range(len(jax.tree.leaves(batches)[0])):
            batch = jax.tree.map(lambda column, index=index: column[index], batches)
            state, metrics = update_one(state, batch)
            steps.append(metrics)
        steps = jax.device_get(steps)
        return state, {name: np.stack([m[name] for m in steps]) for name in steps[0]}

    return update_one_by_one
