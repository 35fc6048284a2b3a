"""Many runs in one process: which train in step, what a killed fleet goes on from."""

import dataclasses
import itertools
import re
import subprocess
import sys
import types

import pandas as pd
import pytest

from agents.errors import UserError
from agents.events import Snapshot
from agents.fleet import plan
from agents.fleet.execution import Execution
from agents.fleet.host import host_bytes
from agents.fleet.plan import (
    FleetPlan,
    Memory,
    bytes_for_run,
    frame_bytes,
    largest_fleet,
    plan_fleet,
)
from agents.run_folder import CHECKPOINT
from agents.spec import RunSpec
from experiments import continuous_control
from experiments.presets.presets import SMOKE
from experiments.running import fleets
from experiments.running.runner import run_one
from experiments.storing.schema import METRICS, NEURONS, RUN_KEY
from experiments.storing.store import read_metadata
from tests.experiments.fake_training import SPEC, fake_train, with_seed

ON_ACCELERATOR = Execution(fuse_updates=True, replay_on_device=True)
SPECS = [with_seed(seed) for seed in range(4)]


class Killed(BaseException):
    """Stands for a process that ends without any clean-up of ours."""


def fake_train_fleet(specs, snapshots, runs=None):
    """All events of one moment, member by member, as the real loop yields them."""
    del runs
    snapshots = list(snapshots)
    assert len({snapshot and snapshot.agent_step for snapshot in snapshots}) == 1
    each = [fake_train(spec, snapshot) for spec, snapshot in zip(specs, snapshots, strict=True)]
    for events in zip(*each, strict=True):
        yield from enumerate(events)


def killed_after(agent_step):
    def train(spec, resume, runs):
        for event in fake_train(spec, resume):
            if event.agent_step > agent_step:
                raise Killed
            yield event

    return train


def folders_of(root):
    return [root / spec.run_id for spec in SPECS]


def tables(folder):
    return [pd.read_parquet(folder / name) for name in (METRICS, NEURONS)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    root = tmp_path_factory.mktemp("alone")
    for spec, folder in zip(SPECS, folders_of(root), strict=True):
        run_one(spec, folder, fake_train)
    return [tables(folder) for folder in folders_of(root)]


EVENTS = list(fake_train_fleet(SPECS, [None] * len(SPECS)))
# After how many events some, but not all, checkpoints of an iteration are saved; and before any.
AMID_CHECKPOINTS = [
    number
    for number, (member, event) in enumerate(EVENTS, start=1)
    if isinstance(event, Snapshot) and member < len(SPECS) - 1
]


@pytest.mark.parametrize("count", [1, *AMID_CHECKPOINTS, len(EVENTS)])
def test_a_killed_fleet_ends_in_the_tables_of_runs_alone(tmp_path, alone, monkeypatch, count):
    """Also where it was killed between the checkpoints of two members."""
    folders, sizes = folders_of(tmp_path), []

    def counted(specs, snapshots, runs):
        sizes.append(len(specs))
        return fake_train_fleet(specs, snapshots)

    def killed(specs, snapshots, runs):
        yield from itertools.islice(fake_train_fleet(specs, snapshots), count)
        raise Killed

    monkeypatch.setattr(fleets, "train_fleet", killed)
    with pytest.raises(Killed):
        fleets.run_all(SPECS, folders, 4, 1)
    monkeypatch.setattr(fleets, "train_fleet", counted)
    fleets.run_all(SPECS, folders, 4, 1)
    assert sizes == [4]
    for folder, whole in zip(folders, alone, strict=True):
        for ours, theirs in zip(tables(folder), whole, strict=True):
            pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def test_no_more_than_fit_and_each_begun_run_with_its_like(tmp_path, alone, monkeypatch):
    folders, trained = folders_of(tmp_path), []

    with pytest.raises(Killed):
        run_one(SPECS[1], folders[1], killed_after(40))

    def noted(specs, snapshots, runs):
        trained.append([spec.seed for spec in specs])
        return fake_train_fleet(specs, snapshots)

    monkeypatch.setattr(fleets, "train_fleet", noted)
    fleets.run_all(SPECS, folders, 2, 1)
    assert trained == [[0, 2], [3], [1]]
    for folder, whole in zip(folders, alone, strict=True):
        pd.testing.assert_frame_equal(tables(folder)[0], whole[0], check_exact=True)


def test_nobody_goes_back_for_more_runs_than_are_trained_in_step(tmp_path, monkeypatch):
    """Two runs are ahead by their only checkpoint, and the fleet of two is full without them."""
    folders, trained = folders_of(tmp_path), []
    for spec, folder in zip(SPECS[:2], folders[:2], strict=True):
        with pytest.raises(Killed):
            run_one(spec, folder, killed_after(16))

    def noted(specs, snapshots, runs):
        snapshots = list(snapshots)
        steps = [snapshot.agent_step if snapshot else 0 for snapshot in snapshots]
        trained.append(([spec.seed for spec in specs], steps))
        return fake_train_fleet(specs, snapshots)

    monkeypatch.setattr(fleets, "train_fleet", noted)
    fleets.run_all(SPECS, folders, 2, 1)
    assert trained == [([2, 3], [0, 0]), ([0, 1], [16, 16])]


def test_a_run_that_cannot_go_on_does_not_stop_the_others(tmp_path, alone, monkeypatch):
    folders = folders_of(tmp_path)
    for spec, folder in zip(SPECS, folders, strict=True):
        with pytest.raises(Killed):
            run_one(spec, folder, killed_after(16))
    for path in (folders[1] / CHECKPOINT / "transitions").iterdir():
        path.write_bytes(b"nonsense")
    monkeypatch.setattr(fleets, "train_fleet", fake_train_fleet)
    with pytest.raises(UserError, match="No checkpoint in .* can be read") as told:
        fleets.run_all(SPECS, folders, None, 1)
    assert SPECS[1].run_id in str(told.value)
    for number in (0, 2, 3):
        pd.testing.assert_frame_equal(tables(folders[number])[0], alone[number][0])


def test_kinds_without_frames_are_trained_in_step_as_well(tmp_path, monkeypatch):
    """All seeds of a task at once, as a launcher on an accelerator hands them over."""
    runs = [run.spec for run in continuous_control.EXPERIMENT.runs(SMOKE, ("Hopper",), range(3))]
    specs = [spec for spec in runs if spec.common_part == runs[0].common_part]
    assert len(specs) == 3
    sizes = []

    def counted(specs, folders, train, **how):
        assert train is fleets.train_fleet
        sizes.append(len(specs))

    monkeypatch.setattr(fleets, "run_together", counted)
    for fleet in (None, 2):
        fleets.run_all(specs, [tmp_path / spec.run_id for spec in specs], fleet, 1)
    assert sizes == [3, 2, 1]


def on_device(size: int) -> Memory:
    """A device that is the host, as a CPU."""
    return Memory(device=size, host=0)


def test_memory_of_the_published_run():
    needed = bytes_for_run(RunSpec())
    # More than the frames alone, and not much more.
    assert 84 * 84 * 1_000_000 == frame_bytes(RunSpec()) < needed < 7.5e9
    assert largest_fleet(RunSpec(), on_device(int(141e9))) == 18


def test_a_fleet_too_large_is_refused_with_the_largest_that_fits():
    available = on_device(10 * bytes_for_run(SPEC))
    assert plan_fleet(SPEC, None, available) == FleetPlan(9)
    assert plan_fleet(SPEC, 5, available) == FleetPlan(5)
    with pytest.raises(
        UserError, match=r"^12 runs at a time need .* at most 9 fit: use --fleet 9\.$"
    ):
        plan_fleet(SPEC, 12, available)
    with pytest.raises(UserError, match="needs [0-9.]+ GB on the device, which has .* GB for it"):
        plan_fleet(SPEC, 1, on_device(bytes_for_run(SPEC) // 2))


@pytest.mark.parametrize(
    ("device_gb", "host_gb", "wanted", "expected"),
    [
        # With the device, as long as that holds them.
        (8, 64, None, FleetPlan(1)),
        (24, 64, None, FleetPlan(3)),
        (24, 64, 3, FleetPlan(3)),
        # 7.33 GB a run, 7.06 of them for frames: 0.28 without.
        (6, 64, None, FleetPlan(8, frames_on_host=True)),
        (2, 640, None, FleetPlan(6, frames_on_host=True)),
        (6, 8, 1, FleetPlan(1, frames_on_host=True)),
        # Of so many only the frames of the host find room.
        (24, 64, 5, FleetPlan(5, frames_on_host=True)),
    ],
)
def test_frames_that_the_device_cannot_hold_stay_with_the_host(
    device_gb, host_gb, wanted, expected
):
    available = Memory(int(device_gb * 1e9), int(host_gb * 1e9))
    assert plan_fleet(RunSpec(), wanted, available) == expected


@pytest.mark.parametrize(
    ("groups", "limits", "expected"),
    [
        ("0::/job/step", {"sys/fs/cgroup/job/memory.max": "3000000"}, 3_000_000),
        # The group of a container, whose name outside it does not know.
        ("0::/", {"sys/fs/cgroup/memory.max": "max"}, None),
        (
            "4:cpu:/\n3:memory:/docker/17",
            {"sys/fs/cgroup/memory/memory.limit_in_bytes": "5000000\n"},
            5_000_000,
        ),
        (
            "0::/job/step",
            {"sys/fs/cgroup/job/memory.max": "7", "sys/fs/cgroup/job/step/memory.max": "9"},
            7,
        ),
        ("3:cpu:/job", {"sys/fs/cgroup/memory/job/memory.limit_in_bytes": "5"}, None),
        (None, {}, None),
    ],
)
def test_a_container_has_the_memory_that_it_is_given(tmp_path, groups, limits, expected):
    files = limits if groups is None else limits | {"proc/self/cgroup": groups}
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    nothing_known = host_bytes(tmp_path / "nowhere")
    assert host_bytes(tmp_path) == (expected or nothing_known)
    assert nothing_known > 10**9


def test_frames_that_neither_memory_holds_are_refused():
    with pytest.raises(
        UserError,
        match=r"needs 0\.3 GB on the device, which has 6\.0 GB for it, and 7\.1 GB for frames, "
        r"there as well or on the host, which has 6\.0 GB; take another",
    ):
        plan_fleet(RunSpec(), None, Memory(int(6e9), int(6e9)))
    with pytest.raises(UserError, match="at most 8 fit: use --fleet 8"):
        plan_fleet(RunSpec(), 9, Memory(int(24e9), int(64e9)))


@pytest.mark.parametrize(("frames_that_fit", "elsewhere"), [(1.1, False), (0.5, True)])
def test_a_small_device_trains_with_host_frames_and_says_so(
    tmp_path, monkeypatch, caplog, frames_that_fit, elsewhere
):
    size = bytes_for_run(SPEC) + (frames_that_fit - 1) * frame_bytes(SPEC)
    size = int(size / 0.95)
    device = types.SimpleNamespace(memory_stats=lambda: {"bytes_limit": size})
    monkeypatch.setattr(plan.jax, "local_devices", lambda: [device])
    monkeypatch.setattr(fleets, "plan_execution", lambda members: ON_ACCELERATOR)
    executions = []

    def noted(specs, snapshots, runs, execution=None):
        executions.append(execution)
        return fake_train_fleet(specs, snapshots)

    monkeypatch.setattr(fleets, "train_fleet", noted)
    with caplog.at_level("WARNING"):
        fleets.run_all(SPECS[:1], folders_of(tmp_path)[:1], None, 1)
    said = [record.message for record in caplog.records if "host's memory" in record.message]
    if elsewhere:
        [sentence] = said
        assert sentence.count(".") - len(re.findall(r"\d\.\d", sentence)) == 1
        assert executions == [dataclasses.replace(ON_ACCELERATOR, replay_on_device=False)]
    else:
        assert not said
        # The trainer's own choice.
        assert executions == [None]


@pytest.mark.slow
def test_a_fleet_from_the_command_line(tmp_path):
    """Four runs of two games, three of them in step and then one."""
    command = [sys.executable, "-m", "experiments", "prevalence", "--preset", "smoke"]
    where = ["--device", "cpu", "--jobs", "1", "--results", str(tmp_path)]
    fleet = [*command, "--seeds", "0", "1", "--fleet", "3", *where]
    said = subprocess.run(fleet, capture_output=True, text=True, check=True).stdout
    assert "4 of 4 runs are complete." in said
    index = pd.read_parquet(tmp_path / "smoke" / "prevalence.parquet")
    assert len(index) == 4
    for run_id in index.run_id:
        folder = tmp_path / "smoke" / "runs" / run_id
        assert read_metadata(folder / METRICS, RUN_KEY)["complete"]
        assert (folder / "checkpoint" / "learner").is_dir()
        assert not (folder / "checkpoint" / "transitions").exists()
