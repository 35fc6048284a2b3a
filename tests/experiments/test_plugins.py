"""What docs/your-own.md promises, from a folder outside the repository."""

import json
import os
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"


@pytest.fixture
def outside(tmp_path):
    """A user's own folder with copies of the examples."""
    for path in EXAMPLES.glob("*.py"):
        shutil.copy(path, tmp_path)
    return tmp_path


def run(folder, *arguments):
    # As installed, also where another copy of the project is.
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.slow
def test_network_intervention_experiment_and_figure_of_a_users_own(outside):
    train = ["noisy_dense", "--plugin", "noisy_dense", "--preset", "smoke", "--seeds", "0"]
    short = ["--set", "schedule.iterations=2", "--name", "short", "--device", "cpu"]
    done = run(outside, "experiments", *train, *short)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 of 2 runs are complete." in done.stdout
    specs = [json.loads(p.read_text()) for p in (outside / "local_results").rglob("spec.json")]
    assert {spec["network"]["kind"] for spec in specs} == {"dense"}
    assert {spec["intervention"]["kind"] for spec in specs} == {"none", "noise"}

    both = ["--plugin", "noisy_dense", "noise_and_dormancy"]
    done = run(outside, "figures", "noise_and_dormancy", *both, "--preset", "short")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "With noise on the weights fewer neurons are dormant." in done.stdout
    assert (outside / "local_results/short/figures/noise_and_dormancy.png").exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "There is no module 'mine'"),
        ("import nowhere_to_be_found", "needs nowhere_to_be_found, which is missing"),
        ("1 / 0", "The plugin mine cannot be imported (ZeroDivisionError"),
        ("def", "The plugin mine cannot be imported (SyntaxError"),
        ("from experiments.overlap import EXPERIMENT", ""),
    ],
)
def test_plugins_that_cannot_be_imported_get_one_sentence(tmp_path, text, sentence):
    if text is not None:
        (tmp_path / "mine.py").write_text(text)
    done = run(tmp_path, "experiments", "list", "--plugin", "mine")
    assert done.returncode == (2 if sentence else 0)
    assert sentence in done.stderr
    assert done.stderr.count("\n") == (1 if sentence else 0)
