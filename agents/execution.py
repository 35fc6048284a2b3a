"""How a run is executed on a device. Nothing here may change results beyond rounding."""

import dataclasses

import jax

from agents.networks import ConvolutionForm
from agents.spec import RunSpec

# Below this many input-pixels x width, patches + matmul inside one scan beat native
# convolutions on a CPU core (253 against 178 updates/s at 42x42 and quarter width; at
# 84x84 and full width it is 15 against 20).
_SMALL_NETWORK = 42 * 42 * 0.5


@dataclasses.dataclass(frozen=True)
class Execution:
    """Attributes:

    convolution: see `agents.networks`.
    fuse_updates: run a group of updates as one `lax.scan` instead of one call each.
    """

    convolution: ConvolutionForm
    fuse_updates: bool


def plan_execution(spec: RunSpec, platform: str | None = None) -> Execution:
    """The fastest measured way to run `spec` on `platform` ("cpu", "gpu", "tpu")."""
    platform = platform or jax.default_backend()
    if platform != "cpu":
        return Execution(convolution="native", fuse_updates=True)
    if spec.task.frame_size_px**2 * spec.network.width <= _SMALL_NETWORK:
        return Execution(convolution="patches", fuse_updates=True)
    return Execution(convolution="native", fuse_updates=False)
