import os
import subprocess
import sys
import textwrap

import pytest

from agents.errors import UserError
from agents.files import remove_leftovers
from experiments.storing.files import ensure_writable, replacing


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_old_file_survives_an_error_half_way(tmp_path):
    path = tmp_path / "table"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as stream:
        stream.write(b"half of the new")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["table"]


def test_new_file_replaces_the_old(tmp_path):
    path = tmp_path / "table"
    path.write_bytes(b"old")
    with replacing(path) as stream:
        stream.write(b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["table"]


def test_disk_full_keeps_the_old_file(tmp_path):
    """A limit on file sizes makes the kernel refuse the write, as a full disk does."""
    path = tmp_path / "metrics.parquet"
    program = textwrap.dedent(
        """
        import resource, sys
        from pathlib import Path
        import pyarrow as pa
        from agents.errors import UserError
        from experiments.storing.store import write_table

        path = Path(sys.argv[1])
        write_table(path, pa.table({"value": [1.0]}), "dormant_run", {})
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        try:
            write_table(path, pa.table({"value": range(1_000_000)}), "dormant_run", {})
        except UserError as error:
            sys.exit(str(error))
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "No space is left" in done.stderr
    assert "Traceback" not in done.stderr
    assert names(tmp_path) == ["metrics.parquet"]
    import pyarrow.parquet as pq

    assert pq.read_table(path).to_pydict() == {"value": [1.0]}


def test_folder_that_cannot_exist(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(UserError, match="cannot be written"):
        ensure_writable(tmp_path / "file" / "results")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="cannot be written"):
        ensure_writable(tmp_path / "results")


def test_writable_folder_stays_empty(tmp_path):
    ensure_writable(tmp_path / "new" / "results")
    assert names(tmp_path / "new" / "results") == []


def test_leftovers_of_killed_processes_are_removed(tmp_path):
    (tmp_path / ".metrics.parquet.123.partial").write_bytes(b"half")
    (tmp_path / "metrics.parquet").write_bytes(b"whole")
    remove_leftovers(tmp_path)
    assert names(tmp_path) == ["metrics.parquet"]
