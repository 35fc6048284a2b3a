"""Two ways to compute the same convolution, equal up to rounding.

"native" is XLA's own. When a fleet is vectorised, every member convolves with its own kernel,
which XLA turns into one grouped convolution; "matmul" cuts the inputs into patches instead, so
that a fleet's convolution is a batch of matrix products. On a CPU "native" is the faster one
for a single network (`benchmarks.executions`).
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Convolution = Literal["native", "matmul"]


def convolve_by_matmul(
    inputs: Float[Array, "batch height width channels"],
    kernel: Float[Array, "side side channels features"],
    strides: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
    **native_only: Any,
) -> Float[Array, "batch rows columns features"]:
    """A stand-in for `jax.lax.conv_general_dilated` in `flax.linen.Conv`.

    Args:
      inputs, kernel: as flax lays them out.
      strides: of the rows and of the columns.
      padding: as `jax.lax.conv_general_dilated` takes it.
      **native_only: its other arguments; dilation and groups are not supported.

    Raises:
      ValueError: dilation or groups are asked for.
    """
    dilations = (*native_only.get("lhs_dilation", ()), *native_only.get("rhs_dilation", ()))
    if set(dilations) - {1} or native_only.get("feature_group_count", 1) != 1:
        raise ValueError("Convolution by matrix product knows neither dilation nor groups.")
    side = kernel.shape[:2]
    if isinstance(padding, str):
        padding = jax.lax.padtype_to_pads(inputs.shape[1:3], side, strides, padding)
    padded = jnp.pad(inputs, ((0, 0), *padding, (0, 0)))
    rows, columns = (
        (size - width) // stride + 1
        for size, width, stride in zip(padded.shape[1:3], side, strides, strict=True)
    )
    # One strided view for each place in the kernel, in the order of the kernel's rows.
    shifted = [
        padded[
            :,
            row : row + (rows - 1) * strides[0] + 1 : strides[0],
            column : column + (columns - 1) * strides[1] + 1 : strides[1],
        ]
        for row in range(side[0])
        for column in range(side[1])
    ]
    patches = jnp.concatenate(shifted, axis=-1)
    return patches @ kernel.reshape(-1, kernel.shape[-1])


# None is flax's default.
CONVOLUTIONS: dict[str, Callable[..., Array] | None] = {
    "native": None,
    "matmul": convolve_by_matmul,
}
