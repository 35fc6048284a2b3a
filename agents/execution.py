"""How a run is executed on a device. Nothing here may change results beyond rounding."""

import dataclasses

import jax

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
