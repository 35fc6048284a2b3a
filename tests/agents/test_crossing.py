"""New weights on old inputs and the reverse: by hand, and in a run that is interrupted."""

import dataclasses

import jax
import numpy as np
import pytest

from agents import checkpoints
from agents.crossing import OF_OLD_WEIGHTS, ON_OLD_INPUTS, Crossing
from agents.events import Border, Log, Snapshot
from agents.fleet.members import Fleet
from agents.kinds import train, train_fleet
from agents.measuring import ACTIVATION
from agents.spec import RunSpec
from tests.agents.test_training import SPEC

CROSSED = dataclasses.replace(
    SPEC, schedule=dataclasses.replace(SPEC.schedule, crossed_probes=True)
)


def products() -> Fleet:
    """Members whose state is a weight, and whose only neuron is its product with the input."""

    def measure(state, batch):
        return {}, {"Dense": {ACTIVATION: np.maximum(state[:, None] * batch["x"], 0)}}

    def save(state, member):
        return {"weight": state[member]}

    def begin(saved):
        return np.stack([each["weight"] for each in saved])

    unused = None
    return Fleet(begin, unused, unused, measure, unused, unused, unused, save, ("Dense",))


def columns(found, name: str) -> list[float]:
    return found["Dense"][name].ravel().tolist()


def test_halves_are_crossed_by_hand():
    fleet = products()
    crossing = Crossing(fleet, [None, None])
    assert crossing.save(0) is None
    states = [np.array([2.0, -1.0]), np.array([3.0, 1.0]), np.array([5.0, 7.0])]
    inputs = [{"x": np.array([[1.0], [4.0]])}, {"x": np.array([[-1.0], [6.0]])}]
    assert crossing.cross(states[0], inputs[0]) == {"Dense": {}}
    found = crossing.cross(states[1], inputs[1])
    assert columns(found, ON_OLD_INPUTS) == [3, 4]
    assert columns(found, OF_OLD_WEIGHTS) == [0, 0]
    # Saved and restored, it goes on from there.
    restored = Crossing(fleet, [crossing.save(member) for member in range(2)])
    for each in (crossing, restored):
        found = each.cross(states[2], inputs[0])
        assert columns(found, ON_OLD_INPUTS) == [0, 42]
        assert columns(found, OF_OLD_WEIGHTS) == [3, 4]


def test_what_was_kept_does_not_change_with_the_buffers():
    crossing = Crossing(products(), [None])
    state, batch = np.array([2.0]), {"x": np.array([[1.0]])}
    crossing.cross(state, batch)
    state[:], batch["x"][:] = 50.0, 50.0
    found = crossing.cross(np.array([3.0]), {"x": np.array([[4.0]])})
    assert (columns(found, ON_OLD_INPUTS), columns(found, OF_OLD_WEIGHTS)) == ([3], [8])


def test_only_who_asks_is_another_run():
    assert RunSpec().schedule.crossed_probes is False
    assert CROSSED.run_id != SPEC.run_id


def logs(events) -> list[Log]:
    return [event for event in events if isinstance(event, Log) and event.neurons]


@pytest.mark.slow
def test_a_run_records_them_is_otherwise_the_same_and_can_be_interrupted(tmp_path):
    plain, whole = logs(train(SPEC)), []
    for event in train(CROSSED):
        whole.append(event)
        # Between the logs at the gradient steps 20 and 40.
        if isinstance(event, Border) and event.gradient_step == 30:
            checkpoints.save(tmp_path, CROSSED.run_id, event.snapshot(), 170)
        if isinstance(event, Snapshot) and event.gradient_step < 30:
            checkpoints.save(tmp_path, CROSSED.run_id, event, 170)
    whole = logs(whole)
    new = {ON_OLD_INPUTS, OF_OLD_WEIGHTS}
    for number, (one, more) in enumerate(zip(plain, whole, strict=True)):
        assert one.metrics == more.metrics
        for layer, recorded in more.neurons.items():
            assert recorded.keys() - one.neurons[layer].keys() == (new if number else set())
            for name, column in one.neurons[layer].items():
                np.testing.assert_array_equal(column, recorded[name])
            if number:
                # Neither half is the whole: both weights and inputs changed.
                assert not np.array_equal(recorded[ON_OLD_INPUTS], recorded[ACTIVATION])
                assert not np.array_equal(recorded[OF_OLD_WEIGHTS], recorded[ACTIVATION])
    snapshot = checkpoints.load_latest(
        tmp_path, CROSSED.run_id, CROSSED.replay_capacity_transitions
    )
    assert snapshot.gradient_step == 30
    resumed = logs(train(CROSSED, snapshot))
    assert [log.gradient_step for log in resumed] == [40, 60, 80, 100, 120]
    for ours, theirs in zip(resumed, whole[-len(resumed) :], strict=True):
        assert ours.metrics == theirs.metrics
        jax.tree.map(np.testing.assert_array_equal, ours.neurons, theirs.neurons)


@pytest.mark.slow
def test_a_fleet_crosses_each_member_by_itself():
    """Of two games, whose numbers of actions differ."""
    task = dataclasses.replace(CROSSED.task, game="Pong")
    members = [CROSSED, dataclasses.replace(CROSSED, task=task, seed=12)]
    together: dict[int, list] = {0: [], 1: []}
    for member, event in train_fleet(members, iter([None, None])):
        together[member].append(event)
    for member, spec in enumerate(members):
        for ours, alone in zip(logs(together[member]), logs(train(spec)), strict=True):
            for layer, recorded in alone.neurons.items():
                assert ours.neurons[layer].keys() == recorded.keys()
                for name, column in recorded.items():
                    np.testing.assert_allclose(
                        ours.neurons[layer][name], column, rtol=1e-3, atol=1e-3 * column.max()
                    )
