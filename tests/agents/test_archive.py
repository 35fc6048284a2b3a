"""Transitions on disk: what is read is what was written, or one sentence says why not."""

import os

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from agents.errors import UserError
from agents.replay import archive
from agents.replay.archive import Buffers, Kept

SIDE = 3


def columns(first, count, oldest=0):
    rng = np.random.default_rng(first)
    return {
        "frame": rng.integers(0, 256, (count, SIDE, SIDE), dtype=np.uint8),
        "action": rng.integers(0, 18, count).astype(np.uint8),
        "reward": rng.normal(size=count).astype(np.float32),
        "terminal": rng.random(count) < 0.2,
        "truncated": rng.random(count) < 0.2,
        "age": np.minimum(np.arange(count), 255).astype(np.uint8),
        "first_step": np.array(first, np.int64),
        "oldest_step": np.array(oldest, np.int64),
    }


def assert_equal(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name, column in theirs.items():
        assert ours[name].dtype == column.dtype
        np.testing.assert_array_equal(ours[name], column, err_msg=name)


def keep(folder, *ends, length=10, whole=True):
    """Kept transitions in parts that end at these steps."""
    kept = Kept(folder, length)
    for first, end in zip((0, *ends), ends, strict=False):
        archive.note_part(kept, archive.write_part(folder, columns(first, end - first)))
    if whole:
        archive.note_end(folder)
    return kept


@given(st.integers(0, 1000), st.integers(1, 40), st.integers(1, 9))
@settings(max_examples=20)
def test_reading_returns_what_was_written(tmp_path_factory, first, count, rows):
    folder = tmp_path_factory.mktemp("parts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "_ROWS", rows)
        path = archive.write_part(folder, columns(first, count))
    assert path.name == f"{first + count}.parquet"
    assert_equal(archive.read_part(path), columns(first, count))


def test_rows_of_numbers_as_well_as_frames(tmp_path):
    rng = np.random.default_rng(0)
    rows = {
        "observation": rng.normal(size=(7, 5)).astype(np.float32),
        "reward": rng.normal(size=7).astype(np.float32),
        "terminal": rng.random(7) < 0.5,
        "first_step": np.array(3, np.int64),
        "oldest_step": np.array(1, np.int64),
    }
    assert_equal(archive.read_part(archive.write_part(tmp_path, rows)), rows)


@pytest.mark.parametrize("ends", [(10, 20), (4, 7, 10, 13, 20)], ids=["whole", "interrupted"])
def test_buffers_are_iterations_however_they_were_written(tmp_path, ends):
    keep(tmp_path, *ends)
    buffers = Buffers(tmp_path)
    assert buffers.numbers == [0, 1]
    assert buffers.count(1) == 10
    parts = [columns(a, b - a) for a, b in zip((0, *ends), ends, strict=False) if b > 10]
    found = buffers.read(1)
    for name in ("frame", "action", "reward", "terminal", "truncated", "age"):
        np.testing.assert_array_equal(found[name], np.concatenate([p[name] for p in parts]))
    assert archive.is_whole(tmp_path)


def flip(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 3] ^= 1
    path.write_bytes(raw)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: (folder / "20.parquet").unlink(), "20.parquet is missing"),
        (
            lambda folder: os.link(folder / "20.parquet", folder / "30.parquet"),
            "30.parquet was",
        ),
        (lambda folder: (folder / "20.parquet").write_bytes(b"PAR1"), "has 4 bytes instead of"),
    ],
    ids=["missing", "added", "cut"],
)
def test_less_or_more_than_was_written_is_refused(tmp_path, damage, reason):
    keep(tmp_path, 10, 20)
    damage(tmp_path)
    with pytest.raises(UserError, match=reason):
        Buffers(tmp_path)
    assert not archive.is_whole(tmp_path)


def test_other_transitions_in_the_place_of_ours_are_refused(tmp_path):
    keep(tmp_path, 10, 20)
    flip(tmp_path / "20.parquet")
    buffers = Buffers(tmp_path)
    buffers.read(0)
    with pytest.raises(UserError, match=r"20.parquet is not what its run wrote \(its checksum"):
        buffers.read(1)


def test_transitions_of_an_unfinished_run_are_refused(tmp_path):
    keep(tmp_path, 10, whole=False)
    assert not archive.is_whole(tmp_path)
    with pytest.raises(UserError, match="has not finished"):
        Buffers(tmp_path)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"parts": 3}', b"\xff\xfe"])
def test_a_damaged_manifest_is_told(tmp_path, text):
    keep(tmp_path, 10)
    (tmp_path / archive.MANIFEST).write_bytes(text)
    with pytest.raises(UserError, match="the list of these transitions, cannot be read"):
        Buffers(tmp_path)


def test_a_flipped_byte_is_found_without_a_manifest(tmp_path):
    """As when going on from a checkpoint."""
    path = archive.write_part(tmp_path, columns(0, 4_000))
    flip(path)
    with pytest.raises(Exception, match=r"(?i)crc|checksum|corrupt"):
        archive.read_part(path)


def test_a_pipe_in_the_place_of_a_part_is_refused(tmp_path):
    os.mkfifo(tmp_path / "10.parquet")
    with pytest.raises(OSError, match="a pipe, socket or device and no file"):
        archive.read_part(tmp_path / "10.parquet")


def test_what_comes_after_a_moment_is_dropped(tmp_path):
    keep(tmp_path, 4, 10, 20)
    (tmp_path / "020.parquet").write_bytes(b"not ours")
    (tmp_path / ".20.parquet.77.partial").write_bytes(b"half")
    archive.drop_parts_after(tmp_path, 4)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "020.parquet", "4.parquet", archive.MANIFEST,
    ]  # fmt: skip
    assert list(archive.read_manifest(tmp_path)["parts"]) == ["4.parquet"]
    assert not archive.is_whole(tmp_path)


def test_an_interrupted_write_leaves_what_was_there(tmp_path, monkeypatch):
    keep(tmp_path, 10)
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "no space left")))
    with pytest.raises(OSError, match="no space left"):
        archive.write_part(tmp_path, columns(10, 10))
    with pytest.raises(OSError, match="no space left"):
        archive.write_part(tmp_path, columns(0, 10) | {"action": np.zeros(10, np.uint8)})
    assert len(list(tmp_path.iterdir())) == 2
    assert_equal(
        Buffers(tmp_path).read(0),
        {k: v for k, v in columns(0, 10).items() if not k.endswith("step")},
    )
