"""The supervised loop on made-up images: what it learns from, what it yields, and resuming."""

import dataclasses
import itertools

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from agents import checkpoints
from agents.errors import UserError
from agents.events import Border, Log, Progress, Snapshot
from agents.fleet.execution import Execution
from agents.kinds import train
from agents.measuring import ACTIVATION
from agents.supervised.learner import build, loss_and_score, max_pool, targets_of
from agents.supervised.spec import ClassificationSpec
from agents.supervised.training import labels_of_epoch, order_of_epoch
from tests.agents.made_up_cifar10 import write_folder
from tests.compiled import compiled

SPEC = ClassificationSpec(
    labels="shuffled",
    shuffle_period_epochs=2,
    training_images=70,
    width=0.125,
    epochs=5,
    batch_size=32,
    probe_images=16,
    checkpoint_period_epochs=2,
    seed=5,
)


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cifar10")
    write_folder(folder, images_per_file=50)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DORMANT_CIFAR10", str(folder))
        yield folder


@pytest.fixture(scope="module")
def whole():
    return list(train(SPEC))


def test_what_is_yielded_when(whole):
    # 70 images make two batches of 32 an epoch.
    assert [e.gradient_step for e in whole if isinstance(e, Log)] == [0, 2, 4, 6, 8, 10]
    assert [e.gradient_step for e in whole if type(e) is Progress] == [2, 4, 6, 8, 10]
    # Where no snapshot comes by itself, one can be asked for.
    assert [e.gradient_step for e in whole if isinstance(e, Border)] == [2, 6]
    assert [e.gradient_step for e in whole if isinstance(e, Snapshot)] == [4, 8, 10]
    assert SPEC.total_gradient_steps == 10
    assert all(event.agent_step == event.gradient_step for event in whole)
    for before, after in itertools.pairwise(whole):
        if isinstance(after, Snapshot):
            assert isinstance(before, Log)
            assert before.gradient_step == after.gradient_step
    assert isinstance(whole[-1], Snapshot)
    first, last = whole[0], whole[-2]
    assert {name: len(columns[ACTIVATION]) for name, columns in last.neurons.items()} == {
        "Conv_0": 4, "Conv_1": 8, "Conv_2": 8, "Dense_0": 16,
    }  # fmt: skip
    assert "train_loss" not in first.metrics
    assert {"train_loss", "train_accuracy", "dormant_fraction_tau_0"} <= set(last.metrics)


def test_a_resumed_run_yields_the_same(whole, tmp_path):
    for event in whole:
        if isinstance(event, Snapshot) and event.gradient_step == 4:
            checkpoints.save(tmp_path, SPEC.run_id, event, SPEC.replay_capacity_transitions)
    resumed = list(
        train(
            SPEC, checkpoints.load_latest(tmp_path, SPEC.run_id, SPEC.replay_capacity_transitions)
        )
    )
    expected = [event for event in whole if event.gradient_step > 4]
    assert [type(event) for event in resumed] == [type(event) for event in expected]
    for ours, theirs in zip(resumed, expected, strict=True):
        if isinstance(ours, Border):  # its snapshot is a function, of a state that is gone
            assert ours.gradient_step == theirs.gradient_step
            continue
        jax.tree.map(
            np.testing.assert_array_equal, dataclasses.asdict(ours), dataclasses.asdict(theirs)
        )


@pytest.mark.parametrize("objective", ["classification", "regression"])
def test_fused_epochs_give_the_same(objective):
    spec = dataclasses.replace(SPEC, objective=objective, epochs=2)
    one, other = (
        [e for e in train(spec, execution=Execution(fuse_updates=fuse)) if isinstance(e, Log)]
        for fuse in (False, True)
    )
    for a, b in zip(one, other, strict=True):
        assert a.metrics.keys() == b.metrics.keys()
        for layer in a.neurons:
            for column, values in a.neurons[layer].items():
                np.testing.assert_allclose(values, b.neurons[layer][column], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(
        one[-1].metrics["train_loss"], other[-1].metrics["train_loss"], rtol=1e-5
    )


def test_fixed_and_shuffled_part_at_the_first_shuffle(whole):
    fixed = [
        event
        for event in train(dataclasses.replace(SPEC, labels="fixed"))
        if isinstance(event, Log)
    ]
    shuffled = [event for event in whole if isinstance(event, Log)]
    alike = [
        all(
            (a.neurons[layer][ACTIVATION] == b.neurons[layer][ACTIVATION]).all()
            for layer in a.neurons
        )
        for a, b in zip(fixed, shuffled, strict=True)
    ]
    # Logs after 0, 1, ... epochs: the log after the second still comes before new labels.
    assert alike == [True, True, True, False, False, False]


def test_shuffling_moves_labels_and_keeps_their_counts():
    labels = np.repeat(np.arange(10, dtype=np.uint8), 7)
    by_epoch = [labels_of_epoch(SPEC, labels, epoch) for epoch in range(6)]
    np.testing.assert_array_equal(by_epoch[:2], [labels, labels])
    np.testing.assert_array_equal(by_epoch[2], by_epoch[3])
    for earlier, later in ((0, 2), (2, 4), (0, 4)):
        assert (by_epoch[earlier] == by_epoch[later]).mean() < 0.3
    np.testing.assert_array_equal(np.sort(by_epoch[4]), labels)
    fixed = dataclasses.replace(SPEC, labels="fixed")
    np.testing.assert_array_equal(labels_of_epoch(fixed, labels, 4), labels)
    other = dataclasses.replace(SPEC, seed=6)
    assert (labels_of_epoch(other, labels, 2) != by_epoch[2]).any()


def test_every_epoch_has_an_order_of_its_own():
    first, second = order_of_epoch(SPEC, 0), order_of_epoch(SPEC, 1)
    assert first.shape == (2, 32)
    assert len(np.unique(first)) == 64
    assert set(first.ravel()) <= set(range(70))
    assert (first != second).any()


def test_cross_entropy_and_accuracy_by_hand():
    # Softmax of (log 1, log 3) is (1/4, 3/4).
    outputs = jnp.log(jnp.array([[1.0, 3.0], [1.0, 3.0]]))
    loss, score = loss_and_score(outputs, jnp.array([0, 1]), "classification")
    np.testing.assert_allclose(loss, (np.log(4) + np.log(4 / 3)) / 2, rtol=1e-6)
    assert score == {"train_accuracy": 0.5}


def test_squared_error_by_hand():
    outputs = jnp.array([[0.5], [-1.0]])
    loss, score = loss_and_score(outputs, jnp.array([1.0, 1.0]), "regression")
    np.testing.assert_allclose(loss, (0.25 + 4) / 2)
    np.testing.assert_allclose(score["train_r2"], 1 - 2.125)


def test_targets():
    labels = np.arange(10, dtype=np.uint8)
    assert targets_of(labels, "classification").tolist() == list(range(10))
    targets = targets_of(labels, "regression")
    np.testing.assert_allclose([targets.mean(), targets.std()], [0, 1], atol=1e-6)
    np.testing.assert_allclose(targets[9] - targets[0], 9 / np.sqrt(8.25), rtol=1e-6)


def test_momentum_by_hand():
    """The head's bias of a silent network: its gradient is known, and so are two updates."""
    spec = dataclasses.replace(SPEC, objective="regression", learning_rate=0.1, momentum=0.9)
    classifier = compiled(build(spec), "init", "update")
    state = classifier.init(jax.random.key(0)).agent
    state = state.replace(params=jax.tree.map(jnp.zeros_like, state.params))
    batch = (jnp.zeros((4, 32, 32, 3), jnp.uint8), jnp.ones(4))
    # d/db (b - 1)^2 = 2 (b - 1). First: gradient -2, momentum -2, b = 0.2.
    state, metrics = classifier.update(state, batch)
    assert metrics["train_loss"] == 1.0
    np.testing.assert_allclose(state.params["head"]["bias"], [0.2], rtol=1e-6)
    # Then: gradient -1.6, momentum 0.9 * -2 - 1.6 = -3.4, b = 0.2 + 0.34.
    state, _ = classifier.update(state, batch)
    np.testing.assert_allclose(state.params["head"]["bias"], [0.54], rtol=1e-6)


def test_the_published_percentages_are_multiples_of_its_neurons():
    classifier = build(ClassificationSpec())
    params = jax.eval_shape(classifier.init, jax.random.key(0)).agent.params
    neurons = {layer: params[layer]["bias"].shape[0] for layer in classifier.layers}
    assert neurons == {"Conv_0": 32, "Conv_1": 64, "Conv_2": 64, "Dense_0": 128}
    # 32 -> 16 -> 8 -> 4 by the pools.
    assert params["Dense_0"]["kernel"].shape == (4 * 4 * 64, 128)


def test_max_pool_agrees_with_flax():
    maps = jax.random.normal(jax.random.key(1), (2, 6, 4, 3))
    theirs = jax.grad(lambda x: jnp.sum(nn.max_pool(x, (2, 2), strides=(2, 2)) ** 2))(maps)
    np.testing.assert_array_equal(max_pool(maps), nn.max_pool(maps, (2, 2), strides=(2, 2)))
    np.testing.assert_array_equal(jax.grad(lambda x: jnp.sum(max_pool(x) ** 2))(maps), theirs)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"batch_size": 71}, "batch of 71 images cannot be taken from 70"),
        ({"batch_size": 0}, "batch_size is 0 and has to be at least 1"),
        ({"probe_images": 71}, "no more than training_images"),
        ({"epochs": 0}, "at least 1"),
        ({"shuffle_period_epochs": 0}, "at least 1"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(changes, complaint):
    with pytest.raises(UserError, match=complaint):
        dataclasses.replace(SPEC, **changes).check()


def test_more_images_than_there_are(whole):
    with pytest.raises(UserError, match="holds 250 training images, fewer than the 251"):
        next(train(dataclasses.replace(SPEC, training_images=251)))
