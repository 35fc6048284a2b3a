"""Every kind of run, asked to end inside an iteration, ends in the tables of one that was not."""

import dataclasses
import shutil
import signal

import pytest

from agents.events import Border
from agents.kinds import train_fleet
from agents.run_folder import CHECKPOINT
from experiments.running.preemption import SIGNALS, Moments, Preempted
from experiments.running.runner import run_together
from experiments.storing.recording import same_rows
from tests.agents import (
    made_up_cifar10,
    test_classification as classification,
    test_distillation as distillation,
    test_fleet as fleet,
    test_offline as offline,
)

pytestmark = pytest.mark.slow

OFFLINE = dataclasses.replace(offline.SPEC, targets="random_network")
CLASSIFICATION = classification.SPEC
ONLINE = fleet.run_of("DemonAttack", 3)

# What these runs require, made up where those tests are.
offline_runs, taught_runs = offline.runs, distillation.runs


@pytest.fixture(autouse=True)
def handlers():
    """Those of this process, back in place after each test."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def ends_the_same(specs, root, source=None):
    """Trains runs without and with a signal at a border, and compares their tables.

    Args:
      specs: the runs.
      root: an empty folder.
      source: the runs that they require.
    """
    places = []
    for name in ("whole", "asked"):
        if source is not None:
            shutil.copytree(source, root / name)
        places.append([root / name / spec.run_id for spec in specs])
    whole, asked = places
    borders = []

    def watched(specs, snapshots, runs):
        for number, event in train_fleet(specs, snapshots, runs):
            if number == 0 and isinstance(event, Border):
                borders.append(event.agent_step)
            yield number, event

    run_together(specs, whole, watched)
    assert borders
    # Neither the first nor the last, nor one where a log happens to fall.
    chosen = borders[len(borders) // 2]

    def signalled(specs, snapshots, runs):
        for number, event in train_fleet(specs, snapshots, runs):
            if number == 0 and isinstance(event, Border) and event.agent_step == chosen:
                signal.raise_signal(signal.SIGTERM)
            yield number, event

    moments = Moments()
    moments.listen()
    with pytest.raises(Preempted):
        run_together(specs, asked, signalled, moments=moments)
    assert all((folder / CHECKPOINT / "learner" / str(chosen)).is_dir() for folder in asked)
    begun_at = []

    def resumed(specs, snapshots, runs):
        snapshots = list(snapshots)
        begun_at.extend(snapshot.agent_step for snapshot in snapshots)
        return train_fleet(specs, snapshots, runs)

    run_together(specs, asked, resumed)
    assert begun_at == [chosen] * len(specs)
    for ours, theirs in zip(asked, whole, strict=True):
        assert same_rows(ours, theirs)


def test_offline(tmp_path, offline_runs):
    ends_the_same([OFFLINE], tmp_path, offline_runs)


def test_distillation(tmp_path, taught_runs):
    ends_the_same([distillation.SPEC], tmp_path, taught_runs)


def test_classification(tmp_path, monkeypatch):
    made_up_cifar10.write_folder(tmp_path / "cifar10", images_per_file=50)
    monkeypatch.setenv("DORMANT_CIFAR10", str(tmp_path / "cifar10"))
    ends_the_same([CLASSIFICATION], tmp_path)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of MuJoCo's own models
def test_continuous_control(tmp_path):
    sac = pytest.importorskip("tests.agents.sac.test_training")
    ends_the_same([sac.SMALL, dataclasses.replace(sac.SMALL, seed=1)], tmp_path)


def test_a_fleet_of_two_games(tmp_path):
    ends_the_same([ONLINE, fleet.run_of("Asterix", 4)], tmp_path)
