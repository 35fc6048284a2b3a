"""Leases hold where locks do not: between processes, over deaths, and however slow one is."""

import contextlib
import errno
import multiprocessing
import os
from pathlib import Path
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from experiments.running import runner
from experiments.running.runner import run_one
from experiments.storing import leases, locks
from experiments.storing.leases import Lease, is_leased
from experiments.storing.locks import LOCK, TakenError, held, is_held
from tests.experiments.fake_training import SPEC, fake_train


@pytest.fixture
def no_locks(monkeypatch):
    """Files as they are on a network file system whose locks always say yes."""

    class YesLock:
        def __init__(self, path, timeout):
            Path(path).touch()

        def acquire(self):
            pass

        release = acquire

    monkeypatch.setattr(locks, "FileLock", YesLock)


def elsewhere(monkeypatch):
    monkeypatch.setattr(leases, "_machine", lambda: "another machine")


def test_only_one_has_it(tmp_path):
    ours, theirs = Lease(tmp_path / "x"), Lease(tmp_path / "x")
    assert not is_leased(tmp_path / "x")
    assert ours.take() and not theirs.take() and is_leased(tmp_path / "x")
    ours.release()
    assert not is_leased(tmp_path / "x") and theirs.take()
    theirs.release()
    assert len(list(tmp_path.iterdir())) == 1


def test_of_many_threads_exactly_one_gets_each_turn(tmp_path):
    """Counted without any other protection: a second holder at a time would lose increments."""
    count, errors = tmp_path / "count", []
    count.write_text("0")

    def increase():
        try:
            for _ in range(5):
                lease = Lease(tmp_path / "x")
                while not lease.take():
                    time.sleep(0.001)
                before = int(count.read_text())
                time.sleep(0.002)
                count.write_text(str(before + 1))
                lease.release()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=increase) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert count.read_text() == "30"


def test_a_dead_process_holds_nothing_on_its_own_machine(tmp_path):
    program = f"""
        import os
        from pathlib import Path
        from experiments.storing.leases import Lease
        assert Lease(Path({str(tmp_path / "x")!r})).take()
        os.kill(os.getpid(), 9)
        """
    died = subprocess.run([sys.executable, "-c", textwrap.dedent(program)])
    assert died.returncode == -9
    assert not is_leased(tmp_path / "x") and Lease(tmp_path / "x").take()


def test_a_silent_machine_loses_what_it_had(tmp_path, monkeypatch):
    with monkeypatch.context() as there:
        elsewhere(there)
        theirs = Lease(tmp_path / "x")
        assert theirs.take()
    assert is_leased(tmp_path / "x")
    [file] = tmp_path.iterdir()
    long_ago = file.stat().st_mtime - leases.EXPIRY_S - 1
    os.utime(file, (long_ago, long_ago))
    assert not is_leased(tmp_path / "x") and Lease(tmp_path / "x").take()


def test_whoever_comes_to_again_is_told_that_it_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(leases, "RENEWAL_S", 0.05)
    monkeypatch.setattr(leases, "EXPIRY_S", -1.0)
    slow, quick = Lease(tmp_path / "x"), Lease(tmp_path / "x")
    assert slow.take() and quick.take()
    deadline = time.monotonic() + 10
    while not slow.lost and time.monotonic() < deadline:
        time.sleep(0.01)
    assert slow.lost and not quick.lost
    slow.release()
    quick.release()


def test_whoever_holds_a_folder_that_is_moved_away_is_told(tmp_path, monkeypatch):
    """A new one in its place is somebody else's."""
    monkeypatch.setattr(leases, "RENEWAL_S", 0.05)
    folder = tmp_path / "run"
    folder.mkdir()
    with held(folder / LOCK) as hold:
        hold.check()
        folder.rename(tmp_path / "away")
        folder.mkdir()
        deadline = time.monotonic() + 10
        with pytest.raises(TakenError, match="was moved away"):
            while time.monotonic() < deadline:
                hold.check()
                time.sleep(0.01)


def test_who_judged_by_an_old_lease_fails(tmp_path, monkeypatch):
    """It saw the first generation expired, slept, and meanwhile two others have come."""
    first = Lease(tmp_path / "x")
    assert first.take()
    first.release()
    real, seen = leases._generations, [[0]]
    monkeypatch.setattr(leases, "_generations", lambda path: seen.pop() if seen else real(path))
    slow = Lease(tmp_path / "x")
    others = [Lease(tmp_path / "x"), Lease(tmp_path / "x")]

    def probe(path, content, real_probe=leases._probe):
        monkeypatch.setattr(leases, "_probe", real_probe)
        assert others[0].take()
        others[0].release()
        assert others[1].take()
        return real_probe(path, content)

    monkeypatch.setattr(leases, "_probe", probe)
    assert not slow.take()
    assert is_leased(tmp_path / "x") and not Lease(tmp_path / "x").take()


# Forks, which a process that has started JAX's threads for other tests must not.
@pytest.mark.slow
def test_a_run_is_trained_by_one_without_locks(tmp_path, no_locks, monkeypatch):
    """Two processes want the same run at the same time; the loser is told."""
    monkeypatch.setattr(runner, "_LOCK_PATIENCE_S", 0.2)
    folder = tmp_path / SPEC.run_id
    context = multiprocessing.get_context("fork")

    def train(began, go, outcome):
        def slow(spec, resume, runs):
            for event in fake_train(spec, resume):
                began.set()
                go.wait(60)
                yield event

        try:
            run_one(SPEC, folder, slow)
            outcome.put("trained")
        except TakenError:
            outcome.put("taken")

    began, go, outcome = context.Event(), context.Event(), context.Queue()
    first = context.Process(target=train, args=(began, go, outcome))
    first.start()
    assert began.wait(60)
    assert is_held(folder / LOCK)
    second = context.Process(target=train, args=(began, go, outcome))
    second.start()
    assert outcome.get(timeout=60) == "taken"
    go.set()
    assert outcome.get(timeout=60) == "trained"
    for process in (first, second):
        process.join(60)
    assert not is_held(folder / LOCK)


def test_a_run_that_was_taken_over_writes_nothing_more(tmp_path, monkeypatch):
    lost, tables = [], {}

    class Losing(Lease):
        def take(self):
            lost.append(self)
            return super().take()

    monkeypatch.setattr(locks, "Lease", Losing)

    def train(spec, resume, runs):
        for number, event in enumerate(fake_train(spec, resume)):
            if number == 6:
                lost[0].lost = True
                tables.update({path: path.read_bytes() for path in tmp_path.glob("*.parquet")})
            yield event

    with pytest.raises(TakenError, match="taken over"):
        run_one(SPEC, tmp_path, train)
    assert len(tables) == 2
    assert all(path.read_bytes() == before for path, before in tables.items())


def test_patience_ends(tmp_path, no_locks):
    with held(tmp_path / "x"), pytest.raises(TakenError), held(tmp_path / "x", patience_s=0.2):
        raise AssertionError("two hold one thing")
    with contextlib.suppress(TakenError), held(tmp_path / "x", patience_s=0.2):
        return
    raise AssertionError("it was not handed back")


def test_what_may_not_be_written_is_judged_by_its_lease(tmp_path, monkeypatch):
    """As the results of somebody else, whose runs are looked at while they are trained."""
    path = tmp_path / ".lock"

    def forbidden(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    with held(path), monkeypatch.context() as patch:
        patch.setattr(locks.FileLock, "acquire", forbidden)
        assert is_held(path)
    path.touch()
    monkeypatch.setattr(locks.FileLock, "acquire", forbidden)
    assert not is_held(path)
