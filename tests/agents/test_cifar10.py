"""Reading CIFAR-10's binary files, and fetching them from a server of our own."""

from collections.abc import Iterator
import functools
import hashlib
import http.server
import io
import os
from pathlib import Path
import tarfile
import threading

import numpy as np
import pytest

from agents.errors import UserError
from agents.supervised import cifar10, cifar10_download
from agents.supervised.cifar10_download import OFFICIAL, Archive, download_into
from tests.agents.made_up_cifar10 import FILES, write_folder

FOLDER = "cifar-10-batches-bin"


def test_planes_become_channels(tmp_path):
    record = np.zeros(3073, np.uint8)
    record[0] = 7
    # Row 2, column 5 of the red, the green and the blue plane.
    record[[1 + 2 * 32 + 5, 1 + 1024 + 2 * 32 + 5, 1 + 2048 + 2 * 32 + 5]] = [10, 20, 30]
    (tmp_path / FILES[0]).write_bytes(record.tobytes())
    images, labels = cifar10.read_training_images(tmp_path, 1)
    assert labels.tolist() == [7]
    assert images[0, 2, 5].tolist() == [10, 20, 30]
    assert images.sum() == 60


def test_images_come_in_the_order_of_the_files(tmp_path):
    records = write_folder(tmp_path, images_per_file=4)
    images, labels = cifar10.read_training_images(tmp_path, 10)
    np.testing.assert_array_equal(labels, records[:10, 0])
    np.testing.assert_array_equal(images[9, ..., 0].ravel(), records[9, 1:1025])
    with pytest.raises(UserError, match="holds 20 training images, fewer than the 21"):
        cifar10.read_training_images(tmp_path, 21)


def test_a_folder_of_ones_own_is_read(tmp_path, monkeypatch):
    records = write_folder(tmp_path, images_per_file=2)
    monkeypatch.setenv("DORMANT_CIFAR10", str(tmp_path))
    _, labels = cifar10.load_training_images(10)
    np.testing.assert_array_equal(labels, records[:, 0])


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda path: path.unlink(), "data_batch_2.bin cannot be read (No such file"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "has 6,145 bytes"),
        (lambda path: path.write_bytes(b""), "has 0 bytes"),
        (lambda path: path.write_bytes(b"\x0a" + path.read_bytes()[1:]), "a label above 9"),
    ],
    ids=["missing", "cut", "empty", "label"],
)
def test_a_damaged_folder_is_refused_in_one_sentence(tmp_path, damage, complaint):
    write_folder(tmp_path, images_per_file=2)
    damage(tmp_path / FILES[1])
    with pytest.raises(UserError) as caught:
        cifar10.read_training_images(tmp_path, 10)
    assert complaint in str(caught.value)


@pytest.mark.skipif("DORMANT_CIFAR10" not in os.environ, reason="DORMANT_CIFAR10 is not set")
def test_the_real_images():
    folder = Path(os.environ["DORMANT_CIFAR10"])
    for name, expected in OFFICIAL.sha256.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == expected
    images, labels = cifar10.load_training_images(50_000)
    # The data set has 5,000 training images a class, and the first one is a frog.
    assert np.bincount(labels).tolist() == [5_000] * 10
    assert labels[0] == 6
    # Means and standard deviations over all pixels, as they are commonly quoted.
    np.testing.assert_allclose(
        images.mean(axis=(0, 1, 2)) / 255, [0.4914, 0.4822, 0.4465], atol=1e-4
    )


@pytest.fixture
def served(tmp_path) -> Iterator[tuple[Path, str]]:
    """A folder and the address that an HTTP server on this machine serves it at."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments) -> None:
            pass

    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def pack(served: tuple[Path, str], members: dict[str, bytes | str]) -> Archive:
    """Serves an archive of files (bytes) and links (text), and says what it must be."""
    folder, address = served
    path = folder / "made-up.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
            else:
                member.type, member.linkname = tarfile.SYMTYPE, content
                archive.addfile(member)
    sha256 = {name: hashlib.sha256(good_files()[name]).hexdigest() for name in FILES}
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    return Archive(f"{address}/{path.name}", md5, sha256, FOLDER)


def good_files() -> dict[str, bytes]:
    return {name: bytes([number]) * 3073 for number, name in enumerate(FILES)}


def good_members() -> dict[str, bytes | str]:
    return {f"{FOLDER}/{name}": content for name, content in good_files().items()}


def left_in(folder: Path) -> list[str]:
    """Names in the cache but for the lock."""
    return sorted(p.name for p in folder.iterdir() if not p.name.endswith(".lock"))


def test_download_of_a_good_archive(served, tmp_path, monkeypatch):
    extras = {f"{FOLDER}/readme.html": b"hello", "../outside": b"evil", f"{FOLDER}/x": "/etc"}
    archive = pack(served, extras | good_members())
    monkeypatch.delenv("DORMANT_CIFAR10", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(cifar10, "download_into", functools.partial(download_into, archive=archive))
    _, labels = cifar10.load_training_images(5)
    assert labels.tolist() == [0, 1, 2, 3, 4]
    folder = tmp_path / "cache" / "dormant-neurons" / FOLDER
    # Nothing but the expected files, inside or outside.
    assert sorted(p.name for p in folder.iterdir()) == list(FILES)
    assert left_in(folder.parent) == [FOLDER]
    # From now on nothing is fetched.
    monkeypatch.setattr(cifar10_download, "_fetch", None)
    assert cifar10.load_training_images(5)[1].tolist() == [0, 1, 2, 3, 4]


def without(name: str) -> dict[str, bytes | str]:
    return {path: content for path, content in good_members().items() if not path.endswith(name)}


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        (without("data_batch_4.bin"), "lacks a file"),
        (
            good_members() | {f"{FOLDER}/data_batch_2.bin": b"\x01" * 3072},
            "data_batch_2.bin from .* is not the published file",
        ),
        (
            good_members() | {f"{FOLDER}/data_batch_2.bin": "../../../../../etc/hostname"},
            "sent no readable archive",
        ),
        (good_members() | {f"{FOLDER}/data_batch_2.bin": "data_batch_1.bin"}, "is not the publ"),
    ],
    ids=["missing", "changed", "link outside", "link inside"],
)
def test_a_wrong_archive_leaves_nothing(served, tmp_path, members, complaint):
    folder = tmp_path / "cache" / FOLDER
    with pytest.raises(UserError, match=complaint):
        download_into(folder, pack(served, members))
    assert left_in(folder.parent) == []


def test_a_damaged_archive_leaves_nothing(served, tmp_path):
    archive = pack(served, good_members())
    path = served[0] / "made-up.tar.gz"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    folder = tmp_path / "cache" / FOLDER
    with pytest.raises(UserError, match="is damaged"):
        download_into(folder, archive)
    # Even if the checksum agreed, what cannot be unpacked is refused.
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    with pytest.raises(UserError, match="sent no readable archive"):
        download_into(folder, archive._replace(md5=md5))
    assert left_in(folder.parent) == []


def test_no_such_address_and_no_network(served, tmp_path):
    archive = pack(served, good_members())
    folder = tmp_path / "cache" / FOLDER
    with pytest.raises(UserError, match="cannot be downloaded from .*404"):
        download_into(folder, archive._replace(url=archive.url + ".not-there"))
    # Port 9 discards everything, where it is open at all.
    with pytest.raises(UserError, match="cannot be downloaded from .*let DORMANT_CIFAR10 name"):
        download_into(folder, archive._replace(url="http://127.0.0.1:9/made-up.tar.gz"))
    assert left_in(folder.parent) == []


def test_no_room(served, tmp_path, monkeypatch):
    archive = pack(served, good_members())
    folder = tmp_path / "cache" / FOLDER

    def refuse(url, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cifar10_download, "_download", refuse)
    with pytest.raises(UserError, match="cannot be stored in .*No space left.*350 MB"):
        download_into(folder, archive)
    assert left_in(folder.parent) == []


def test_another_process_was_faster(served, tmp_path):
    archive = pack(served, good_members())
    folder = tmp_path / "cache" / FOLDER
    write_folder(folder, images_per_file=1, seed=3)
    before = (folder / FILES[0]).read_bytes()
    download_into(folder, archive._replace(url="http://127.0.0.1:9/not-asked"))
    assert (folder / FILES[0]).read_bytes() == before
