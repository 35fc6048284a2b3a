"""Data flows one way: which package may import which."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"dormancy", "agents", "experiments", "figures"}
ALLOWED = {
    "dormancy": {"dormancy"},
    "agents": {"agents", "dormancy"},
    "experiments": {"experiments", "agents", "dormancy"},
    "figures": {"figures", "dormancy"},
}
FOREIGN_TO = {"dormancy": {"flax", "pandas"}, "figures": {"jax", "flax"}}


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("package", sorted(OURS))
def test_imports_follow_the_data(package):
    for path in (ROOT / package).rglob("*.py"):
        found = imported(path)
        assert found & OURS <= ALLOWED[package], path
        assert not found & FOREIGN_TO.get(package, set()), path


@pytest.mark.parametrize("package", sorted(OURS))
def test_nothing_is_pickled(package):
    for path in (ROOT / package).rglob("*.py"):
        assert not imported(path) & {"pickle", "cloudpickle", "dill", "joblib", "shelve"}, path
        assert "allow_pickle=True" not in path.read_text(), path
