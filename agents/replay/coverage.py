"""How many different situations a replay holds."""

import numpy as np

# A frame is seen in this many blocks along each axis and in this many shades.
_BLOCKS, _SHADES = 7, 8


def distinct_share(frames: np.ndarray) -> float:
    """Share of frames that differ from all others when they are seen coarsely.

    Seen exactly, hardly two frames of a game are the same, and a moving cloud makes a new one.
    Here every frame is reduced to 7x7 blocks in 8 shades, as the cells of Go-Explore (Ecoffet et
    al. 2019) are to 11x8 blocks in 8 shades.

    Args:
      frames: (n, height, width) uint8, one at least.

    Returns:
      Number of different cells over n: from 1/n, where all are in one cell, to 1.
    """
    height, width = frames.shape[1:]
    rows, columns = min(height, _BLOCKS), min(width, _BLOCKS)
    tall, wide = height // rows, width // columns
    seen = frames[:, : rows * tall, : columns * wide].reshape(
        len(frames), rows, tall, columns, wide
    )
    shades = (seen.mean(axis=(2, 4)) * _SHADES / 256).astype(np.uint8)
    return len(np.unique(shades.reshape(len(frames), -1), axis=0)) / len(frames)
