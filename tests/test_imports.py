"""Data flows one way: which package may import which."""

import ast
from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"dormancy", "agents", "experiments", "figures"}
ALLOWED = {
    "dormancy": {"dormancy"},
    "agents": {"agents", "dormancy"},
    "experiments": {"experiments", "agents", "dormancy"},
    "figures": {"figures", "dormancy"},
}
# What stored tables are and how they are read, how a file is replaced, how a command line is read,
# how Ctrl-C ends one, which plugins there are, how things are said, and what standard output may
# be: all that both share.
SHARED = {
    "agents.files",
    "experiments.arguments",
    "experiments.interrupts",
    "experiments.output",
    "experiments.plugin_modules",
    "experiments.storing.divergence",
    "experiments.storing.schema",
    "experiments.storing.tables",
    "experiments.wording",
}
FOREIGN_TO = {"dormancy": {"flax", "pandas"}, "figures": {"jax", "flax"}}


def modules(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def imported(path: Path) -> set[str]:
    return {name.split(".")[0] for name in modules(path)}


@pytest.mark.parametrize("package", sorted(OURS))
def test_imports_follow_the_data(package):
    for path in (ROOT / package).rglob("*.py"):
        found = {name.split(".")[0] for name in modules(path) - SHARED}
        assert found & OURS <= ALLOWED[package], path
        assert not found & FOREIGN_TO.get(package, set()), path


@pytest.mark.parametrize("module", sorted(SHARED))
def test_what_is_shared_needs_nothing_but_pyarrow_and_tyro(module):
    path = ROOT / f"{module.replace('.', '/')}.py"
    assert imported(path) - sys.stdlib_module_names <= {"pyarrow", "tyro", "experiments"}
    assert {name for name in modules(path) if name.startswith("experiments")} <= SHARED


def test_reading_a_specification_does_not_wait_for_jax():
    program = (
        "import sys; from agents.kinds import KINDS, read_spec;"
        "[read_spec({'kind': kind}) for kind in KINDS];"
        "assert not {'jax', 'flax', 'optax', 'ale_py'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


@pytest.mark.parametrize("package", sorted(OURS))
def test_nothing_is_pickled(package):
    for path in (ROOT / package).rglob("*.py"):
        assert not imported(path) & {"pickle", "cloudpickle", "dill", "joblib", "shelve"}, path
        assert "allow_pickle=True" not in path.read_text(), path
