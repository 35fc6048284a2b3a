"""The training images of CIFAR-10, from its binary version (no pickle involved).

Five files data_batch_1.bin to data_batch_5.bin of 3,073-byte records: the label, then the
image's red, green and blue plane, 32 x 32 bytes each. They are read from the folder that the
environment variable DORMANT_CIFAR10 names. Without it, a folder in the user's cache is used,
and filled from the authors' archive at the first need: see `agents.supervised.cifar10_download`.

Reference:
  Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images".
"""

import os
from pathlib import Path

from jaxtyping import UInt8
import numpy as np

from agents.errors import UserError
from agents.supervised.cifar10_download import download_into

FOLDER_SETTING = "DORMANT_CIFAR10"
FILES = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
CLASSES = 10
IMAGE_SHAPE = (32, 32, 3)
_PLANES_SHAPE = (3, 32, 32)
_RECORD_BYTES = 1 + 3 * 32 * 32


def load_training_images(
    count: int,
) -> tuple[UInt8[np.ndarray, "count 32 32 3"], UInt8[np.ndarray, " count"]]:
    """The first `count` training images and their labels, downloaded if there is no other way.

    Raises:
      UserError: the files are missing, damaged or too few, or cannot be downloaded.
    """
    chosen = os.environ.get(FOLDER_SETTING)
    if chosen:
        return read_training_images(Path(chosen), count)
    folder = cache_folder()
    if not folder.is_dir():
        download_into(folder)
    return read_training_images(folder, count)


def cache_folder() -> Path:
    """Where a downloaded copy is kept; it need not exist yet."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "dormant-neurons" / "cifar-10-batches-bin"


def read_training_images(
    folder: Path, count: int
) -> tuple[UInt8[np.ndarray, "count 32 32 3"], UInt8[np.ndarray, " count"]]:
    """The first `count` training images of a folder, in the order of its files, with labels.

    The form of the files is checked, not their content: a folder of one's own may hold other
    images than the published ones. Downloads are checked byte for byte.

    Raises:
      UserError: a file is missing or has not this form, or there are fewer images.
    """
    blocks: list[np.ndarray] = []
    for name in FILES:
        if sum(map(len, blocks)) < count:
            blocks.append(_read_records(folder / name))
    records = np.concatenate(blocks)[:count]
    if len(records) < count:
        raise UserError(
            f"{folder} holds {len(records):,} training images, fewer than the {count:,} asked for; "
            "use the whole CIFAR-10 training set."
        )
    planes = records[:, 1:].reshape(count, *_PLANES_SHAPE)
    return np.ascontiguousarray(np.moveaxis(planes, 1, -1)), records[:, 0].copy()


def _read_records(path: Path) -> UInt8[np.ndarray, "records 3073"]:
    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror or error}); let {FOLDER_SETTING} name the "
            "folder with the five data_batch_*.bin files of CIFAR-10's binary version, or unset it "
            "to have them downloaded."
        ) from error
    if not len(content) or len(content) % _RECORD_BYTES:
        raise UserError(
            f"{path} has {len(content):,} bytes, which is no whole number of CIFAR-10 records of "
            f"{_RECORD_BYTES:,} bytes; replace it by the file of CIFAR-10's binary version."
        )
    records = content.reshape(-1, _RECORD_BYTES)
    if records[:, 0].max() >= CLASSES:
        raise UserError(
            f"{path} has a label above {CLASSES - 1}, so it is no file of CIFAR-10's binary "
            "version; replace it."
        )
    return records
