"""A convolution as space-to-depth, shifted copies and one matrix product.

XLA's CPU backend runs native convolutions inside `lax.scan` 6-7 times slower than outside,
while matrix products stay fast. This form has the same parameters and, up to float32
rounding, the same result, and can be passed to `flax.linen.Conv(conv_general_dilated=...)`.
"""

from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array, Float


def _pads(size: int, kernel: int, stride: int, padding) -> tuple[int, int]:
    if padding == "VALID":
        # Cropped to the part that the kernel covers.
        return 0, -((size - kernel) % stride)
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def convolve_as_patches(
    inputs: Float[Array, "batch height width channels"],
    kernel: Float[Array, "kernel_height kernel_width channels features"],
    window_strides: Sequence[int],
    padding: str,
    **unused,
) -> Float[Array, "batch out_height out_width features"]:
    """`jax.lax.conv_general_dilated` for NHWC inputs and HWIO kernels.

    Args:
      inputs: batch of feature maps.
      kernel: each side a multiple of its stride.
      window_strides: strides of the two space axes.
      padding: "SAME" or "VALID".
      **unused: what `flax.linen.Conv` passes besides; dilation and groups must be trivial.

    Raises:
      NotImplementedError: a configuration that this form does not cover.
    """
    sides = kernel.shape[:2]
    trivial = (
        all(d == 1 for d in (*unused.get("lhs_dilation", ()), *unused.get("rhs_dilation", ())))
        and unused.get("feature_group_count", 1) == 1
    )
    if not trivial or any(k % s for k, s in zip(sides, window_strides, strict=True)):
        raise NotImplementedError(
            "Only undilated, ungrouped kernels that are multiples of the stride."
        )
    if not isinstance(padding, str):
        raise NotImplementedError("Only 'SAME' and 'VALID' padding.")

    (kh, kw), (sh, sw) = sides, window_strides
    batch, height, width, channels = inputs.shape
    pad_h, pad_w = _pads(height, kh, sh, padding), _pads(width, kw, sw, padding)
    rows, columns = (height + sum(pad_h)) // sh, (width + sum(pad_w)) // sw
    inputs = inputs[:, : height + min(pad_h[1], 0), : width + min(pad_w[1], 0)]
    grow = ((0, 0), (pad_h[0], max(pad_h[1], 0)), (pad_w[0], max(pad_w[1], 0)), (0, 0))
    cells = jnp.pad(inputs, grow).reshape(batch, rows, sh, columns, sw, channels)
    cells = cells.transpose(0, 1, 3, 2, 4, 5).reshape(batch, rows, columns, sh * sw * channels)

    across, down = kw // sw, kh // sh
    out_rows, out_columns = rows - down + 1, columns - across + 1
    patches = jnp.concatenate(
        [
            cells[:, i : i + out_rows, j : j + out_columns]
            for i in range(down)
            for j in range(across)
        ],
        axis=-1,
    )
    matrix = kernel.reshape(down, sh, across, sw, channels, -1).transpose(0, 2, 1, 3, 4, 5)
    return patches @ matrix.reshape(kh * kw * channels, -1)
