"""The replays of a fleet: the same wherever the frames are."""

import dataclasses

import numpy as np
import pytest

from agents.replay import frames
from agents.replay.fleet import build_replay
from agents.spec import AtariTask, DQNSpec, RunSpec

MEMBERS, SIDE, CAPACITY = 3, 5, 40
SPEC = RunSpec(
    task=AtariTask(frame_size_px=SIDE),
    agent=DQNSpec(n_step=3, replay_capacity_transitions=CAPACITY),
)


@pytest.fixture(params=[25, 70], ids=["partly filled", "overwritten"])
def pair(request):
    """A replay of each kind with the same transitions."""
    replays, rng = (
        tuple(build_replay(SPEC, MEMBERS, on_device) for on_device in (False, True)),
        np.random.default_rng(0),
    )
    for number in range(request.param):
        transition = (
            rng.integers(1, 256, (MEMBERS, 4, SIDE, SIDE), dtype=np.uint8),
            rng.integers(0, 6, MEMBERS),
            rng.normal(size=MEMBERS),
            rng.random(MEMBERS) < 0.1,
            np.full(MEMBERS, number % 13 == 12),
        )
        for replay in replays:
            replay.add(*transition)
    for replay in replays:
        replay.cut_episodes()
    return replays


def test_frames_stored_beside_a_program_are_those_that_are_added(pair):
    rng = np.random.default_rng(1)
    observations = rng.integers(1, 256, (MEMBERS, 4, SIDE, SIDE), dtype=np.uint8)
    came = (np.arange(MEMBERS), np.ones(MEMBERS), np.zeros(MEMBERS, bool), np.zeros(MEMBERS, bool))
    seen = []

    def program(ring, slot):
        seen.append((ring is None, slot))
        if ring is not None:
            ring = ring.at[:, slot].set(observations[:, -1])
        return "its result", ring

    for replay in pair:
        slot = replay.added % CAPACITY
        assert replay.store_beside(observations, program) == "its result"
        replay.append(*came)
    assert seen == [(True, slot), (False, slot)]
    host, device = ([replay.since(m, 0) for m in range(MEMBERS)] for replay in pair)
    for ours, theirs, newest in zip(host, device, observations[:, -1], strict=True):
        assert_equal(ours.values(), theirs.values())
        np.testing.assert_array_equal(ours["frame"][-1], newest)


def sample(replay):
    return replay.sample((2, 8), [np.random.default_rng(member) for member in range(MEMBERS)])


def assert_equal(ours, theirs):
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_both_hand_out_the_same(pair):
    host, device = map(sample, pair)
    assert host.frames.shape == (MEMBERS, 2, 8, 4 + 3, SIDE, SIDE)
    assert_equal(host, device)
    # Some of it lies beyond the border of an episode, and the members differ.
    assert (host.frames == 0).any()
    assert (host.frames[0] != host.frames[1]).any()


@pytest.mark.parametrize("number", [0, 1], ids=["host", "device"])
def test_restored_from_what_the_other_kind_saved(pair, number, monkeypatch):
    """In several parts, as the frames of a whole replay travel."""
    monkeypatch.setattr(frames, "_PART", 7)
    saved = [pair[number].since(member, 0) for member in range(MEMBERS)]
    for on_device in (False, True):
        replay = build_replay(SPEC, MEMBERS, on_device)
        for member, transitions in enumerate(saved):
            replay.restore(member, transitions)
        assert replay.added == pair[0].added
        assert_equal(sample(replay), sample(pair[number]))


@pytest.mark.parametrize("on_device", [False, True])
def test_frames_of_another_size_are_refused(pair, on_device):
    larger = dataclasses.replace(SPEC, task=AtariTask(frame_size_px=SIDE + 1))
    with pytest.raises(ValueError, match="another size"):
        build_replay(larger, 1, on_device).restore(0, pair[0].since(0, 0))
