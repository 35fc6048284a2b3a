"""Sampling from stored buffers, the three kinds of targets, and the offline training loop."""

import dataclasses

import jax
import numpy as np
import pytest

from agents.distillation.spec import DistillationSpec
from agents.dqn import agent as dqn
from agents.errors import UserError
from agents.events import Border, Log, Progress, Snapshot
from agents.fleet.execution import Execution
from agents.kinds import train
from agents.networks.nature import NatureNetwork
from agents.offline import targets as offline_targets, training as offline
from agents.offline.spec import OfflineSchedule, OfflineSpec
from agents.replay.dopamine_format import write_buffer
from agents.replay.stored import OfflineData
from agents.spec import AtariTask, DQNSpec, NetworkSpec, RunSpec, ScheduleSpec

SIDE, STACK = 20, 3


def buffer(number, ends, age=None):
    """Frame p of buffer b is filled with 10 * b + p + 1; the reward is its hundredth."""
    values = 10 * number + 1 + np.arange(len(ends))
    columns = {
        "frame": np.tile(values[:, None, None], (1, SIDE, SIDE)).astype(np.uint8),
        "action": np.arange(len(ends), dtype=np.uint8) % 6,
        "reward": (values / 100).astype(np.float32),
        "terminal": np.array([end == "terminal" for end in ends]),
        "truncated": np.array([end == "truncated" for end in ends]),
    }
    return columns if age is None else columns | {"age": np.arange(age, age + len(ends))}


def open_data(folder, n_step=1, **more):
    sizes = {"frame_size_px": SIDE, "frame_stack": STACK, "n_step": n_step, "discount": 0.5}
    return OfflineData(folder, **sizes | more)


@pytest.fixture
def three_buffers(tmp_path):
    """One that begins inside an episode, one that is an episode, one that was cut."""
    write_buffer(tmp_path, 0, buffer(0, [""] * 5, age=40))
    write_buffer(tmp_path, 1, buffer(1, ["", "", "", "terminal"]))
    write_buffer(tmp_path, 2, buffer(2, ["", "truncated"]))
    return tmp_path


@pytest.mark.parametrize(
    ("n_step", "usable"),
    [
        # Stacks of three need two frames before, transitions a frame after or an end.
        (1, {(0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3), (2, 0)}),
        (2, {(0, 2), (1, 0), (1, 1), (1, 2), (1, 3)}),
    ],
)
def test_all_whole_transitions_are_drawn_and_named(three_buffers, n_step, usable):
    data = open_data(three_buffers, n_step)
    data.load(np.random.default_rng(0))
    draw = data.draw(3_000, np.random.default_rng(0))
    names, counts = np.unique(
        np.stack([draw.buffers, draw.positions], axis=1), axis=0, return_counts=True
    )
    assert set(map(tuple, names.tolist())) == usable
    # Uniform over all of them, not over buffers first.
    np.testing.assert_allclose(counts, 3_000 / len(usable), rtol=0.25)
    newest = draw.batch.frames[:, STACK - 1, 0, 0]
    assert (newest == 10 * draw.buffers + draw.positions + 1).all()


def test_transitions_by_hand(three_buffers):
    data = open_data(three_buffers, n_step=2)
    data.load(np.random.default_rng(0))
    draw = data.draw(500, np.random.default_rng(0))

    def one(number, position):
        row = np.flatnonzero((draw.buffers == number) & (draw.positions == position))[0]
        frames, action, reward, discount = (column[row] for column in draw.batch[:4])
        return frames[:, 0, 0].tolist(), action, reward, discount

    # gamma 0.5: 0.03 + 0.5 * 0.04
    assert one(0, 2) == ([1, 2, 3, 4, 5], 2, pytest.approx(0.05), 0.25)
    assert one(1, 0) == ([0, 0, 11, 12, 13], 0, pytest.approx(0.17), 0.25)
    # The episode ends with the second step, then with the first.
    assert one(1, 2) == ([11, 12, 13, 0, 0], 2, pytest.approx(0.2), 0)
    assert one(1, 3) == ([12, 13, 14, 0, 0], 3, pytest.approx(0.14), 0)


def test_a_few_buffers_are_chosen_at_random(tmp_path):
    for number in range(6):
        write_buffer(tmp_path, number, buffer(number, ["", "", "terminal"]))
    data = open_data(tmp_path, buffers_in_memory=2)
    chosen = set()
    for seed in range(40):
        data.load(np.random.default_rng(seed))
        assert set(data.draw(100, np.random.default_rng(0)).buffers.tolist()) == set(data.loaded)
        chosen.add(data.loaded)
    assert {len(pair) for pair in chosen} == {2}
    assert set().union(*chosen) == set(range(6))
    data.load(np.random.default_rng(3))
    again = open_data(tmp_path, buffers_in_memory=2)
    again.load(np.random.default_rng(3))
    assert again.loaded == data.loaded
    everything = open_data(tmp_path, buffers_in_memory=99)
    everything.load(np.random.default_rng(0))
    assert everything.loaded == tuple(range(6))


def test_rewards_are_clipped(tmp_path):
    columns = buffer(0, ["", "", "terminal"])
    columns["reward"][:] = [-30, 0.5, 200]
    write_buffer(tmp_path, 0, columns)
    data = open_data(tmp_path)
    data.load(np.random.default_rng(0))
    rewards = data.sample(100, np.random.default_rng(0)).r_t
    assert set(rewards.tolist()) == {-1.0, 0.5, 1.0}


def test_data_that_cannot_be_used_are_refused(tmp_path):
    with pytest.raises(UserError, match="There are no stored transitions"):
        open_data(tmp_path / "nothing")
    write_buffer(tmp_path, 0, buffer(0, ["", "truncated"]))
    with pytest.raises(UserError, match="are 20x20 pixels and this run learns from 84x84"):
        open_data(tmp_path, frame_size_px=84).load(np.random.default_rng(0))
    with pytest.raises(UserError, match="no whole 3-step transition"):
        open_data(tmp_path, n_step=3).load(np.random.default_rng(0))


@pytest.fixture(scope="module")
def agent():
    network = NatureNetwork(6, 0.125)
    return dqn.build(network, DQNSpec(learning_rate=1e-2), frame_size_px=SIDE, frame_stack=STACK)


def draw_of(seed, count):
    rng = np.random.default_rng(seed)
    return offline.Draw(
        batch=dqn.Batch(
            frames=rng.integers(0, 256, (count, STACK + 1, SIDE, SIDE)).astype(np.uint8),
            a_tm1=rng.integers(0, 6, count).astype(np.int32),
            r_t=rng.normal(size=count).astype(np.float32),
            discount_t=np.full(count, 0.99, np.float32),
        ),
        buffers=rng.integers(0, 3, count).astype(np.int32),
        positions=rng.integers(0, 500, count).astype(np.int32),
    )


def test_noise_belongs_to_the_stored_transition(agent):
    targets = jax.jit(offline_targets.noise(jax.random.key(1)))
    draw = draw_of(0, 4_000)
    first = np.asarray(targets(None, draw))
    # Whatever else is drawn with it, and in whatever order.
    np.testing.assert_array_equal(targets(None, jax.tree.map(lambda x: x[::-1], draw)), first[::-1])
    place = {}
    for buffer_number, position, value in zip(draw.buffers, draw.positions, first, strict=True):
        assert place.setdefault((int(buffer_number), int(position)), value) == value
    values = np.array(list(place.values()))
    assert 1_000 < len(values) == len(np.unique(values))
    assert abs(values.mean()) < 0.1
    assert abs(values.std() - 1) < 0.1
    other_seed = jax.jit(offline_targets.noise(jax.random.key(2)))(None, draw)
    assert not np.isclose(other_seed, first).any()


def test_values_of_the_random_network_are_standardised_and_fixed(agent):
    state, draw = agent.init(jax.random.key(0)), draw_of(0, 300)
    observations = draw.batch.frames[:, :STACK]
    targets = jax.jit(offline_targets.random_network(agent, jax.random.key(1), observations))
    found = []
    for action in range(6):
        same = draw._replace(batch=draw.batch._replace(a_tm1=np.full(300, action, np.int32)))
        values = np.asarray(targets(state, same))
        np.testing.assert_allclose(values.mean(), 0, atol=1e-3)
        np.testing.assert_allclose(values.std(), 1, rtol=1e-3)
        found.append(values)
    # The action that was taken decides, and neither reward nor next frame matter.
    expected = np.stack(found)[draw.batch.a_tm1, np.arange(300)]
    elsewhere = draw.batch._replace(r_t=draw.batch.r_t + 1, frames=draw.batch.frames.copy())
    elsewhere.frames[:, -1] = 0
    np.testing.assert_allclose(
        targets(state, draw._replace(batch=elsewhere)), expected, rtol=1e-4, atol=1e-4
    )


def test_only_bootstrapped_targets_move_with_the_network(agent):
    draw = draw_of(0, 8)
    one, other = (agent.init(jax.random.key(seed)) for seed in (0, 1))
    moving = offline_targets.bootstrapped(agent)
    q_t, _ = agent.apply(one.target_params, draw.batch.frames[:, -STACK:])
    by_hand = draw.batch.r_t + 0.99 * np.asarray(q_t).max(axis=1)
    np.testing.assert_allclose(moving(one, draw), by_hand, rtol=1e-6)
    assert not np.isclose(moving(other, draw), by_hand).any()
    still = offline_targets.random_network(
        agent, jax.random.key(2), draw_of(1, 50).batch.frames[:, :STACK]
    )
    np.testing.assert_array_equal(still(one, draw), still(other, draw))


def test_regression_ends_where_the_targets_are_met(agent):
    state, batch = agent.init(jax.random.key(0)), draw_of(0, 8).batch
    values, _ = agent.apply(state.params, batch.frames[:, :STACK])
    met = offline_targets.taken(values, batch)
    regress = jax.jit(agent.regress)
    after, metrics = regress(state, batch, met)
    assert metrics["td_loss"] == metrics["gradient_norm"] == 0
    jax.tree.map(np.testing.assert_array_equal, after.params, state.params)
    _, metrics = regress(state, batch, met + 0.5)
    # The Huber loss of an error of one half.
    np.testing.assert_allclose(metrics["td_loss"], 0.125, rtol=1e-5)


TASK = AtariTask(game="Asterix", frame_size_px=SIDE, frame_stack=STACK)
SPEC = OfflineSpec(
    data=RunSpec(task=TASK),
    network=NetworkSpec(width=0.125),
    agent=DQNSpec(learning_rate=1e-2, batch_size=8, target_period_gradient_steps=7),
    buffers_in_memory=2,
    schedule=OfflineSchedule(
        iterations=3,
        gradient_steps_per_iteration=15,
        log_period_gradient_steps=10,
        probe_batch_size=16,
    ),
    seed=5,
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder of runs with four buffers of random frames of the run that `SPEC` requires."""
    folder = tmp_path_factory.mktemp("runs")
    rng = np.random.default_rng(0)
    for number in range(4):
        columns = buffer(number, [""] * 39 + ["terminal"])
        columns["frame"] = rng.integers(0, 256, columns["frame"].shape).astype(np.uint8)
        write_buffer(folder / SPEC.data.run_id / "transitions", number, columns)
    return folder


@pytest.fixture(scope="module")
def whole(runs):
    """A run and all its events; with random targets, because they are made from the data."""
    spec = dataclasses.replace(SPEC, targets="random_network")
    return spec, list(train(spec, None, runs, Execution(fuse_updates=False)))


def records(events):
    return [event for event in events if not isinstance(event, Progress)]


def test_what_is_yielded_when(whole):
    spec, events = whole
    logs = [event for event in events if isinstance(event, Log)]
    assert [log.gradient_step for log in logs] == [0, 10, 20, 30, 40]
    assert [e.gradient_step for e in events if isinstance(e, Snapshot)] == [15, 30, 45]
    assert isinstance(events[-1], Snapshot)
    assert spec.total_gradient_steps == spec.total_agent_steps == 45
    assert all(event.agent_step == event.gradient_step for event in events)
    # What is measured at a snapshot's step comes before it.
    at_30 = [type(event) for event in records(events) if event.gradient_step == 30]
    assert at_30 == [Log, Snapshot]
    assert list(logs[1].neurons) == ["Conv_0", "Conv_1", "Conv_2", "Dense_0"]
    assert {"td_loss", "q_mean", "gradient_norm", "dormant_fraction_tau_0"} <= set(logs[1].metrics)
    assert "td_loss" not in logs[0].metrics


def test_a_resumed_run_is_the_uninterrupted_run(runs, whole):
    spec, events = whole
    first = next(event for event in events if isinstance(event, Snapshot))
    resumed = records(train(spec, first, runs, Execution(fuse_updates=False)))
    rest = records(events[events.index(first) + 1 :])
    for ours, theirs in zip(resumed, rest, strict=True):
        assert type(ours) is type(theirs)
        assert ours.gradient_step == theirs.gradient_step
        left, right = dataclasses.asdict(ours), dataclasses.asdict(theirs)
        jax.tree.map(np.testing.assert_array_equal, left, right)


def test_a_run_goes_on_from_the_middle_of_an_iteration(runs, whole):
    spec, events = whole
    middle = None
    for event in train(spec, None, runs, Execution(fuse_updates=False)):
        if isinstance(event, Border) and event.gradient_step == 20:
            middle = event.snapshot()
            break
    resumed = records(train(spec, middle, runs, Execution(fuse_updates=False)))
    for ours, theirs in zip(resumed, records(events)[-len(resumed) :], strict=True):
        left, right = dataclasses.asdict(ours), dataclasses.asdict(theirs)
        jax.tree.map(np.testing.assert_array_equal, left, right)


@pytest.mark.parametrize("targets", ["bootstrapped", "monte_carlo", "smooth", "noise"])
def test_how_sharp_the_targets_are_is_recorded(runs, targets):
    schedule = dataclasses.replace(SPEC.schedule, iterations=1, probe_batch_size=128)
    # The target network is copied at the end, and only then.
    agent = dataclasses.replace(SPEC.agent, target_period_gradient_steps=15)
    spec = dataclasses.replace(SPEC, targets=targets, schedule=schedule, agent=agent)
    *events, last = train(spec, None, runs, Execution(fuse_updates=False))
    logs = [event for event in events if isinstance(event, Log)]
    learned = last.state["learner"]["agent"]
    jax.tree.map(np.testing.assert_array_equal, learned["target_params"], learned["params"])
    near, far = (logs[-1].metrics[f"target_change_{which}"] for which in ("near", "far"))
    assert 0 < near < 2 * far
    if targets == "noise":
        assert near / far == pytest.approx(1, abs=0.4)
    # All episodes of these data have ended.
    assert logs[-1].metrics.get("unfinished_share") == (0 if targets == "monte_carlo" else None)


def test_augmentation_is_of_what_is_learned_from(runs):
    """As online: other draws for every update, the same ones after a resumption, none at a log."""
    schedule = dataclasses.replace(SPEC.schedule, iterations=2)

    def trained(resume=None, **changes):
        agent = dataclasses.replace(SPEC.agent, **changes)
        spec = dataclasses.replace(SPEC, schedule=schedule, agent=agent)
        return records(train(spec, resume, runs, Execution(fuse_updates=False)))

    def params(events):
        return np.concatenate([leaf.ravel() for leaf in jax.tree.leaves(events[-1].state)])

    plain, shifted = trained(), trained(augmentation="drq")
    official = trained(augmentation="drq", official_crop=True)
    assert not np.allclose(params(plain), params(shifted))
    assert not np.allclose(params(shifted), params(official))
    # The same network sees the same probe batch.
    assert plain[0].metrics == shifted[0].metrics
    first = next(event for event in shifted if isinstance(event, Snapshot))
    np.testing.assert_array_equal(params(trained(first, augmentation="drq")), params(shifted))


def test_data_of_a_replay_that_forgets_within_an_iteration_are_refused():
    """They could never be whole, however often the run was trained again."""
    whole, lossy = (
        RunSpec(
            agent=DQNSpec(replay_capacity_transitions=capacity),
            schedule=ScheduleSpec(agent_steps_per_iteration=100_000),
        )
        for capacity in (100_000, 99_999)
    )
    for learns_from in (
        lambda run: OfflineSpec(data=run),
        lambda run: DistillationSpec(teacher=run),
        lambda run: DistillationSpec(student=run, inputs="student"),
    ):
        learns_from(whole).check()
        with pytest.raises(
            UserError, match=r"holds 99999 transitions and forgets some of the 100000"
        ):
            learns_from(lossy).check()
    # The public data set is whole, whatever the run that stands for it would keep.
    OfflineSpec(data=lossy, data_source="dqn_replay").check()


def test_a_setting_that_would_change_nothing_is_refused(runs):
    spec = dataclasses.replace(SPEC, agent=dataclasses.replace(SPEC.agent, official_crop=True))
    for idle in (spec, dataclasses.replace(spec.data, agent=spec.agent)):
        with pytest.raises(UserError, match="would change nothing"):
            idle.check()
    with pytest.raises(UserError, match="would change nothing"):
        next(iter(train(spec, None, runs)))


def test_another_action_makes_no_target_sharper(tmp_path):
    """Episodes of one picture each, with actions that change: what an action does not change."""
    rng = np.random.default_rng(0)
    for number in range(4):
        columns = buffer(number, [""] * 39 + ["terminal"])
        columns["frame"][:] = rng.integers(0, 256, (SIDE, SIDE))
        write_buffer(tmp_path / SPEC.data.run_id / "transitions", number, columns)
    schedule = dataclasses.replace(SPEC.schedule, iterations=1, probe_batch_size=64)
    spec = dataclasses.replace(
        SPEC, targets="random_network", schedule=schedule, buffers_in_memory=4
    )
    logs = [e for e in train(spec, None, tmp_path) if isinstance(e, Log)]
    near, far = (logs[0].metrics[f"target_change_{which}"] for which in ("near", "far"))
    # Only the first stacks of an episode, which hold black frames, differ from the next.
    assert near < 0.3 * far


def test_the_transition_that_follows_is_the_next_of_the_episode(three_buffers):
    data = open_data(three_buffers)
    data.load(np.random.default_rng(0))
    draw = data.draw(300, np.random.default_rng(0), following=True)
    jax.tree.map(
        np.testing.assert_array_equal,
        draw._replace(following=None, continues=None),
        data.draw(300, np.random.default_rng(0)),
    )
    # The last usable step of the first buffer, the end of the second's episode, and a step whose
    # next one was cut have none.
    names = np.stack([draw.buffers, draw.positions], axis=1)
    alone = {tuple(name) for name in names[~draw.continues].tolist()}
    assert alone == {(0, 3), (1, 3), (2, 0)}
    np.testing.assert_array_equal(draw.following.positions, draw.positions + draw.continues)
    np.testing.assert_array_equal(draw.following.buffers, draw.buffers)
    newest = draw.following.batch.frames[:, STACK - 1, 0, 0]
    assert (newest == 10 * draw.buffers + draw.following.positions + 1).all()


def test_fused_updates_learn_the_same(runs, whole):
    spec, events = whole
    *_, fused = train(spec, None, runs, Execution(fuse_updates=True))
    ours, theirs = (event.state["learner"]["agent"]["params"] for event in (fused, events[-1]))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-4), ours, theirs)


def test_the_run_that_wrote_the_data_comes_first():
    assert SPEC.requires == (SPEC.data,)
    assert SPEC.game == "Asterix"
    assert OfflineSpec.from_dict(SPEC.to_dict()) == SPEC


def test_the_public_data_are_found_by_a_variable(runs, tmp_path, monkeypatch):
    spec = dataclasses.replace(SPEC, data_source="dqn_replay", replay_run=4)
    assert spec.requires == ()
    monkeypatch.delenv(offline.DQN_REPLAY, raising=False)
    with pytest.raises(UserError, match="set DORMANT_DQN_REPLAY to the folder with Asterix/4"):
        next(train(spec, None, runs))
    logs = tmp_path / "Asterix" / "4" / "replay_logs"
    write_buffer(logs, 0, buffer(0, ["", "", "terminal"]))
    monkeypatch.setenv(offline.DQN_REPLAY, str(tmp_path))
    data = offline.open_data(spec, runs)
    data.load(np.random.default_rng(0))
    assert data.loaded == (0,)
