"""Ctrl-C while a program still imports, and where nothing but Python itself would catch it."""

import os
from pathlib import Path
import signal
import subprocess
import sys

import pytest

ROOT = Path(__file__).parents[2]


def interrupted(tmp_path, program, module, *arguments):
    """What a program says that is interrupted as it imports a module of this name."""
    (tmp_path / f"{module}.py").write_text("raise KeyboardInterrupt")
    return subprocess.run(
        [sys.executable, "-m", program, *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("program", ["experiments", "figures"])
def test_a_program_that_still_imports_ends_with_a_word(tmp_path, program):
    done = interrupted(tmp_path, program, "tyro")
    assert (done.stdout, done.stderr) == ("", "\nStopped.\n")
    assert done.returncode == -signal.SIGINT


def test_figures_end_with_a_word_later_too(tmp_path):
    done = interrupted(tmp_path, "figures", "mine", "fig5", "--plugin", "mine")
    assert (done.stderr, done.returncode) == ("\nStopped.\n", -signal.SIGINT)


def test_other_errors_keep_their_traceback(tmp_path):
    (tmp_path / "tyro.py").write_text("1 / 0")
    done = subprocess.run(
        [sys.executable, "-m", "figures"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 1 and "ZeroDivisionError" in done.stderr
