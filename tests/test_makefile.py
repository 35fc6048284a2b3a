"""What targets run, as `make --dry-run` tells it."""

from pathlib import Path
import shlex
import subprocess

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "target", ["fig5", "reproduce", "questions", "figures", "claims", "report"]
)
def test_a_folder_of_results_may_have_a_space_in_its_name(target):
    told = subprocess.run(
        ["make", "--dry-run", target, "RESULTS=my results"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    commands = [shlex.split(line) for line in told.splitlines() if "--results" in line]
    assert commands
    for words in commands:
        assert words[words.index("--results") + 1] == "my results"
