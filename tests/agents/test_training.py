"""The loop on a real game: what it yields, and that a resumed run yields the same."""

import dataclasses
from pathlib import Path
import shutil

import jax
import numpy as np
import pytest

from agents import checkpoints, loop
from agents.errors import UserError
from agents.events import Border, Log, Progress, Snapshot
from agents.experience import Experience
from agents.fleet.members import Fleet
from agents.kinds import train
from agents.measuring import ACTIVATION
from agents.randomness import Purpose
from agents.spec import (
    AtariTask,
    DQNSpec,
    InterventionSpec,
    NetworkSpec,
    RunSpec,
    ScheduleSpec,
)

# A ring shorter than the run, logs that straddle iterations, several interventions.
SPEC = RunSpec(
    task=AtariTask(game="Asterix", frame_size_px=20),
    network=NetworkSpec(width=0.125),
    agent=DQNSpec(
        learning_rate=1e-3,
        replay_ratio=0.5,
        update_period_agent_steps=4,
        min_replay_agent_steps=60,
        epsilon_decay_agent_steps=100,
        target_period_gradient_steps=20,
        replay_capacity_transitions=170,
    ),
    intervention=InterventionSpec(kind="redo", tau=0.1, period_gradient_steps=30),
    schedule=ScheduleSpec(
        iterations=3,
        agent_steps_per_iteration=110,
        eval_agent_steps=30,
        eval_environments=2,
        log_period_gradient_steps=20,
        probe_batch_size=16,
    ),
    seed=11,
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """All events of one run, and a copy of its checkpoint folder after each iteration."""
    folder = tmp_path_factory.mktemp("run")
    events, copies = [], []
    for event in train(SPEC):
        events.append(event)
        if isinstance(event, Snapshot):
            checkpoints.save(folder / "live", SPEC.run_id, event, 170)
            copies.append(Path(shutil.copytree(folder / "live", folder / f"after_{len(copies)}")))
    return events, copies


def records(events):
    return [event for event in events if not isinstance(event, Progress)]


def test_what_is_yielded_when(whole):
    events, _ = whole
    logs = [e for e in events if isinstance(e, Log) and e.neurons]
    # 330 agent steps, groups of 2 updates every 4 after the first 60: 134 gradient steps.
    assert SPEC.total_gradient_steps == 134
    assert [log.gradient_step for log in logs] == [0, 20, 40, 60, 80, 100, 120]
    assert max(e.gradient_step for e in events if isinstance(e, Progress)) == 134
    assert [e.agent_step for e in events if isinstance(e, Snapshot)] == [110, 220, 330]
    evaluations = [e for e in events if isinstance(e, Log) and not e.neurons]
    assert len(evaluations) == 3
    assert all(set(e.metrics) == {"eval_return_mean", "eval_episodes"} for e in evaluations)
    assert list(logs[-1].neurons) == ["Conv_0", "Conv_1", "Conv_2", "Dense_0"]
    assert {"td_loss", "q_mean", "gradient_norm", "epsilon", "recycled_neurons"} <= set(
        logs[2].metrics
    )
    assert {"srank", "effective_rank", "feature_norm", "weight_norm"} <= set(logs[0].metrics)
    assert all(log.metrics["diverged"] == 0 for log in logs)
    hidden = sum(len(columns["mean_abs_gradient"]) for columns in logs[-1].neurons.values())
    dead = sum((columns["mean_abs_activation"] == 0).sum() for columns in logs[-1].neurons.values())
    assert logs[-1].metrics["dormant_fraction_tau_0"] == pytest.approx(dead / hidden)


@pytest.mark.parametrize("iteration", [0, 1])
def test_a_resumed_run_is_the_uninterrupted_run(whole, iteration):
    events, copies = whole
    snapshot = checkpoints.load_latest(
        copies[iteration], SPEC.run_id, SPEC.replay_capacity_transitions
    )
    assert snapshot.agent_step == (iteration + 1) * 110
    resumed = records(train(SPEC, snapshot))
    for ours, theirs in zip(resumed, records(events)[-len(resumed) :], strict=True):
        assert type(ours) is type(theirs)
        if isinstance(ours, Log):
            assert ours.metrics == theirs.metrics
            jax.tree.map(np.testing.assert_array_equal, ours.neurons, theirs.neurons)
        else:
            jax.tree.map(np.testing.assert_array_equal, ours.state, theirs.state)
            for name, column in ours.transitions.items():
                np.testing.assert_array_equal(column, theirs.transitions[name])


@pytest.mark.parametrize("step", [pytest.param(52, marks=pytest.mark.slow), 160])
def test_a_run_goes_on_from_the_middle_of_an_iteration(whole, tmp_path, step):
    """Before and after learning began; the emulator is led back by the actions in the replay."""
    for event in train(SPEC):
        if isinstance(event, Snapshot):
            checkpoints.save(tmp_path, SPEC.run_id, event, 170)
        elif isinstance(event, Border) and event.agent_step == step:
            checkpoints.save(tmp_path, SPEC.run_id, event.snapshot(), 170)
            break
    snapshot = checkpoints.load_latest(tmp_path, SPEC.run_id, SPEC.replay_capacity_transitions)
    assert snapshot.agent_step == step
    resumed = records(train(SPEC, snapshot))
    for ours, theirs in zip(resumed, records(whole[0])[-len(resumed) :], strict=True):
        assert type(ours) is type(theirs)
        if isinstance(ours, Log):
            assert ours.metrics == theirs.metrics
            jax.tree.map(np.testing.assert_array_equal, ours.neurons, theirs.neurons)
        else:
            jax.tree.map(np.testing.assert_array_equal, ours.state, theirs.state)
            # The first part has only what is new since the interruption.
            for name in ("frame", "action", "reward", "terminal", "truncated", "age"):
                column = ours.transitions[name]
                np.testing.assert_array_equal(column, theirs.transitions[name][-len(column) :])


def test_only_what_resuming_needs_is_kept(whole):
    _, copies = whole
    assert sorted(p.name for p in (copies[2] / "learner").iterdir()) == ["220", "330"]
    # Checkpoint 220 still needs the transitions from step 50 on.
    assert sorted(p.name for p in (copies[2] / "transitions").iterdir()) == [
        "110.parquet", "220.parquet", "330.parquet",
    ]  # fmt: skip
    done = Path(shutil.copytree(copies[2], copies[2].parent / "done"))
    checkpoints.finish(done)
    assert [p.name for p in (done / "learner").iterdir()] == ["330"]
    assert not (done / "transitions").exists()


def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(whole):
    _, copies = whole
    damaged = Path(shutil.copytree(copies[1], copies[1].parent / "damaged"))
    path = damaged / "transitions" / "220.parquet"
    path.write_bytes(path.read_bytes()[:100])
    assert (
        checkpoints.load_latest(damaged, SPEC.run_id, SPEC.replay_capacity_transitions).agent_step
        == 110
    )
    (damaged / "transitions" / "110.parquet").unlink()
    with pytest.raises(UserError, match="move that folder away"):
        checkpoints.load_latest(damaged, SPEC.run_id, SPEC.replay_capacity_transitions)


def test_a_foreign_checkpoint_is_refused_and_none_is_none(whole, tmp_path):
    _, copies = whole
    other = dataclasses.replace(SPEC, seed=12)
    with pytest.raises(UserError, match=f"belongs to {SPEC.run_id}, not to run {other.run_id}"):
        checkpoints.load_latest(copies[0], other.run_id, other.replay_capacity_transitions)
    assert (
        checkpoints.load_latest(tmp_path / "nothing", SPEC.run_id, SPEC.replay_capacity_transitions)
        is None
    )


def _with_returns(min_replay: int, steps: int) -> RunSpec:
    agent = dataclasses.replace(
        SPEC.agent,
        targets="monte_carlo",
        min_replay_agent_steps=min_replay,
        replay_capacity_transitions=1_000,
    )
    schedule = dataclasses.replace(SPEC.schedule, iterations=1, agent_steps_per_iteration=steps)
    return dataclasses.replace(SPEC, agent=agent, schedule=schedule)


def test_monte_carlo_returns_are_learned_from_once_episodes_have_ended():
    events = list(train(_with_returns(600, 700)))
    logs = [event for event in events if isinstance(event, Log) and event.neurons]
    assert [log.gradient_step for log in logs] == [0, 20, 40]
    for log in logs:
        assert 0 < log.metrics["unfinished_share"] < 1
        assert 0 < log.metrics["distinct_frames"] < 1
    with pytest.raises(UserError, match="none belongs to an episode that has ended"):
        list(train(_with_returns(60, 110)))
    many_steps = dataclasses.replace(_with_returns(600, 700).agent, n_step=3)
    with pytest.raises(UserError, match="leave n_step at 1"):
        next(train(dataclasses.replace(SPEC, agent=many_steps)))


class Noting(Experience):
    """One gradient step at a time, on nothing; notes what it is asked for."""

    def __init__(self, asked: list):
        self._asked = asked

    def updates_due(self, now, end):
        return 1

    def draw(self, steps):
        return None

    def probe(self, size, purpose, gradient_step):
        self._asked.append((purpose, size))


def test_a_log_shows_the_network_before_a_check_and_a_copy_due_after_it_comes_last():
    asked = []

    def noting(name, *returned):
        return lambda *_: (asked.append(name), *returned)[1:]

    def update(state, batches, gradient_step, refresh_last):
        asked.append(("update", refresh_last))
        return state, []

    fields = dict.fromkeys(Fleet._fields) | {
        "begin": lambda saved: "state",
        "update": update,
        "measure": noting("measure", {}, {"a": {ACTIVATION: np.ones((1, 2), np.float32)}}),
        "intervene": noting("intervene", "state", {"recycled_neurons": np.zeros(1)}),
        "refresh": lambda state, gradient_step: (asked.append("refresh"), state)[1],
        "save": lambda state, member: {},
    }
    checks = InterventionSpec(
        kind="redo", period_gradient_steps=2, probe_batch_size=8, target_copy="after"
    )
    timetable = loop.Timetable([3], 2, 16, checks)
    list(loop.train(Fleet(**fields), Noting(asked), timetable, [None]))
    log, check = [(Purpose.PROBE, 16), "measure"], [(Purpose.INTERVENE, 8), "intervene", "refresh"]
    # The network as it was initialised is logged too; a check is judged by another batch.
    assert asked == [
        *log,
        ("update", True),
        *(("update", False), *log, *check),
        ("update", True),
    ]
