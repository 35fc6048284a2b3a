"""Reading CIFAR-10's binary files, and fetching them from a server of our own."""

from collections.abc import Iterator
import contextlib
import hashlib
import http.server
import io
import os
from pathlib import Path
import tarfile
import threading
import time

import numpy as np
import pytest

from agents.errors import UserError
from agents.supervised import cifar10
from agents.supervised.cifar10 import OFFICIAL, Archive
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
    for name, expected in zip(FILES, OFFICIAL.sha256, strict=True):
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == expected
    images, labels = cifar10.load_training_images(50_000)
    # The data set has 5,000 training images a class, and the first one is a frog.
    assert np.bincount(labels).tolist() == [5_000] * 10
    assert labels[0] == 6
    # Means and standard deviations over all pixels, as they are commonly quoted.
    np.testing.assert_allclose(
        images.mean(axis=(0, 1, 2)) / 255, [0.4914, 0.4822, 0.4465], atol=1e-4
    )


class Server(http.server.ThreadingHTTPServer):
    """Serves one file, and counts how often it is asked for it.

    Attributes:
      content: of the file.
      pause_s: between two bytes, if not 0.
      asked: requests so far.
    """

    content, pause_s, asked = b"", 0.0, 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/made-up.tar.gz"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(200 if self.path == "/made-up.tar.gz" else 404)
        self.end_headers()
        step = 1 if self.server.pause_s else 1 << 20
        with contextlib.suppress(OSError):
            for begin in range(0, len(self.server.content), step):
                self.wfile.write(self.server.content[begin : begin + step])
                time.sleep(self.server.pause_s)

    def log_message(self, *arguments) -> None:
        pass


@pytest.fixture
def server(tmp_path, monkeypatch) -> Iterator[Server]:
    """An HTTP server on this machine, and a cache of our own."""
    monkeypatch.delenv("DORMANT_CIFAR10", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def pack(server: Server, members: dict[str, bytes | str]) -> Archive:
    """Serves an archive of files (bytes) and links (text), and says what it must be."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
            else:
                member.type, member.linkname = tarfile.SYMTYPE, content
                archive.addfile(member)
    server.content = made.getvalue()
    sha256 = tuple(hashlib.sha256(content).hexdigest() for content in good_files().values())
    return Archive(server.address, hashlib.md5(server.content).hexdigest(), sha256)


def good_files() -> dict[str, bytes]:
    return {name: bytes([number]) * 3073 for number, name in enumerate(FILES)}


def good_members() -> dict[str, bytes | str]:
    return {f"{FOLDER}/{name}": content for name, content in good_files().items()}


def cached(tmp_path: Path) -> list[str]:
    """Names in the cache but for the lock."""
    folder = tmp_path / "cache" / "dormant-neurons" / "cifar-10"
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


ARCHIVE = "cifar-10-binary.tar.gz"


def test_it_is_fetched_once_and_checked_whenever_it_is_read(server, tmp_path):
    extras = {f"{FOLDER}/readme.html": b"hello", "../outside": b"evil", f"{FOLDER}/x": "/etc"}
    archive = pack(server, extras | good_members())
    cifar10.ensure_available(archive)
    assert cifar10.load_training_images(5, archive)[1].tolist() == [0, 1, 2, 3, 4]
    assert cifar10.load_training_images(2, archive)[1].tolist() == [0, 1]
    assert server.asked == 1
    assert cached(tmp_path) == [ARCHIVE]
    # A flipped byte in the cache is found, and mended by fetching it again.
    path = tmp_path / "cache" / "dormant-neurons" / "cifar-10" / ARCHIVE
    raw = bytearray(path.read_bytes())
    raw[-20] ^= 1
    path.write_bytes(raw)
    assert cifar10.load_training_images(5, archive)[1].tolist() == [0, 1, 2, 3, 4]
    assert server.asked == 2


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
        (good_members() | {f"{FOLDER}/data_batch_2.bin": "../../../etc/hostname"}, "lacks a file"),
        (good_members() | {f"{FOLDER}/data_batch_2.bin": "data_batch_1.bin"}, "is not the publ"),
    ],
    ids=["missing", "changed", "link outside", "link inside"],
)
def test_a_wrong_archive_is_told(server, members, complaint):
    with pytest.raises(UserError, match=complaint):
        cifar10.load_training_images(5, pack(server, members))


def test_a_damaged_archive_leaves_nothing(server, tmp_path):
    archive = pack(server, good_members())
    server.content = server.content[: len(server.content) // 2]
    with pytest.raises(UserError, match="is damaged"):
        cifar10.load_training_images(5, archive)
    assert cached(tmp_path) == []
    # Even if the checksum agreed, what cannot be unpacked is refused.
    md5 = hashlib.md5(server.content).hexdigest()
    with pytest.raises(UserError, match="no readable archive"):
        cifar10.load_training_images(5, archive._replace(md5=md5))


@pytest.mark.parametrize(
    ("limit", "complaint"),
    [
        ({"most_bytes": 100}, "it sends more than 100 bytes"),
        ({"most_seconds": 0.05}, "more than 0.05"),
    ],
)
def test_size_and_time_are_limited(server, tmp_path, limit, complaint):
    archive = pack(server, good_members())
    server.pause_s = 0.002
    with pytest.raises(UserError, match=f"cannot be downloaded from .*{complaint}"):
        cifar10.ensure_available(archive._replace(**limit))
    assert cached(tmp_path) == []


def test_no_such_address_and_no_network(server, tmp_path):
    archive = pack(server, good_members())
    with pytest.raises(UserError, match="cannot be downloaded from .*404"):
        cifar10.ensure_available(archive._replace(url=archive.url + ".not-there"))
    # Port 9 discards everything, where it is open at all.
    with pytest.raises(UserError, match="cannot be downloaded from .*let DORMANT_CIFAR10 name"):
        cifar10.ensure_available(archive._replace(url="http://127.0.0.1:9/made-up.tar.gz"))
    assert cached(tmp_path) == []


def test_no_room(server, monkeypatch):
    archive = pack(server, good_members())

    def refuse(archive, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cifar10, "_download", refuse)
    with pytest.raises(UserError, match=r"cannot be stored in .*No space left.*170 MB"):
        cifar10.ensure_available(archive)


def test_what_a_killed_download_left_is_cleared(server, tmp_path):
    folder = tmp_path / "cache" / "dormant-neurons" / "cifar-10"
    folder.mkdir(parents=True)
    (folder / "tmpabc123").write_bytes(b"half")
    cifar10.ensure_available(pack(server, good_members()))
    assert cached(tmp_path) == [ARCHIVE]


def test_a_folder_that_lacks_a_file_is_told_before_anything_starts(tmp_path, monkeypatch):
    monkeypatch.setenv("DORMANT_CIFAR10", str(tmp_path))
    with pytest.raises(UserError, match="data_batch_1.bin cannot be read"):
        cifar10.ensure_available()
    os.mkfifo(tmp_path / FILES[0])
    with pytest.raises(UserError, match="a pipe, socket or device"):
        cifar10.ensure_available()
