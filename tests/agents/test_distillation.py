"""Students of a made-up teacher, on made-up transitions that are stored as real ones are."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from agents import checkpoints
from agents.distillation.learner import (
    Examples,
    build_learner as build_student,
    distillation_loss,
    scale_of,
)
from agents.distillation.spec import DistillationSpec
from agents.distillation.training import open_examples
from agents.dqn.learner import build_agent, build_learner
from agents.errors import UserError
from agents.events import Log, Progress, Snapshot
from agents.fleet.execution import Execution
from agents.kinds import train
from agents.randomness import Purpose, environment_seed
from agents.replay.dopamine_format import write_buffer
from agents.spec import AtariTask, DQNSpec, NetworkSpec, RunSpec
from tests.compiled import compiled

NUM_ACTIONS, SIZE_PX = 4, 20
UNFUSED = Execution(fuse_updates=False)
TEACHER = RunSpec(
    task=AtariTask(frame_size_px=SIZE_PX),
    network=NetworkSpec(width=0.125),
    seed=5,
)
STUDENT = dataclasses.replace(TEACHER, agent=DQNSpec(replay_ratio=1.0), seed=7)
SPEC = DistillationSpec(
    teacher=TEACHER,
    student=STUDENT,
    learning_rate=1e-3,
    batch_size=16,
    gradient_steps=60,
    log_period_gradient_steps=15,
    checkpoint_period_gradient_steps=30,
    probe_batch_size=8,
    buffers_in_memory=2,
    seed=7,
)


def initial_params(run, purpose=Purpose.STUDENT_INIT):
    learner = compiled(build_learner(run, NUM_ACTIONS), "init")
    state = learner.init(jax.random.key(environment_seed(run.seed, purpose, 0)))
    return jax.device_get(state.agent.params)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Folders of two finished runs; the frames of the second are brighter than 128."""
    folder = tmp_path_factory.mktemp("runs")
    rng = np.random.default_rng(0)
    for run, (darkest, brightest) in ((TEACHER, (1, 128)), (STUDENT, (129, 255))):
        # A trained network need not be one: any other parameters than a student's will do.
        params = initial_params(dataclasses.replace(run, seed=run.seed + 100))
        state = {"learner": {"agent": {"params": params}}}
        checkpoint = folder / run.run_id / "checkpoint"
        checkpoints.save(checkpoint, run.run_id, Snapshot(90, 80, state, {}), 0)
        for number in range(3):
            columns = {
                "frame": rng.integers(darkest, brightest, (30, SIZE_PX, SIZE_PX), np.uint8),
                "action": rng.integers(NUM_ACTIONS, size=30),
                "reward": np.zeros(30, np.float32),
                "terminal": np.arange(30) == 12,
                "truncated": np.arange(30) == 29,
            }
            write_buffer(folder / run.run_id / "transitions", number, columns)
    return folder


@pytest.fixture(scope="module")
def whole(runs):
    """All events of one student that starts at random."""
    return list(train(SPEC, None, runs, UNFUSED))


def records(events):
    return [event for event in events if not isinstance(event, Progress)]


@pytest.mark.parametrize(
    ("loss", "actions", "expected"),
    [
        # The errors are 0, -2, 3 and 1/2; taken are the second and the third of them.
        ("mse", "all", (0 + 4 + 9 + 0.25) / 4),
        ("mse", "taken", (4 + 9) / 2),
        ("huber", "all", (0 + 1.5 + 2.5 + 0.125) / 4),
        ("huber", "taken", (1.5 + 2.5) / 2),
    ],
)
def test_the_loss_by_hand(loss, actions, expected):
    values, targets = jnp.array([[1.0, 2.0], [3.0, 5.5]]), jnp.array([[1.0, 4.0], [0.0, 5.0]])
    found = distillation_loss(values, targets, jnp.array([1, 0]), loss, actions)
    assert found == pytest.approx(expected)


def test_what_is_yielded_when(whole):
    logs = [event for event in whole if isinstance(event, Log)]
    assert [log.gradient_step for log in logs] == [0, 15, 30, 45, 60]
    assert all(event.agent_step == event.gradient_step for event in whole)
    # Logs at the step of a snapshot come before it.
    kinds = [(type(event).__name__, event.gradient_step) for event in records(whole)]
    assert kinds[3:] == [("Snapshot", 30), ("Log", 45), ("Log", 60), ("Snapshot", 60)]
    assert list(logs[0].neurons) == ["Conv_0", "Conv_1", "Conv_2", "Dense_0"]
    assert {"distillation_loss", "greedy_agreement", "dormant_fraction_tau_0.1"} <= set(
        logs[0].metrics
    )


def test_a_student_learns(whole):
    losses = [event.metrics["distillation_loss"] for event in whole if isinstance(event, Log)]
    assert losses[-1] < 0.5 * losses[0]


def test_a_resumed_run_is_the_uninterrupted_run(runs, whole, tmp_path):
    snapshot = next(event for event in whole if isinstance(event, Snapshot))
    checkpoints.save(tmp_path, SPEC.run_id, snapshot, 0)
    restored = checkpoints.load_latest(tmp_path, SPEC.run_id, SPEC.replay_capacity_transitions)
    resumed = records(train(SPEC, restored, runs, UNFUSED))
    assert len(resumed) == 3
    for ours, theirs in zip(resumed, records(whole)[-3:], strict=True):
        jax.tree.map(np.testing.assert_array_equal, vars(ours), vars(theirs))


def test_fusing_updates_changes_nothing_but_rounding(runs, whole):
    fused = list(train(SPEC, None, runs, Execution(fuse_updates=True)))
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4),
        fused[-1].state["learner"]["agent"]["params"],
        whole[-1].state["learner"]["agent"]["params"],
    )


def test_a_student_that_starts_as_its_teacher_has_nothing_to_learn(runs):
    spec = dataclasses.replace(SPEC, student=TEACHER, start="pretrained", gradient_steps=15)
    for log in (event for event in train(spec, None, runs, UNFUSED) if isinstance(event, Log)):
        assert log.metrics["distillation_loss"] == pytest.approx(0, abs=1e-10)
        assert log.metrics["greedy_agreement"] == 1


@pytest.mark.parametrize("start", ["random", "pretrained"])
def test_what_a_student_starts_with(runs, start):
    still = dataclasses.replace(SPEC, start=start, learning_rate=0.0, gradient_steps=15)
    *_, last = train(still, None, runs, UNFUSED)
    seed = {"random": SPEC.seed, "pretrained": STUDENT.seed + 100}[start]
    expected = initial_params(dataclasses.replace(STUDENT, seed=seed))
    found = last.state["learner"]["agent"]["params"]
    jax.tree.map(np.testing.assert_array_equal, found, expected)
    # The online run of the same seed and the offline learner start elsewhere.
    for purpose in (Purpose.INIT, Purpose.OFFLINE_INIT):
        other = initial_params(dataclasses.replace(STUDENT, seed=seed), purpose)
        assert (found["head"]["kernel"] != other["head"]["kernel"]).any()


def test_a_student_of_another_game_has_a_new_last_layer():
    pretrained = initial_params(dataclasses.replace(STUDENT, seed=9))
    teacher = initial_params(TEACHER)
    spec = dataclasses.replace(SPEC, student=OF_ANOTHER_GAME, start="pretrained")
    # As after a game of nine actions, of which the teacher's has four.
    bias = np.zeros(9, np.float32)
    pretrained["head"] = {"kernel": np.ones((64, 9), np.float32), "bias": bias}
    student = compiled(build_student(spec, teacher, pretrained), "init")
    state = student.init(jax.random.key(0)).agent
    for layer, params in pretrained.items():
        if layer != "head":
            jax.tree.map(np.testing.assert_array_equal, state.params[layer], params)
    assert state.params["head"]["bias"].shape == (NUM_ACTIONS,)
    assert np.std(state.params["head"]["kernel"]) > 0


def test_standardised_targets_and_gradient_descent_by_hand():
    rng = np.random.default_rng(0)
    observations = rng.integers(0, 256, (32, 4, SIZE_PX, SIZE_PX)).astype(np.uint8)
    spec = dataclasses.replace(SPEC, scaling="standardised", optimizer="sgd", learning_rate=0.5)
    params = initial_params(TEACHER), initial_params(dataclasses.replace(STUDENT, seed=9))
    teacher, start = jax.tree.map(jnp.asarray, params)
    examples = Examples(jnp.asarray(observations), jnp.zeros(32, jnp.int32))
    scale = scale_of(spec, teacher, observations)
    learner = compiled(build_student(spec, teacher, start, scale), "init", "update", "measure")
    student = learner.init(jax.random.key(0)).agent
    learned, metrics = learner.update(student, examples)

    agent = build_agent(TEACHER.task, TEACHER.network, TEACHER.agent, NUM_ACTIONS)
    apply = compiled(agent, "apply").apply
    values = np.asarray(apply(teacher, observations)[0])
    targets = (values - values.mean(axis=0)) / values.std(axis=0)

    def error(params):
        return jnp.mean((apply(params, observations)[0] - targets) ** 2)

    loss, gradients = jax.jit(jax.value_and_grad(error))(start)
    np.testing.assert_allclose(metrics["distillation_loss"], loss, rtol=1e-4)
    jax.tree.map(
        lambda new, old, gradient: np.testing.assert_allclose(
            new, old - 0.5 * gradient, rtol=1e-3, atol=1e-4
        ),
        learned.params,
        start,
        gradients,
    )
    # Choices are compared on the teacher's own scale: with both heads shifted alike they agree.
    shifted = dict(teacher)
    shifted["head"] = {
        "kernel": shifted["head"]["kernel"] / scale.spread,
        "bias": (shifted["head"]["bias"] - scale.mean[0]) / scale.spread[0],
    }
    measured = learner.measure(student.replace(params=shifted), examples).metrics
    assert measured["greedy_agreement"] == 1
    assert measured["distillation_loss"] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(
    ("inputs", "bright"), [("teacher", [0, 0]), ("student", [1, 1]), ("both", [0, 1])]
)
def test_whose_transitions_are_shown(runs, inputs, bright):
    spec = dataclasses.replace(SPEC, inputs=inputs)
    examples = open_examples(spec, runs)((16,), np.random.default_rng(0))
    assert examples.observations.shape == (16, 4, SIZE_PX, SIZE_PX)
    # The newest frame is never one of the black ones before an episode.
    halves = examples.observations[:, -1].min(axis=(1, 2)).reshape(2, 8) > 128
    np.testing.assert_array_equal(halves.all(axis=1), bright)
    np.testing.assert_array_equal(halves.any(axis=1), bright)


def test_what_must_be_trained_before():
    assert SPEC.requires == (TEACHER,)
    assert dataclasses.replace(SPEC, start="pretrained").requires == (TEACHER, STUDENT)
    assert dataclasses.replace(SPEC, inputs="student").requires == (TEACHER, STUDENT)
    assert SPEC.run_id != dataclasses.replace(SPEC, start="pretrained").run_id
    assert DistillationSpec.from_dict(SPEC.to_dict()) == SPEC


ELSEWHERE = dataclasses.replace(STUDENT, task=AtariTask(game="Asterix"))
OF_ANOTHER_GAME = dataclasses.replace(
    STUDENT, task=AtariTask(game="Asterix", frame_size_px=SIZE_PX)
)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"student": ELSEWHERE}, "the same preprocessing"),
        ({"student": OF_ANOTHER_GAME, "inputs": "student"}, "must learn from the teacher's inputs"),
        ({"inputs": "both", "batch_size": 15}, "batch_size must be an even number"),
        ({"gradient_steps": 100}, "multiple of log_period_gradient_steps"),
        ({"checkpoint_period_gradient_steps": 20}, "multiple of log_period_gradient_steps"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(change, message):
    with pytest.raises(UserError, match=message):
        dataclasses.replace(SPEC, **change)


@pytest.mark.parametrize(
    ("inputs", "runs"),
    [("teacher", (TEACHER,)), ("student", (STUDENT,)), ("both", (TEACHER, STUDENT))],
)
def test_whose_transitions_must_be_kept(inputs, runs):
    assert dataclasses.replace(SPEC, inputs=inputs).requires_transitions_of == runs


@pytest.mark.parametrize(
    ("start", "runs"), [("random", (TEACHER,)), ("pretrained", (TEACHER, STUDENT))]
)
def test_whose_network_must_be_kept(start, runs):
    spec = dataclasses.replace(SPEC, start=start)
    assert spec.requires_network_of == runs
    assert set(runs) <= set(spec.requires)


def test_a_missing_teacher_is_told(tmp_path):
    with pytest.raises(UserError, match="train the run that keeps them"):
        next(train(SPEC, None, tmp_path, UNFUSED))
