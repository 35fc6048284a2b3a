"""Fetches CIFAR-10's binary version once: checked, extracted safely, put in place at once.

Everything happens in a temporary folder beside the final one, which appears by one rename
after every byte was checked. Whatever goes wrong before leaves nothing behind.
"""

from collections.abc import Mapping
import hashlib
import http.client
import os
from pathlib import Path
import tarfile
import tempfile
from typing import NamedTuple
import urllib.request
import zlib

from filelock import FileLock

from agents.errors import UserError


class Archive(NamedTuple):
    """What is fetched, and what it must be.

    Attributes:
      url: of a gzipped tar file.
      md5: of the archive, as its authors published it (against damage, not against malice:
        that is what the next ones are for).
      sha256: file name -> checksum of the files that are taken out of its folder.
      folder: in the archive.
    """

    url: str
    md5: str
    sha256: Mapping[str, str]
    folder: str = "cifar-10-batches-bin"


OFFICIAL = Archive(
    url="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    md5="c32a1d4ab5d03f1284b67883e8d87530",
    sha256={
        "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
        "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
        "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
        "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
        "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    },
)
_PATIENCE_S = 60.0
_BY_HAND = (
    "try again, or fetch it by hand and let DORMANT_CIFAR10 name the folder with its "
    "data_batch_*.bin files"
)


def download_into(folder: Path, archive: Archive = OFFICIAL) -> None:
    """Makes `folder` hold the files of the archive, unless another process just did.

    Args:
      folder: does not exist yet; its parents are created.
      archive: what to fetch.

    Raises:
      UserError: there is no network or no room, or what arrived is not the archive.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Runs that train side by side ask at the same time: one fetches, the others wait.
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            if not folder.is_dir():
                with tempfile.TemporaryDirectory(prefix=".download-", dir=folder.parent) as made:
                    content = _fetch(archive, Path(made))
                    os.replace(content, folder)
    except OSError as error:
        raise UserError(
            f"CIFAR-10 cannot be stored in {folder} ({error.strerror or error}); it takes 350 MB "
            "there for a moment: free some space, or let DORMANT_CIFAR10 name a folder with its "
            "data_batch_*.bin files."
        ) from error


def _fetch(archive: Archive, workspace: Path) -> Path:
    """Downloads, checks and unpacks; returns the folder of files."""
    packed = workspace / "archive.tar.gz"
    _download(archive.url, packed)
    found = _checksum(packed, "md5")
    if found != archive.md5:
        raise UserError(
            f"What {archive.url} sent is damaged (its MD5 is {found}, not {archive.md5}); "
            f"{_BY_HAND}."
        )
    return _unpack(archive, packed, workspace / "unpacked")


def _download(url: str, target: Path) -> None:
    try:
        response = urllib.request.urlopen(url, timeout=_PATIENCE_S)
    except (OSError, ValueError) as error:
        raise _unreachable(url, error) from error
    with response, open(target, "wb") as file:
        while chunk := _next_chunk(url, response):
            file.write(chunk)


def _next_chunk(url: str, response: http.client.HTTPResponse) -> bytes:
    # Apart from writing, so that a lost connection is not taken for a full disk.
    try:
        return response.read(1 << 20)
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(url, error) from error


def _unreachable(url: str, error: Exception) -> UserError:
    return UserError(f"CIFAR-10 cannot be downloaded from {url} ({error}); {_BY_HAND}.")


def _unpack(archive: Archive, packed: Path, target: Path) -> Path:
    """Takes the expected files out of the archive, and nothing else."""
    folder = target / archive.folder
    try:
        with tarfile.open(packed, "r:gz") as members:
            for name in archive.sha256:
                member = members.getmember(f"{archive.folder}/{name}")
                members.extract(member, target, filter="data")
    except KeyError as error:
        raise UserError(f"{archive.url} lacks a file ({error.args[0]}); {_BY_HAND}.") from error
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise UserError(f"{archive.url} sent no readable archive ({error}); {_BY_HAND}.") from error
    for name, expected in archive.sha256.items():
        found = _checksum(folder / name, "sha256")
        if found != expected:
            raise UserError(
                f"{name} from {archive.url} is not the published file (its SHA-256 is {found}); "
                f"{_BY_HAND}."
            )
    return folder


def _checksum(path: Path, algorithm: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
