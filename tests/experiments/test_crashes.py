"""Every file operation of a run goes wrong once: it ends in the same tables nevertheless."""

import json
import os
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

from tests.experiments.crashing import KINDS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    """The library that makes operations go wrong, compiled here."""
    compiler = shutil.which("cc")
    if not sys.platform.startswith("linux") or compiler is None:
        pytest.skip("needs Linux and a C compiler")
    library = tmp_path_factory.mktemp("faults") / "faults.so"
    options = ["-shared", "-fPIC", "-O1", "-o", str(library), str(HERE / "faults.c")]
    subprocess.run([compiler, *options, "-ldl", "-lpthread"], check=True)
    return library


def crash(faults, folder, kind, every):
    """What `crashing` says of one kind of fault."""
    program = [sys.executable, "-m", "tests.experiments.crashing"]
    done = subprocess.run(
        [*program, str(folder), kind, "--every", str(every)],
        env=os.environ | {"LD_PRELOAD": str(faults), "JAX_PLATFORMS": "cpu"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_goes_wrong_the_tables_are_the_same(faults, tmp_path, kind):
    """Minutes a kind on an idle core. `pytest -m slow -s` shows the numbers."""
    found = crash(faults, tmp_path, kind, every=1)
    print(
        f"{kind}: {found['identical']} of {found['positions']} positions end in the same tables, "
        f"transitions and network; {found['interrupted']} of them interrupted the run"
    )
    assert found["interrupted"] > 0
    assert not found["wrong"]
    assert found["positions"] == found["operations"] > 100
