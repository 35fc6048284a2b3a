"""The training images of CIFAR-10, from its binary version (no pickle involved).

Five files data_batch_1.bin to data_batch_5.bin of 3,073-byte records: the label, then the
image's red, green and blue plane, 32 x 32 bytes each. They are read from the folder that the
environment variable DORMANT_CIFAR10 names. Without it they are read from the authors' archive,
which is fetched once into the user's cache and checked whenever it is read.

Reference:
  Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images".
"""

from collections.abc import Callable
import hashlib
import http.client
import os
from pathlib import Path
import tarfile
import time
from typing import NamedTuple
import urllib.request
import zlib

from filelock import FileLock
from jaxtyping import UInt8
import numpy as np
import platformdirs
import pooch

from agents.errors import UserError
from agents.files import require_file

FOLDER_SETTING = "DORMANT_CIFAR10"
FILES = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
CLASSES = 10
IMAGE_SHAPE = (32, 32, 3)
_PLANES_SHAPE = (3, 32, 32)
_RECORD_BYTES = 1 + 3 * 32 * 32


class Archive(NamedTuple):
    """What is fetched, and what it must be.

    Attributes:
      url: of a gzipped tar file.
      md5: of the archive, as its authors published it (against damage, not against malice:
        that is what the next ones are for).
      sha256: checksums of `FILES`.
      most_bytes: the archive has no more.
      most_seconds: fetching it takes no longer, or is given up.
      folder: in the archive.
    """

    url: str
    md5: str
    sha256: tuple[str, ...]
    most_bytes: int = 200_000_000
    most_seconds: float = 3_600.0
    folder: str = "cifar-10-batches-bin"


OFFICIAL = Archive(
    url="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    md5="c32a1d4ab5d03f1284b67883e8d87530",
    sha256=(
        "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
        "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
        "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
        "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
        "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    ),
)
_PATIENCE_S = 60.0  # without a byte
# It says where it fetches from and where to, which are our sentences to say.
pooch.get_logger().setLevel("WARNING")
_BY_HAND = (
    "try again, or fetch it by hand and let DORMANT_CIFAR10 name the folder with its "
    "data_batch_*.bin files"
)


def ensure_available(archive: Archive = OFFICIAL) -> None:
    """Fetches the images unless they are there: before runs start that would all ask for them.

    Raises:
      UserError: they cannot be fetched, or a folder was named that lacks a file.
    """
    chosen = os.environ.get(FOLDER_SETTING)
    if not chosen:
        _fetched(archive)
        return
    for name in FILES:
        _contents(Path(chosen) / name)


def load_training_images(
    count: int, archive: Archive = OFFICIAL
) -> tuple[UInt8[np.ndarray, "count 32 32 3"], UInt8[np.ndarray, " count"]]:
    """The first `count` training images and their labels, downloaded if there is no other way.

    Raises:
      UserError: the files are missing, damaged or too few, or cannot be downloaded.
    """
    chosen = os.environ.get(FOLDER_SETTING)
    if chosen:
        return read_training_images(Path(chosen), count)
    path = _fetched(archive)
    return _images(path, lambda name: _unpacked(path, archive, name), count)


def read_training_images(
    folder: Path, count: int
) -> tuple[UInt8[np.ndarray, "count 32 32 3"], UInt8[np.ndarray, " count"]]:
    """The first `count` training images of a folder, in the order of its files, with labels.

    The form of the files is checked, not their content: a folder of one's own may hold other
    images than the published ones. What is fetched is checked byte for byte.

    Raises:
      UserError: a file is missing or has not this form, or there are fewer images.
    """
    return _images(folder, lambda name: _contents(folder / name), count)


def _fetched(archive: Archive) -> Path:
    """The archive in the user's cache, its checksum compared; fetched if it is not there.

    Runs that train side by side ask at the same time: one fetches, the others wait.
    """
    folder = platformdirs.user_cache_path("dormant-neurons") / "cifar-10"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            for left in folder.glob("tmp*"):  # of downloads that were killed
                left.unlink()
            return Path(
                pooch.retrieve(
                    archive.url,
                    known_hash=f"md5:{archive.md5}",
                    fname="cifar-10-binary.tar.gz",
                    path=folder,
                    downloader=lambda url, file, _: _download(archive, file),
                )
            )
    except ValueError as error:  # how pooch says that a checksum differs
        raise UserError(
            f"What {archive.url} sent is damaged (its MD5 is not {archive.md5}); {_BY_HAND}."
        ) from error
    except OSError as error:
        raise UserError(
            f"CIFAR-10 cannot be stored in {folder} ({error.strerror or error}); it takes 170 MB "
            "there: free some space, or let DORMANT_CIFAR10 name a folder with its "
            "data_batch_*.bin files."
        ) from error


def _download(archive: Archive, path: str) -> None:
    """Fetches within the limits of size and time."""
    until, received = time.monotonic() + archive.most_seconds, 0
    try:
        response = urllib.request.urlopen(archive.url, timeout=_PATIENCE_S)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _unreachable(archive, error) from error
    with response, open(path, "wb") as file:
        while chunk := _next_chunk(archive, response):
            received += len(chunk)
            if received > archive.most_bytes:
                raise _unreachable(archive, f"it sends more than {archive.most_bytes:,} bytes")
            if time.monotonic() > until:
                raise _unreachable(archive, f"it takes more than {archive.most_seconds:g} s")
            file.write(chunk)


def _next_chunk(archive: Archive, response: http.client.HTTPResponse) -> bytes:
    # Apart from writing, so that a lost connection is not taken for a full disk. As much as has
    # come, so that a server that sends next to nothing is noticed.
    try:
        return response.read1(1 << 20)
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(archive, error) from error


def _unreachable(archive: Archive, reason: object) -> UserError:
    return UserError(f"CIFAR-10 cannot be downloaded from {archive.url} ({reason}); {_BY_HAND}.")


def _unpacked(path: Path, archive: Archive, name: str) -> bytes:
    """One file of the archive, checked; nothing is written."""
    try:
        with tarfile.open(path, "r:gz") as members:
            file = members.extractfile(f"{archive.folder}/{name}")
            content = b"" if file is None else file.read()
    except KeyError as error:
        raise UserError(f"{archive.url} lacks a file ({error.args[0]}); {_BY_HAND}.") from error
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise UserError(f"{path} is no readable archive ({error}); {_BY_HAND}.") from error
    found = hashlib.sha256(content).hexdigest()
    if found != archive.sha256[FILES.index(name)]:
        raise UserError(
            f"{name} from {archive.url} is not the published file (its SHA-256 is {found}); "
            f"{_BY_HAND}."
        )
    return content


def _contents(path: Path) -> bytes:
    try:
        require_file(path)
        return path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror or error}); let {FOLDER_SETTING} name the "
            "folder with the five data_batch_*.bin files of CIFAR-10's binary version, or unset it "
            "to have them downloaded."
        ) from error


def _images(
    source: Path, read: Callable[[str], bytes], count: int
) -> tuple[UInt8[np.ndarray, "count 32 32 3"], UInt8[np.ndarray, " count"]]:
    """The first `count` images of files that `read` returns, and their labels."""
    blocks: list[np.ndarray] = []
    for name in FILES:
        if sum(map(len, blocks)) < count:
            blocks.append(_records(source / name, read(name)))
    records = np.concatenate(blocks)[:count]
    if len(records) < count:
        raise UserError(
            f"{source} holds {len(records):,} training images, fewer than the {count:,} asked for; "
            "use the whole CIFAR-10 training set."
        )
    planes = records[:, 1:].reshape(count, *_PLANES_SHAPE)
    return np.ascontiguousarray(np.moveaxis(planes, 1, -1)), records[:, 0].copy()


def _records(path: Path, content: bytes) -> UInt8[np.ndarray, "records 3073"]:
    if not len(content) or len(content) % _RECORD_BYTES:
        raise UserError(
            f"{path} has {len(content):,} bytes, which is no whole number of CIFAR-10 records of "
            f"{_RECORD_BYTES:,} bytes; replace it by the file of CIFAR-10's binary version."
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, _RECORD_BYTES)
    if records[:, 0].max() >= CLASSES:
        raise UserError(
            f"{path} has a label above {CLASSES - 1}, so it is no file of CIFAR-10's binary "
            "version; replace it."
        )
    return records
