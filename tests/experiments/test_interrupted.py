"""The real thing: real games, real training, a real SIGKILL, the same table bit for bit."""

import random
import subprocess
import sys
import time

import pandas as pd

from agents.run_folder import CHECKPOINT
from experiments.storing.schema import METRICS, NEURONS, RUN_KEY
from experiments.storing.store import read_metadata

TIMEOUT_S = 120


def command(results):
    arguments = ["overlap", "--preset", "smoke", "--games", "Asterix", "--seeds", "0"]
    return [
        *(sys.executable, "-m", "experiments", *arguments),
        *("--jobs", "1", "--results", str(results)),
    ]


def log_of(results):
    return results.with_suffix(".log")


def start(results):
    with log_of(results).open("a") as log:
        return subprocess.Popen(command(results), stdout=log, stderr=subprocess.STDOUT)


def checkpoints(results):
    return {path.name for path in results.glob(f"smoke/runs/*/{CHECKPOINT}/learner/[0-9]*")}


def kill_after_checkpoint(results, delay_s):
    """Runs the command, kills it `delay_s` after its next checkpoint; False if it was done."""
    before = checkpoints(results)
    deadline = time.monotonic() + TIMEOUT_S
    with start(results) as process:
        while checkpoints(results) <= before and process.poll() is None:
            assert time.monotonic() < deadline, "no checkpoint appears"
            time.sleep(0.02)
        time.sleep(delay_s)
        killed = process.poll() is None
        process.kill()
    return killed


def test_killed_run_ends_in_the_table_of_an_uninterrupted_one(tmp_path):
    seed = random.randrange(10_000)
    print(f"killed at the moments of seed {seed}")  # shown if the test fails
    moments = random.Random(seed)
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    with start(whole) as uninterrupted:
        kills = [kill_after_checkpoint(killed, moments.uniform(0, limit)) for limit in (1.5, 0.5)]
        assert kills[0], "the first kill came too late to interrupt anything"
        done = subprocess.run(command(killed), capture_output=True, text=True, timeout=TIMEOUT_S)
        assert done.returncode == 0, done.stdout + done.stderr
        assert uninterrupted.wait(TIMEOUT_S) == 0, log_of(whole).read_text()

    (folder,) = (killed / "smoke" / "runs").iterdir()
    log = (folder / "log.txt").read_text()
    assert "going on from agent step" in log
    for name in (METRICS, NEURONS):
        ours, theirs = folder / name, whole / "smoke" / "runs" / folder.name / name
        assert read_metadata(ours, RUN_KEY)["complete"]
        pd.testing.assert_frame_equal(
            pd.read_parquet(ours), pd.read_parquet(theirs), check_exact=True
        )
    assert not list(folder.glob(".*.partial"))
