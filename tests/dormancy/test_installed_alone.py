"""The library as `pip install ./dormancy` leaves it, in an environment with nothing else in it.

The environment holds the built wheel and what the wheel says that it needs, with all that these
need in turn. Nothing is downloaded: they are linked from where the tests run.
"""

import importlib.metadata
from pathlib import Path
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile

from packaging.requirements import Requirement
import pytest

import dormancy

SOURCE = Path(dormancy.__file__).parent
README = SOURCE / "README.md"
DIRECT = {"jax", "numpy", "optax"}


def run(*command, **options) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(what: str, source: Path, into: Path) -> Path:
    into.mkdir()
    program = f"import setuptools.build_meta as b; b.build_{what}({str(into)!r})"
    run(sys.executable, "-c", program, cwd=source)
    (made,) = into.iterdir()
    return made


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, Path]:
    """The sdist made of the sources, and the wheel made of the sdist."""
    folder = tmp_path_factory.mktemp("built")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    shutil.copytree(SOURCE, folder / "source", ignore=ignored)
    sdist = build("sdist", folder / "source", folder / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    unpacked = folder / sdist.name.removesuffix(".tar.gz")
    return sdist, build("wheel", unpacked, folder / "wheel")


def needed(names: set[str]) -> set[str]:
    """These distributions and all that they require, without extras."""
    found, waiting = set(), set(names)
    while waiting:
        name = waiting.pop()
        found.add(name)
        for text in importlib.metadata.requires(name) or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting |= {requirement.name} - found
    return found


@pytest.fixture(scope="module")
def python(built, tmp_path_factory) -> Path:
    """The interpreter of an environment with the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("alone") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    run(
        sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python,
        "install", "--quiet", "--no-index", "--no-deps", built[1],
    )  # fmt: skip
    (site,) = folder.glob("lib/python*/site-packages")
    for name in needed(DIRECT):
        files = importlib.metadata.files(name)
        for top in {file.parts[0] for file in files if file.parts[0] not in ("..", "__pycache__")}:
            target = Path(files[0].locate()).parents[len(files[0].parts) - 1] / top
            if not (site / top).exists():
                (site / top).symlink_to(target)
    return python


def alone(python: Path, program: str) -> str:
    return run(
        python, "-I", "-W", "error", "-c", program, cwd=python.parent, env={"JAX_PLATFORMS": "cpu"}
    )


def test_the_wheel_holds_the_library_and_nothing_else(built):
    sdist, wheel = built
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        (metadata,) = (name for name in archive.namelist() if name.endswith("METADATA"))
        text = archive.read(metadata).decode()
        assert any(name.endswith("LICENSE") for name in archive.namelist())
    sources = {path for suffix in ("*.py", "*.pyi", "py.typed") for path in SOURCE.rglob(suffix)}
    assert names == {f"dormancy/{path.relative_to(SOURCE).as_posix()}" for path in sources}
    required = re.findall(r"^Requires-Dist: (\w+)", text, flags=re.MULTILINE)
    assert set(required) == DIRECT and len(required) == len(DIRECT)
    assert f"Version: {dormancy.__version__}\n" in text and "Requires-Python: >=3.11" in text
    assert sdist.name == f"dormancy-{dormancy.__version__}.tar.gz"


def test_every_module_is_importable_where_nothing_else_is(python):
    program = """
import importlib, importlib.metadata, importlib.util, pkgutil, sys
import dormancy
for module in pkgutil.walk_packages(dormancy.__path__, "dormancy."):
    importlib.import_module(module.name)
for name in dormancy.__all__:
    getattr(dormancy, name)
assert importlib.metadata.version("dormancy") == dormancy.__version__
others = "agents experiments figures flax jaxtyping beartype gymnasium ale_py matplotlib pandas"
print([name for name in others.split() if importlib.util.find_spec(name)])
print(dormancy.__file__.startswith(sys.prefix))
"""
    assert alone(python, program) == "[]\nTrue\n"


def test_the_ten_lines_of_the_readme_run_there_and_show_something(python):
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    first, second = alone(python, example).splitlines()
    dormant, before = re.fullmatch(r"(\d+) of 64 neurons dormant; loss ([\d.]+)", first).groups()
    left, after = re.fullmatch(
        r"after recycling (\d+), and the loss goes on falling: ([\d.]+)", second
    ).groups()
    assert int(dormant) >= 5 and int(left) <= 1
    assert float(after) < 0.5 * float(before)
