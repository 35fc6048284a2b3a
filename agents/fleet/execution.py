"""How a run is executed on a device. Nothing here may change results beyond rounding."""

import dataclasses

import jax

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


def plan_execution(members: int) -> Execution:
    """The fastest way known.

    On a CPU, XLA runs convolutions inside a loop many times slower than outside
    (`benchmarks.executions`), so every update is a call of its own; an accelerator saves the
    calls, and the way of the frames.

    Args:
      members: runs trained in step. Vectorised, native convolutions are grouped ones.
    """
    if jax.default_backend() == "cpu":
        return Execution(fuse_updates=False)
    convolution = "native" if members == 1 else "matmul"
    return Execution(fuse_updates=True, replay_on_device=True, convolution=convolution)
