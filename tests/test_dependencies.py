"""What is imported is declared, and what is locked is what is pinned."""

import configparser
import importlib.metadata
from pathlib import Path
import re
import sys
import tomllib

import pytest

from tests.test_imports import OURS, ROOT, imported

# Imported where they are needed, behind a sentence that says how to install them; of extras.
OPTIONAL = {"cv2", "mujoco", "ray", "submitit", "tensorboardX"}


def named(requirement: str) -> str:
    """The normalised name in, for instance, "Jinja2>=3.1 ; python_version > '3'"."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement.strip())[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(package: str) -> set[str]:
    if package == "dormancy":
        project = tomllib.loads((ROOT / "dormancy/pyproject.toml").read_text())["project"]
        return set(map(named, project["dependencies"]))
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    return {named(line) for line in setup["options"]["install_requires"].split("\n") if line}


# What `dormancy` needs shows where it is installed alone, see tests/dormancy.
@pytest.mark.parametrize("package", sorted(OURS - {"dormancy"}))
def test_every_import_is_declared(package):
    found = {name for path in (ROOT / package).rglob("*.py") for name in imported(path)}
    foreign = found - OURS - OPTIONAL - sys.stdlib_module_names
    distributions = importlib.metadata.packages_distributions()
    for name in foreign:
        # JAX is two distributions, of which one brings the other.
        assert set(map(named, distributions[name])) & (declared(package) | {"jaxlib"}), name


def pins(path: Path) -> dict[str, str]:
    lines = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", path.read_text(), re.MULTILINE)
    return {named(name): version for name, version in lines}


def test_what_is_locked_is_what_is_pinned_and_has_hashes():
    pinned, locked = pins(ROOT / "constraints.txt"), pins(ROOT / "locked.txt")
    backend = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert set(backend) == {f"setuptools=={locked.pop('setuptools')}"}
    assert declared("suite") | declared("dormancy") <= {"dormancy", *locked}
    assert {name: pinned.get(name, version) for name, version in locked.items()} == locked
    entries = re.split(r"\n(?=\S)", (ROOT / "locked.txt").read_text().strip())
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)


def test_what_is_to_be_installed_can_be():
    """Nothing of ours is on an index, so sentences name `make setup` and extras that there are."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    folders = ["docs", "README.md", "Makefile", *OURS, "benchmarks"]
    found = [path for name in folders for path in (ROOT / name, *(ROOT / name).rglob("*.*"))]
    texts = [path.read_text("utf-8") for path in found if path.suffix in {".py", ".md"}]
    named = {extra for text in texts for extra in re.findall(r"EXTRAS=([a-z]+)", text)}
    assert {"mujoco", "peers", "ray", "slurm", "tensorboard"} <= named
    assert named <= set(setup["options.extras_require"])
    assert not any(re.search(r"pip install '?(dormancy|dormant)", text) for text in texts)
