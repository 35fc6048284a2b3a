"""What is said of the source that made a result, wherever it lies."""

from importlib import metadata
import os
from pathlib import Path
import subprocess

import pytest

from experiments.storing import provenance

VERSION = f"version {metadata.version('dormant-neurons')}"


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, timeout=30)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's repository, in which our module lies as if it were installed there."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    git(tmp_path, "init", "-q")
    (tmp_path / "thesis.tex").write_text("by the user")
    git(tmp_path, "add", "thesis.tex")
    git(tmp_path, "commit", "-qm", "theirs")
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "provenance.py").write_text(Path(provenance.__file__).read_text())
    monkeypatch.setattr(provenance, "__file__", str(folder / "provenance.py"))
    return tmp_path


def test_the_repository_of_somebody_else_says_nothing(repository: Path):
    assert provenance.source() == VERSION


def test_our_own_repository_tells_commit_and_changes(repository: Path):
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "ours")
    commit = provenance.source()
    assert len(commit) == 40
    (repository / "thesis.tex").write_text("changed")
    assert provenance.source() == f"{commit}-dirty"


def test_without_git_the_version_is_told(repository: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(repository))
    assert provenance.source() == VERSION


def test_no_lock_is_taken(repository: Path):
    """An index that wants refreshing, which git status does by default, stays what it is."""
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "ours")
    index = (repository / ".git" / "index").read_bytes()
    os.utime(repository / "thesis.tex", (1, 1))
    assert len(provenance.source()) == 40
    assert (repository / ".git" / "index").read_bytes() == index


def test_variables_of_git_lead_nowhere_else(repository: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GIT_DIR", str(Path(__file__).parents[2] / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(Path(__file__).parents[2]))
    assert provenance.source() == VERSION


def test_the_physics_are_told_where_they_are_installed(monkeypatch: pytest.MonkeyPatch):
    installed = {"mujoco": "4.0.0"}

    def version(name: str) -> str:
        if name == "mujoco" and name not in installed:
            raise metadata.PackageNotFoundError(name)
        return installed.get(name, "1.0")

    monkeypatch.setattr(provenance.metadata, "version", version)
    told = provenance.describe()["versions"]
    assert told["mujoco"] == "4.0.0" and told["gymnasium"] == told["jax"] == "1.0"
    installed.clear()
    assert "mujoco" not in provenance.describe()["versions"]
