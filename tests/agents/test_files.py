"""Files that are replaced whole or not at all."""

import os

import pytest

from agents import files


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_writer_that_goes_by_the_name(tmp_path):
    path = tmp_path / "picture.png"
    for content in (b"one", b"two"):
        with files.replacing_by_name(path) as temporary:
            assert temporary.suffix == ".png"
            temporary.write_bytes(content)
        assert path.read_bytes() == content
    with pytest.raises(RuntimeError), files.replacing_by_name(path) as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"two"
    assert names(tmp_path) == ["picture.png"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("replace", [files.replacing, files.replacing_by_name])
def test_an_error_of_the_disk_leaves_the_old_file(tmp_path, monkeypatch, replace, call):
    path = tmp_path / "table"
    path.write_bytes(b"old")

    def fail(*_):
        raise OSError(5, "input/output error")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="input/output"), replace(path) as target:
        target.write(b"new") if hasattr(target, "write") else target.write_bytes(b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["table"]


@pytest.mark.parametrize("replace", [files.replacing, files.replacing_by_name])
def test_two_writers_of_one_file_do_not_meet(tmp_path, replace):
    """Also if their processes have one number, as in two containers that share a folder."""
    path = tmp_path / "table"
    with replace(path) as slow:
        with replace(path) as quick:
            quick.write(b"quick") if hasattr(quick, "write") else quick.write_bytes(b"quick")
        assert path.read_bytes() == b"quick"
        slow.write(b"slow") if hasattr(slow, "write") else slow.write_bytes(b"slow")
    assert path.read_bytes() == b"slow"
    assert names(tmp_path) == ["table"]


def test_leftovers_of_both_kinds_are_removed(tmp_path):
    (tmp_path / ".table.7.partial").write_bytes(b"half")
    (tmp_path / ".picture.png.7.partial").mkdir()
    (tmp_path / ".picture.png.7.partial" / "picture.png").write_bytes(b"half")
    (tmp_path / "outside").mkdir()
    (tmp_path / ".link.partial").symlink_to(tmp_path / "outside")
    (tmp_path / "half.orbax-checkpoint-tmp-1").mkdir()
    files.remove_leftovers(tmp_path, "*.orbax-checkpoint-tmp*")
    assert names(tmp_path) == ["outside"]
    files.remove_leftovers(tmp_path / "nothing")


def test_only_files_are_read(tmp_path):
    (tmp_path / "file").touch()
    files.require_file(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="a pipe, socket or device"):
        files.require_file(tmp_path / "pipe")
    with pytest.raises(OSError, match="a folder and no file"):
        files.require_file(tmp_path)
    with pytest.raises(FileNotFoundError):
        files.require_file(tmp_path / "nothing")
