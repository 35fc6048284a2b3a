"""Ray: a real cluster of two machines in miniature, of which one is lost in the middle of a run."""

import subprocess

import pytest

from experiments.running import ray as engine
from experiments.running.mirror import Home, Mirror
from experiments.running.order import Order
from experiments.running.ray import train_in_mirror
from experiments.storing import transitions
from experiments.storing.locks import LOCK, held, is_held
from experiments.storing.recording import same_rows
from experiments.storing.schema import Store
from experiments.storing.store import claim_folder, is_complete
from tests.experiments.fake_training import SPEC, fake_train
from tests.experiments.on_clusters import (
    PATIENCE_S,
    begun,
    check_equal,
    command,
    gone_on,
    trained_here,
    until,
)


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return trained_here(tmp_path_factory.mktemp("here"))


def started(attempts=4):
    """A cluster of two machines. Ray gives itself half a minute for each, also on a busy one."""
    from ray.cluster_utils import Cluster

    size = {"num_cpus": 1, "memory": 8_000_000_000, "object_store_memory": 200_000_000}
    for attempt in range(attempts):
        cluster = Cluster()
        try:
            cluster.add_node(**size)
            cluster.second = cluster.add_node(**size)
            return cluster
        except Exception:
            cluster.shutdown()
            if attempt == attempts - 1:
                raise


@pytest.fixture
def cluster():
    pytest.importorskip("ray", reason="Ray is not installed: make setup EXTRAS=ray")
    found = started()
    yield found
    found.shutdown()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Ray's own
@pytest.mark.parametrize("shared", ["auto", "no"])
def test_a_machine_is_lost_and_all_runs_end_as_they_do_here(tmp_path, here, cluster, shared):
    place = ("--on", "ray", "--ray-address", cluster.address, "--ray", f"shared={shared}")
    with subprocess.Popen(command(tmp_path, *place), stdout=subprocess.PIPE, text=True) as process:
        try:
            # Each machine has one core, so that each trains one run.
            until(lambda: len(begun(tmp_path)) == 2, process)
            cluster.remove_node(cluster.second, allow_graceful=False)
            said, _ = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
    assert process.returncode == 0, said
    assert "2/2 runs done" in said
    check_equal(tmp_path, here)
    assert any(gone_on(folder) for folder in (tmp_path / "smoke" / "runs").iterdir())


def in_this_process(monkeypatch, stop_after=None):
    """Lets orders be trained by a trainer that costs nothing, and maybe lose their machine."""
    from experiments.running.engine import Outcome
    from experiments.running.runner import run_one

    class LostError(Exception):
        pass

    def train_here(order, send):
        [spec] = order.read_specs()

        def train(spec, resume, runs):
            for number, event in enumerate(fake_train(spec, resume)):
                if number == stop_after:
                    send()
                    raise LostError
                yield event

        run_one(spec, order.store.run_folder(spec), train)
        send()
        return Outcome()

    monkeypatch.setattr(engine, "_train_here", train_here)
    return LostError


def at_home(tmp_path):
    """A home, the run's folder in it, an order, and how to ask."""
    store = Store(tmp_path, "smoke")
    folder = store.run_folder(SPEC)
    claim_folder(folder, SPEC)
    home = Home(str(tmp_path), "smoke")
    order = Order(str(tmp_path), "smoke").of([SPEC])
    return home, folder, order, lambda method, *arguments: getattr(home, method)(*arguments)


@pytest.mark.parametrize("keep", [False, True])
def test_a_mirror_sends_home_what_a_run_goes_on_from(tmp_path, monkeypatch, keep):
    from agents.run_folder import CHECKPOINT
    from experiments.running.runner import run_one

    whole = tmp_path / "whole"
    claim_folder(whole, SPEC)
    _, folder, order, ask = at_home(tmp_path / "home")
    if keep:
        transitions.keep(whole)
        transitions.keep(folder)
    run_one(SPEC, whole, fake_train)
    with pytest.raises(in_this_process(monkeypatch, stop_after=15)):
        train_in_mirror(order, ask)
    steps = {path.name for path in (folder / CHECKPOINT / "learner").iterdir()}
    assert steps and not is_complete(folder, SPEC)
    in_this_process(monkeypatch)
    train_in_mirror(order, ask)
    assert is_complete(folder, SPEC) and same_rows(folder, whole)
    assert not list(folder.rglob("*.partial"))
    names = [
        sorted(p.relative_to(f).as_posix() for p in f.rglob("*.parquet")) for f in (folder, whole)
    ]
    assert names[0] == names[1]


def test_a_checkpoint_that_is_being_written_is_not_sent(tmp_path):
    """On a busy machine that takes longer than the time between two sendings."""
    home, folder, _, ask = at_home(tmp_path / "home")
    store = Store(tmp_path / "mirror", "smoke")
    learner = store.run_folder(SPEC) / "checkpoint" / "learner"
    for step in ("100", "200.orbax-checkpoint-tmp"):
        (learner / step).mkdir(parents=True)
        (learner / step / ".zarray").write_text(step)
    mirror = Mirror(ask, store, SPEC)
    mirror.send()
    arrived = folder / "checkpoint" / "learner"
    assert [path.relative_to(arrived).as_posix() for path in arrived.rglob("*")] == [
        "100",
        "100/.zarray",
    ]
    (learner / "200.orbax-checkpoint-tmp").rename(learner / "200")
    mirror.send()
    assert (arrived / "200" / ".zarray").exists()
    assert home.names(SPEC.run_id) == [
        "checkpoint/learner/100/.zarray",
        "checkpoint/learner/200/.zarray",
        "spec.json",
    ]


def test_a_run_that_another_command_has_is_not_trained_in_a_mirror(tmp_path, monkeypatch):
    _, folder, order, ask = at_home(tmp_path)
    monkeypatch.setattr("experiments.running.mirror._PATIENCE_S", 0.2)
    in_this_process(monkeypatch)
    with held(folder / LOCK):
        assert train_in_mirror(order, ask).retry == (SPEC,)
    assert not is_held(folder / LOCK)
    assert train_in_mirror(order, ask).retry == ()
    assert is_complete(folder, SPEC) and not is_held(folder / LOCK)
