"""The whole command asked to end, as a machine does that goes down: saved, told, gone on with."""

import signal
import subprocess

import pytest

from experiments.presets.presets import SMOKE
from tests.experiments.on_clusters import (
    PATIENCE_S,
    RUNS,
    begun,
    check_equal,
    command,
    trained_here,
    until,
)

pytestmark = pytest.mark.slow
INTERRUPTED = 130


def test_the_same_command_goes_on_after_sigterm(tmp_path):
    results = tmp_path / "asked"
    with subprocess.Popen(
        command(results, "--jobs", "2"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until(lambda: len(begun(results)) == RUNS, process)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == INTERRUPTED
    assert "The same command goes on" in said
    # Not only at the end of an iteration, which it would have saved anyway.
    iteration = SMOKE.atari.schedule.agent_steps_per_iteration
    kept = [int(path.name) for path in results.glob("smoke/runs/*/checkpoint/learner/*")]
    assert any(agent_step % iteration for agent_step in kept), kept
    done = subprocess.run(command(results), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    check_equal(results, trained_here(tmp_path / "here"))
