"""What is handed to SLURM, by a stand-in for submitit: no SLURM is needed, nor submitit."""

import sys
import types
from typing import ClassVar

import pytest

from agents.errors import UserError
from experiments.running import slurm
from experiments.running.order import Order
from experiments.running.slurm import SlurmEngine
from tests.experiments.fake_training import with_seed


class FailedSubmissionError(Exception):
    pass


class Executor:
    """Takes arrays, or as many of them as it is told to."""

    taken: ClassVar[list[int]] = []
    most = 100

    def __init__(self, folder):
        pass

    def update_parameters(self, **options):
        pass

    def map_array(self, function, orders, reports):
        if len(self.taken) == self.most:
            raise FailedSubmissionError("sbatch: error: there are too many jobs")
        self.taken.append(len(orders))
        return [types.SimpleNamespace(job_id=f"{len(self.taken)}_{i}") for i in range(len(orders))]


@pytest.fixture
def engine(tmp_path, monkeypatch):
    monkeypatch.setattr(slurm, "_ARRAY_JOBS", 3)
    monkeypatch.setattr(Executor, "taken", [])
    errors = {"FailedJobError": ValueError, "FailedSubmissionError": FailedSubmissionError}
    for name, content in {
        "submitit": {"SlurmExecutor": Executor},
        "submitit.core": {},
        "submitit.core.utils": errors,
    }.items():
        module = types.ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    return SlurmEngine(Order(str(tmp_path), "smoke", "cpu"), jobs=7, options={})


GROUPS = [[with_seed(seed)] for seed in range(7)]


def test_more_jobs_than_an_array_takes_become_several(engine):
    jobs = engine.start(GROUPS)
    assert Executor.taken == [3, 3, 1]
    assert [job.specs for job in jobs] == GROUPS


def test_what_was_submitted_before_a_refusal_is_cancelled(engine, monkeypatch):
    cancelled = []
    monkeypatch.setattr(Executor, "most", 1)
    monkeypatch.setattr(slurm.SlurmJob, "stop", lambda job: cancelled.append(job.specs))
    with pytest.raises(UserError, match="did not take the jobs: .* too many jobs"):
        engine.start(GROUPS)
    assert cancelled == GROUPS[:3]
