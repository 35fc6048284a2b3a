"""Acting while the newest frame is stored: one program, whose ring is given up."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from agents.fleet.execution import Execution
from agents.fleet.members import build_fleet
from agents.fleet.updates import compile_updates
from agents.learner import Learner, LearnerState, Measured

SLOTS, SIDE = 5, 3
# What the tests' learner does with epsilon 0.25 at step 1, and from step 2 on with 0.5.
EPSILONS = np.array([1.0, 0.25, 0.5], np.float32)


def learner(**changes) -> Learner:
    """A state of one number, whose action says all that it was chosen with."""

    def act(key, state, observation, epsilon, agent_step, num_actions):
        del key
        told = jnp.stack([epsilon, agent_step, num_actions, observation[-1].sum()])
        return told.astype(jnp.float32) + state

    def update(state, batch):
        return state * 2 + batch, {"seen": batch}

    return Learner(
        init=lambda key: LearnerState(jnp.zeros(()), {}),
        update=update,
        measure=lambda state, batch: Measured({}, {}),
        layers=(),
        act=act,
        epsilons=EPSILONS,
    )._replace(**changes)


@pytest.mark.parametrize("members", [1, 3])
def test_an_action_is_chosen_and_the_newest_frame_is_in_its_slot(members):
    fleet = build_fleet(
        list(range(members)), [learner()] * members, Execution(False), num_actions=[6] * members
    )
    state = fleet.begin([None] * members)
    observations = np.random.default_rng(0).integers(9, size=(members, 4, SIDE, SIDE))
    observations = observations.astype(np.uint8)
    expected = np.zeros((members, SLOTS, SIDE, SIDE), np.uint8)
    ring = jnp.zeros_like(expected)
    for agent_step, epsilon in ((0, 1.0), (1, 0.25), (2, 0.5), (10**7, 0.5)):
        given = ring
        slot = agent_step % SLOTS
        actions, ring = fleet.act(state, observations, agent_step, ring, slot)
        for member in range(members):
            told = [epsilon, agent_step, 6, observations[member, -1].sum()]
            np.testing.assert_array_equal(actions[member], told)
        expected[:, slot] = observations[:, -1]
        np.testing.assert_array_equal(ring, expected)
        assert given.is_deleted()
    alone, nothing = fleet.act(state, observations, 10**7)
    np.testing.assert_array_equal(alone, actions)
    assert nothing is None


@pytest.mark.parametrize("fuse_updates", [False, True])
@pytest.mark.parametrize("refreshes", [False, True])
def test_no_group_of_updates_slices_the_devices_arrays_eagerly(
    fuse_updates, refreshes, monkeypatch
):
    """Each eager slice is a program of its own for every place that is cut at."""
    one = learner()
    if refreshes:
        one = learner(refresh=lambda state: state + 100, refresh_period_gradient_steps=3)
    group = compile_updates(one, Execution(fuse_updates), members=2)
    numbers = np.arange(8, dtype=np.float32).reshape(2, 4)

    def run(batches):
        state, metrics = group(jnp.zeros(2), batches, 0, True)
        seen = [np.asarray(part["seen"]).reshape(2, -1) for part in metrics]
        return np.asarray(state), np.concatenate(seen, axis=1)

    on_host = run(numbers)
    monkeypatch.setattr(type(jnp.zeros(1)), "__getitem__", _no_slice)
    on_device = run(jax.device_put(numbers))
    for ours, theirs in zip(on_host, on_device, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(on_host[1], numbers)
    by_hand = np.zeros(2)
    for number in range(4):
        by_hand = by_hand * 2 + numbers[:, number]
        if refreshes and number == 2:
            by_hand += 100
    np.testing.assert_array_equal(on_host[0], by_hand)


def _no_slice(*_):
    raise AssertionError("An array of the device was sliced outside of a program.")
