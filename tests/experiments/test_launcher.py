import io
import json
import os
from pathlib import Path
import shutil
import subprocess
import sys
import textwrap
import time

from filelock import FileLock
import pytest
from rich.console import Console

from agents.errors import UserError
from agents.offline.spec import OfflineSpec
from agents.replay import archive
from experiments.presets.presets import PAPER
from experiments.running import local
from experiments.running.display import Board, Estimate, LineDisplay, LiveDisplay
from experiments.running.launcher import run_many
from experiments.running.local import LocalEngine
from experiments.running.preemption import Moments
from experiments.running.progress import AGAIN, Status, StatusFile, read_status
from experiments.running.runner import run_one
from experiments.running.worker import PREEMPTED, TAKEN, _run
from experiments.storing import failures, transitions
from experiments.storing.schema import Store
from experiments.storing.store import claim_folder
from tests.experiments.fake_training import SPEC, fake_train, with_seed


def worker_that(monkeypatch, program):
    """Lets the launcher start a program of ours instead of the real worker."""
    program = "import os, signal, sys, time\n" + textwrap.dedent(program)
    monkeypatch.setattr(local, "WORKER", (sys.executable, "-c", program))


def launch(tmp_path, *specs, jobs=2):
    store = Store(tmp_path, "smoke")
    return run_many(specs, store, LocalEngine(store, "cpu", jobs), LineDisplay())


def test_failures_are_told_and_do_not_stop_the_others(tmp_path, monkeypatch, capsys):
    specs = [with_seed(seed) for seed in range(5)]
    worker_that(
        monkeypatch,
        f"""
        kind = {[spec.run_id for spec in specs]}.index(os.path.basename(sys.argv[1]))
        if kind == 0: sys.exit(0)
        if kind == 1: print("The disk is full."); sys.exit(2)
        if kind == 2: raise ZeroDivisionError
        if kind == 4: sys.exit({PREEMPTED})
        os.kill(os.getpid(), signal.SIGKILL)
        """,
    )
    failures = {failure.spec.seed: failure for failure in launch(tmp_path, *specs)}
    assert sorted(failures) == [1, 2, 3, 4]
    assert failures[1].sentence == "The disk is full."
    assert "log.txt" in failures[2].sentence
    assert "ZeroDivisionError" in failures[2].log.read_text()
    assert "SIGKILL" in failures[3].sentence
    assert "asked to end" in failures[4].sentence and "memory" not in failures[4].sentence
    assert "1/5 runs done, 4 failed" in capsys.readouterr().out


def test_why_a_run_failed_is_kept_before_the_others_end(tmp_path, monkeypatch):
    """Also where the command is interrupted then."""
    broken, slow = with_seed(0), with_seed(1)
    worker_that(
        monkeypatch,
        f"""
        if os.path.basename(sys.argv[1]) == {broken.run_id!r}:
            print("Something is wrong with it."); sys.exit(2)
        time.sleep(60)
        """,
    )
    store = Store(tmp_path, "smoke")

    class Impatient(LineDisplay):
        def show(self, board):
            if board.failed:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_many([broken, slow], store, LocalEngine(store, "cpu", 2), Impatient())
    assert failures.read(store.run_folder(broken)) == "Something is wrong with it."


def test_complete_runs_start_no_worker(tmp_path, monkeypatch):
    run_one(SPEC, Store(tmp_path, "smoke").run_folder(SPEC), fake_train)
    worker_that(monkeypatch, "sys.exit(1)")
    assert launch(tmp_path, SPEC) == []


def test_a_run_asked_for_twice_is_trained_once(tmp_path, monkeypatch):
    worker_that(monkeypatch, "open(sys.argv[1] + '/trained', 'a').write('x')")
    assert launch(tmp_path, SPEC, SPEC) == []
    assert (Store(tmp_path, "smoke").run_folder(SPEC) / "trained").read_text() == "x"


def test_workers_on_the_cpu_are_single_threaded(tmp_path, monkeypatch):
    worker_that(
        monkeypatch,
        """
        assert "--xla_cpu_multi_thread_eigen=false" in os.environ["XLA_FLAGS"]
        assert os.environ["JAX_PLATFORMS"] == "cpu"
        assert os.environ["OMP_NUM_THREADS"] == "1"
        assert os.environ["NPROC"] == "1"
        """,
    )
    assert launch(tmp_path, SPEC) == []


def test_ctrl_c_stops_the_workers(tmp_path, monkeypatch):
    worker_that(
        monkeypatch, "open(sys.argv[1] + '/pid', 'w').write(str(os.getpid()))\ntime.sleep(60)"
    )
    folder = Store(tmp_path, "smoke").run_folder(SPEC)

    class Impatient(LineDisplay):
        def show(self, board):
            if (folder / "pid").exists() and (folder / "pid").read_text():
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store = Store(tmp_path, "smoke")
        run_many([SPEC], store, LocalEngine(store, "cpu", 1), Impatient())
    assert not is_alive(int((folder / "pid").read_text()))


def test_a_worker_that_is_asked_to_end_has_its_lifeline_until_it_has(tmp_path, monkeypatch):
    """It saves first; without the lifeline it would be gone at once."""
    worker_that(
        monkeypatch,
        """
        import select, signal
        told = open(sys.argv[1] + '/told', 'w')

        def end(*_):
            time.sleep(0.5)
            closed = select.select([sys.stdin], [], [], 0)[0]
            print('alone' if closed else 'saved', file=told, flush=True)
            sys.exit(5)

        signal.signal(signal.SIGTERM, end)
        open(sys.argv[1] + '/pid', 'w').write(str(os.getpid()))
        time.sleep(60)
        """,
    )
    store = Store(tmp_path, "smoke")
    folder = store.run_folder(SPEC)
    folder.mkdir(parents=True)
    (job,) = LocalEngine(store, "cpu", 1).start([[SPEC]])
    while not (folder / "pid").exists():
        time.sleep(0.05)
    job.stop()
    job.wait()
    assert (folder / "told").read_text() == "saved\n"


@pytest.fixture
def busy_worker(tmp_path):
    """A real worker with hours to do, whose standard input we hold."""
    spec = PAPER.run("Asterix", 0)
    claim_folder(tmp_path / "run", spec)
    process = subprocess.Popen(
        [sys.executable, "-m", "experiments.running.worker", tmp_path / "run", "--lifeline"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        yield process
        process.kill()


def test_worker_dies_with_its_launcher(busy_worker):
    time.sleep(1)
    assert busy_worker.poll() is None
    busy_worker.stdin.close()
    assert busy_worker.wait(10) == 1


def test_worker_passes_its_sentence_on(tmp_path):
    (tmp_path / "spec.json").write_text("{}}")
    done = subprocess.run(
        [sys.executable, "-m", "experiments.running.worker", tmp_path],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stdout.startswith("This is not a run specification")
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_worker_in_a_wrong_folder_says_so(tmp_path):
    with pytest.raises(UserError, match=r"is no run's folder: its spec.json cannot be read \(No"):
        _run([tmp_path], 1, 1, Moments())


def test_status_file(tmp_path):
    status = StatusFile(tmp_path)
    status.measured({"train_return_mean": 12.0, "dormant_fraction_tau_0": 0.5})
    status.step(100, 50)
    found = read_status(tmp_path)
    assert (found.agent_step, found.gradient_step, found.finished) == (100, 50, False)
    assert (found.mean_return, found.dormant_fraction, found.diverged) == (12.0, 0.5, False)
    status.measured({"diverged": 1.0})
    status.measured({"train_return_mean": 13.0})
    status.finish()
    # For good: what comes after a value that is no number is none either.
    assert read_status(tmp_path).diverged
    assert read_status(tmp_path).finished


def test_a_finished_run_that_is_trained_once_more_stays_finished(tmp_path):
    StatusFile(tmp_path).finish()
    (tmp_path / AGAIN).mkdir()
    StatusFile(tmp_path / AGAIN).step(7, 3)
    StatusFile(tmp_path).begin()
    assert read_status(tmp_path).agent_step == 7
    shutil.rmtree(tmp_path / AGAIN)
    assert read_status(tmp_path).finished


def test_status_that_cannot_be_read_is_none(tmp_path):
    assert read_status(tmp_path) is None
    (tmp_path / "progress.json").write_text("{")
    assert read_status(tmp_path) is None


def test_time_left_counts_waiting_runs_and_does_not_jump():
    whole = SPEC.total_agent_steps + SPEC.total_gradient_steps
    estimate = Estimate()

    def left(now, agent_step, gradient_step, waiting, speed):
        status = Status(1, "", False, agent_step, gradient_step, speed, speed)
        return estimate.seconds_left(Board(3, 1, 0, [(SPEC, status)], waiting), now)

    assert left(0, 0, 0, [with_seed(4)], 0.0) is None
    assert left(40, 16, 4, [with_seed(4)], 2.0) == pytest.approx((2 * whole - 20) / (20 / 40))
    # An evaluation: nothing is learnt, and it takes time.
    assert left(44, 16, 4, [with_seed(4)], 0.0) == pytest.approx((2 * whole - 20) / (20 / 44))
    # A run comes back from another command that died: more to do, as fast as before.
    after = left(44, 16, 4, [with_seed(4), with_seed(5)], 0.0)
    assert after == pytest.approx((3 * whole - 20) / (20 / 44))


def test_time_left_is_told_by_what_this_session_has_done():
    """The second run goes on from a checkpoint, and ends; the third one begins anew."""
    whole = SPEC.total_agent_steps + SPEC.total_gradient_steps
    first, second, third = map(with_seed, range(3))
    estimate = Estimate()

    def left(now, running, waiting):
        running = [(spec, Status(1, agent_step=steps)) for spec, steps in running.items()]
        return estimate.seconds_left(Board(3, 0, 0, running, waiting), now)

    assert left(0, {}, [first, second, third]) is None
    assert left(10, {first: 0, second: whole - 10}, [third]) is None
    # Ten steps of the one; of the other, nothing is ours yet.
    done = left(40, {first: 10, second: whole - 10}, [third])
    assert done == pytest.approx((2 * whole) / (10 / 40))
    done = left(60, {first: 15, third: 5}, [])
    assert done == pytest.approx((2 * whole - 20) / (25 / 60))


def test_a_long_run_that_is_left_over_is_told_in_time():
    """Two runs at a time, the second at a tenth of the first one's speed."""
    whole = SPEC.total_agent_steps + SPEC.total_gradient_steps
    first, second = with_seed(0), with_seed(1)
    estimate = Estimate()

    def left(now, running):
        running = [(spec, Status(1, agent_step=steps)) for spec, steps in running.items()]
        return estimate.seconds_left(Board(2, 0, 0, running, []), now)

    assert left(0, {first: 0, second: 0}) is None
    assert left(60, {first: whole - 10, second: whole // 10}) == pytest.approx(
        (whole - whole // 10) * 60 / (whole // 10)
    )


def test_a_run_that_is_taken_over_is_as_far_as_it_was(tmp_path):
    StatusFile(tmp_path).step(100, 50)
    told = json.loads((tmp_path / "progress.json").read_text())
    told |= {"pid": 7, "agent_steps_per_s": 3.0, "diverged": True}
    (tmp_path / "progress.json").write_text(json.dumps(told))
    StatusFile(tmp_path).begin()
    found = read_status(tmp_path)
    assert (found.pid, found.agent_step, found.agent_steps_per_s) == (os.getpid(), 100, 0)
    assert found.diverged


def test_a_line_tells_of_a_few_runs_that_are_at_work(capsys):
    """Of three hundred that a cluster has, most wait in its queue."""
    running = [(with_seed(seed), Status(1)) for seed in range(300)]
    running[200] = (running[200][0], Status(1, agent_steps_per_s=5.0))
    LineDisplay().show(Board(300, 0, 0, running, []))
    said = capsys.readouterr().out
    assert said.count("Asterix seed") == 8 and "Asterix seed 200" in said
    assert said.rstrip().endswith("and 292 runs more")


def test_before_the_first_gradient_step_it_is_said_that_programs_are_compiled(capsys):
    display = LineDisplay(period_s=0.0)
    display.show(Board(1, 0, 0, [(SPEC, Status(1))], []))
    assert capsys.readouterr().out.split(" | ")[1:] == [
        "programs are compiled before the first gradient step, 0 agent steps/s",
        "Asterix seed 3: 0%, no gradient step yet\n",
    ]
    status = Status(1, "", False, 24, 6, 8.0, 2.0)
    display.show(Board(1, 0, 0, [(SPEC, status)], []))
    assert "| 2 gradient steps/s, 8 agent steps/s |" in capsys.readouterr().out
    # Its process still ends.
    display.show(Board(1, 0, 0, [(SPEC, Status(1, finished=True, agent_step=48))], []))
    assert "compiled" not in capsys.readouterr().out
    display.show(Board(1, 1, 0, [], []))
    assert capsys.readouterr().out.endswith("1/1 runs done\n")


def test_after_a_long_evaluation_a_run_is_slow_and_not_at_rest(tmp_path, monkeypatch):
    status = StatusFile(tmp_path)
    for now, agent_step in ((0.0, 0), (100.0, 400)):
        monkeypatch.setattr(time, "monotonic", lambda now=now: now)
        status.step(agent_step, agent_step // 4)
    found = read_status(tmp_path)
    assert (found.agent_steps_per_s, found.gradient_steps_per_s) == (4.0, 1.0)


def test_the_live_display_names_conditions_and_whom_it_waits_for():
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=200, legacy_windows=False)
    status = Status(1, agent_step=24, gradient_step=6, mean_return=12.0, dormant_fraction=0.25)
    other = Status(4711, host="elsewhere")
    board = Board(3, 1, 0, [(SPEC, status)], [], [(with_seed(4), other)])
    with LiveDisplay({SPEC.run_id: "DQN+ReDo, Asterix, seed 3"}, console) as display:
        display.show(board)
    text = stream.getvalue()
    for word in ("DQN+ReDo, Asterix, seed 3", "50%", "return 12.0, dormant 25.0%"):
        assert word in text
    assert "waiting for 1 run that another command trains (process 4711 on elsewhere)" in text


class Watching(LineDisplay):
    """Calls something with every board."""

    def __init__(self, see):
        super().__init__()
        self._see = see

    def show(self, board):
        super().show(board)
        self._see(board)


TRAINS = "where, name = os.path.split(sys.argv[1]); open(where + '/order', 'a').write(name + ' ')"


def test_a_run_that_another_command_trains_is_waited_for_and_taken_over(
    tmp_path, monkeypatch, capsys
):
    store, other = Store(tmp_path, "smoke"), with_seed(7)
    claim_folder(store.run_folder(SPEC), SPEC)
    lock = FileLock(store.run_folder(SPEC) / ".lock")
    lock.acquire()
    StatusFile(store.run_folder(SPEC)).begin()
    worker_that(monkeypatch, TRAINS)
    order = store.folder / "runs" / "order"

    def dies_once_the_other_run_is_trained(board):
        if lock.is_locked and order.exists():
            assert [spec for spec, _ in board.elsewhere] == [SPEC]
            lock.release()

    engine = LocalEngine(store, "cpu", 1)
    display = Watching(dies_once_the_other_run_is_trained)
    assert run_many([SPEC, other], store, engine, display) == []
    assert order.read_text().split() == [other.run_id, SPEC.run_id]
    said = capsys.readouterr().out
    assert f"waiting for 1 run that another command trains (process {os.getpid()} on" in said


def test_a_run_that_another_command_finishes_is_not_trained_again(tmp_path, monkeypatch):
    store = Store(tmp_path, "smoke")
    needs = OfflineSpec(data=SPEC)
    claim_folder(store.run_folder(SPEC), SPEC)
    lock = FileLock(store.run_folder(SPEC) / ".lock")
    lock.acquire()
    worker_that(monkeypatch, TRAINS)

    def finishes(board):
        if lock.is_locked and board.elsewhere:
            lock.release()
            transitions.keep(store.run_folder(SPEC))
            run_one(SPEC, store.run_folder(SPEC), fake_train)

    assert run_many([needs], store, LocalEngine(store, "cpu", 2), Watching(finishes)) == []
    assert (store.folder / "runs" / "order").read_text().split() == [needs.run_id]


def test_a_meeting_in_the_very_same_moment_is_no_failure(tmp_path, monkeypatch):
    """The other command takes the lock after we looked and before our worker does."""
    worker_that(
        monkeypatch,
        f"""
        path = sys.argv[1] + "/came"
        if not os.path.exists(path):
            open(path, "w")
            sys.exit({TAKEN})
        {TRAINS}
        """,
    )
    assert launch(tmp_path, SPEC) == []
    assert (tmp_path / "smoke" / "runs" / "order").read_text().split() == [SPEC.run_id]


def is_alive(pid):
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc").exists():
        return stat.exists() and stat.read_text().split()[2] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


LEARNER = OfflineSpec(data=SPEC)


def test_what_a_run_requires_is_trained_before_it(tmp_path, monkeypatch):
    worker_that(
        monkeypatch,
        """
        folder, name = os.path.split(sys.argv[1])
        time.sleep(0.5)
        open(folder + "/order", "a").write(name + " ")
        """,
    )
    assert launch(tmp_path, LEARNER, with_seed(7)) == []
    order = (tmp_path / "smoke" / "runs" / "order").read_text().split()
    assert sorted(order) == sorted([LEARNER.run_id, LEARNER.data.run_id, with_seed(7).run_id])
    assert order[-1] == LEARNER.run_id


def test_a_run_whose_requirement_fails_is_not_started(tmp_path, monkeypatch):
    worker_that(monkeypatch, 'print("The game is gone."); sys.exit(2)')
    failures = {failure.spec.run_id: failure.sentence for failure in launch(tmp_path, LEARNER)}
    assert failures[LEARNER.data.run_id] == "The game is gone."
    assert f"It needs run {LEARNER.data.run_id}" in failures[LEARNER.run_id]
    assert not (tmp_path / "smoke" / "runs" / LEARNER.run_id / "log.txt").exists()


def test_only_what_learns_from_a_finished_run_asks_for_its_transitions(tmp_path, monkeypatch):
    folder = Store(tmp_path, "smoke").run_folder(SPEC)
    run_one(SPEC, folder, fake_train)
    worker_that(monkeypatch, 'sys.exit("started")')
    assert launch(tmp_path, SPEC) == []
    assert not transitions.are_kept(folder)
    assert len(launch(tmp_path, LEARNER)) == 2
    assert transitions.are_kept(folder)


def test_a_damaged_list_of_transitions_stops_only_what_learns_from_them(tmp_path, monkeypatch):
    folder = Store(tmp_path, "smoke").run_folder(SPEC)
    run_one(SPEC, folder, fake_train)
    transitions.keep(folder)
    (folder / transitions.TRANSITIONS / archive.MANIFEST).write_text("[")
    worker_that(monkeypatch, "pass")
    failures = {
        failure.spec.run_id: failure.sentence for failure in launch(tmp_path, LEARNER, with_seed(7))
    }
    assert failures.keys() == {SPEC.run_id, LEARNER.run_id}
    assert archive.MANIFEST in failures[SPEC.run_id]
    assert f"It needs run {SPEC.run_id}" in failures[LEARNER.run_id]
