"""The comparisons must not vanish unseen, and must leave no trace of the stand-ins."""

from pathlib import Path
import subprocess
import sys

import pytest

from tests.oracle import dopamine_shim

recyclers = dopamine_shim.load("labs.redo.weight_recyclers")
atari_lib = dopamine_shim.load("discrete_domains.atari_lib")


def test_comparisons_run_against_the_pinned_version():
    assert dopamine_shim.installed_version() == dopamine_shim.VERSION
    assert Path(recyclers.__file__).parts[-3:] == ("labs", "redo", "weight_recyclers.py")


def test_missing_dopamine_fails_where_it_is_required(monkeypatch):
    monkeypatch.setattr(dopamine_shim, "installed_version", lambda: None)
    monkeypatch.setenv(dopamine_shim.REQUIRE, "1")
    with pytest.raises(pytest.fail.Exception, match="found none"):
        dopamine_shim.require()


def test_missing_dopamine_skips_elsewhere(monkeypatch):
    monkeypatch.setattr(dopamine_shim, "installed_version", lambda: None)
    monkeypatch.delenv(dopamine_shim.REQUIRE, raising=False)
    with pytest.raises(pytest.skip.Exception, match="found none"):
        dopamine_shim.require()


def test_stand_ins_are_gone_after_the_import():
    program = (
        "import sys\n"
        "from benchmarks import dopamine_import\n"
        "dopamine_import.load('jax.agents.dqn.dqn_agent')\n"
        "print([name for name in dopamine_import._ABSENT if name in sys.modules])\n"
    )
    here = str(Path(__file__).parents[2])
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=here, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


def test_a_stand_in_cannot_be_called():
    with pytest.raises(RuntimeError, match="stand-in"):
        atari_lib.tf.compat.v1.train.Saver()
