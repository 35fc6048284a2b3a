"""Snapshots inside an iteration: asked for by the clock or by a signal, and gone on from."""

import signal

import pytest

from agents.events import Border, Progress
from agents.replay import archive
from agents.run_folder import CHECKPOINT
from experiments.running.preemption import SIGNALS, Moments, Preempted
from experiments.running.runner import run_one
from experiments.storing import transitions
from experiments.storing.recording import same_rows
from tests.experiments.fake_training import SPEC, fake_train


@pytest.fixture(autouse=True)
def handlers():
    """Those of this process, back in place after each test."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    transitions.keep(folder)
    run_one(SPEC, folder, fake_train)
    return folder


BORDERS = [event.agent_step for event in fake_train(SPEC) if isinstance(event, Border)]


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("step", BORDERS)
def test_a_signal_at_any_border_saves_that_moment(tmp_path, whole, number, step):
    transitions.keep(tmp_path)

    def signalled(spec, resume, runs):
        for event in fake_train(spec, resume):
            if isinstance(event, Border) and event.agent_step == step:
                signal.raise_signal(number)
            yield event

    moments = Moments()
    moments.listen()
    with pytest.raises(Preempted) as asked:
        run_one(SPEC, tmp_path, signalled, moments)
    assert asked.value.number == number
    assert (tmp_path / CHECKPOINT / "learner" / str(step)).is_dir()
    begun_at = []

    def resumed(spec, resume, runs):
        begun_at.append(resume.agent_step)
        return fake_train(spec, resume)

    run_one(SPEC, tmp_path, resumed)
    assert begun_at == [step]
    assert same_rows(tmp_path, whole)
    ours, theirs = (archive.Buffers(f / transitions.TRANSITIONS) for f in (tmp_path, whole))
    assert ours.numbers == theirs.numbers
    for buffer in theirs.numbers:
        for name, column in theirs.read(buffer).items():
            assert (ours.read(buffer)[name] == column).all()


def test_the_clock_saves_at_every_border_if_it_is_told_to(tmp_path, whole):
    transitions.keep(tmp_path)
    run_one(SPEC, tmp_path, fake_train, Moments(period_s=0.0))
    ends = archive.part_ends(tmp_path / transitions.TRANSITIONS)
    assert set(ends) == {*BORDERS, 16, 32, 48}
    assert same_rows(tmp_path, whole)


def test_without_a_border_the_last_snapshot_must_do(monkeypatch):
    monkeypatch.setattr("experiments.running.preemption._GRACE_S", 0.0)
    moments = Moments()
    moments.listen()
    moments.check(Progress(4, 1))
    signal.raise_signal(signal.SIGUSR1)
    with pytest.raises(Preempted):
        moments.check(Progress(8, 2))


def test_one_request_that_comes_twice_is_one_and_another_ends_the_process_at_once(monkeypatch):
    ended = []
    monkeypatch.setattr(signal, "raise_signal", ended.append)
    moments = Moments()
    moments.listen()
    ask = signal.getsignal(signal.SIGTERM)
    ask(signal.SIGUSR1, None)
    ask(signal.SIGTERM, None)
    assert not ended
    monkeypatch.setattr("experiments.running.preemption._SAME_REQUEST_S", 0.0)
    ask(signal.SIGTERM, None)
    assert ended == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
