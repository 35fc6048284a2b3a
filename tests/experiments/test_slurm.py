"""SLURM: a real one, whose jobs are queued again and cancelled in the middle of runs."""

import os
import subprocess

import pytest

from tests.experiments.on_clusters import (
    PATIENCE_S,
    RUNS,
    begun,
    check_equal,
    command,
    gone_on,
    trained_here,
    until,
)
from tests.slurm.cluster import running, why_not

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(why_not()), reason=why_not())]
PLACE = ("--on", "slurm", "--slurm", "time=30")


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return trained_here(tmp_path_factory.mktemp("here"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    pytest.importorskip("submitit", reason="make setup EXTRAS=slurm")
    with running(tmp_path_factory.mktemp("slurm")) as environment:
        yield os.environ | {name: environment[name] for name in ("PATH", "SLURM_CONF")}


def ask(cluster, *words):
    return subprocess.run(words, env=cluster, check=True, capture_output=True, text=True).stdout


def our_jobs(cluster):
    """Ids of those that have not ended, in the order of the array."""
    return sorted(ask(cluster, "squeue", "--noheader", "--array", "--format=%i").split())


def start(cluster, results):
    return subprocess.Popen(
        command(results, *PLACE), env=cluster, stdout=subprocess.PIPE, text=True
    )


def test_jobs_that_are_queued_again_end_as_runs_do_here(tmp_path, cluster, here):
    with start(cluster, tmp_path) as process:
        try:
            until(lambda: len(begun(tmp_path)) == RUNS, process)
            first, second = our_jobs(cluster)
            # One array: the number behind the underscore tells its members apart.
            assert first.split("_")[0] == second.split("_")[0]
            # An operator wants the machine; and what a job is sent before its time is up.
            ask(cluster, "scontrol", "requeue", first)
            ask(cluster, "scancel", "--signal=USR1", second)
            said, _ = process.communicate(timeout=PATIENCE_S)
        finally:
            process.terminate()
    assert process.returncode == 0, said
    for job in (first, second):
        assert "Restarts=1" in ask(cluster, "scontrol", "show", "job", job)
    check_equal(tmp_path, here)
    assert all(gone_on(folder) for folder in (tmp_path / "smoke" / "runs").iterdir())


def test_a_cancelled_job_is_told_and_the_same_command_finishes_it(tmp_path, cluster, here):
    with start(cluster, tmp_path) as process:
        try:
            until(lambda: len(begun(tmp_path)) == RUNS, process)
            first, _ = our_jobs(cluster)
            ask(cluster, "scancel", first)
            said, _ = process.communicate(timeout=PATIENCE_S)
        finally:
            process.terminate()
    assert process.returncode == 1, said
    assert f"Its SLURM job {first} has ended (CANCELLED)" in said
    again = subprocess.run(
        command(tmp_path, *PLACE), env=cluster, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert again.returncode == 0, again.stdout + again.stderr
    check_equal(tmp_path, here)
