"""A folder in the form of CIFAR-10's binary version, small and random but for one thing.

The mean brightness of an image tells its label, so that a network can learn something.
"""

from pathlib import Path

import numpy as np

FILES = tuple(f"data_batch_{number}.bin" for number in range(1, 6))


def write_folder(folder: Path, images_per_file: int = 100, seed: int = 0) -> np.ndarray:
    """Writes all five files and returns their records (images, 3073), in the files' order."""
    rng = np.random.default_rng(seed)
    count = images_per_file * len(FILES)
    labels = rng.integers(0, 10, count)
    pixels = rng.integers(0, 60, (count, 3072)) + 20 * labels[:, None]
    records = np.concatenate([labels[:, None], pixels], axis=1).astype(np.uint8)
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in zip(FILES, np.split(records, len(FILES)), strict=True):
        (folder / name).write_bytes(part.tobytes())
    return records
