"""Transitions equal those of Dopamine's accumulator, except where an episode ends by itself.

There Dopamine 4.1.2 errs (google/dopamine#228): `TransitionAccumulator` takes the terminal
flag from the *next* stored step, so that the transition before the last is marked terminal,
is handed out several times with ever blacker stacks, and the last reward is lost. Dopamine's
earlier circular buffer, with which the paper was made, had it right; so has ours.
"""

import numpy as np
import pytest

from tests.agents.one_replay import OneReplay
from tests.oracle import dopamine_shim

accumulators = dopamine_shim.load("jax.replay_memory.accumulator")
elements = dopamine_shim.load("jax.replay_memory.elements")

STACK, GAMMA, SIDE = 4, 0.99, 3
# Length and kind of end of the episodes that are played one after the other.
EPISODES = ((9, "terminal"), (7, "truncated"), (2, "terminal"), (12, "terminal"), (6, "truncated"))
STEPS = sum(length for length, _ in EPISODES)


def play(n_step):
    """Feeds one history to both; every frame is filled with its own number, from 1 on."""
    rng = np.random.default_rng(n_step)
    ring = OneReplay(2 * STEPS, SIDE, STACK, n_step, GAMMA)
    accumulator = accumulators.TransitionAccumulator(STACK, n_step, GAMMA)
    theirs, number = [], 0
    for length, end in EPISODES:
        for step in range(length):
            number += 1
            frame = np.full((SIDE, SIDE), number, np.uint8)
            action, reward = int(rng.integers(18)), float(rng.choice([-1.0, 0.0, 1.0]))
            last = step == length - 1
            terminal, truncated = last and end == "terminal", last and end == "truncated"
            ring.append_one(frame, action, reward, terminal, truncated)
            transition = elements.TransitionElement(frame, action, reward, terminal, last)
            theirs.extend(accumulator.accumulate(transition))
    return ring, theirs


def all_transitions(ring):
    """Everything the ring can hand out: newest frame -> (frames, action, return, discount)."""
    batch = ring.draw(200 * STEPS, seed=0)
    return {int(row[0][STACK - 1, 0, 0]): row for row in zip(*batch[:4], strict=True)}


@pytest.mark.parametrize("n_step", [1, 2, 3, 5])
def test_transitions_that_do_not_end_an_episode_are_equal(n_step):
    ring, theirs = play(n_step)
    ours = all_transitions(ring)
    compared = 0
    for element in theirs:
        if element.is_terminal:
            continue
        frames, action, reward, discount = ours[int(element.state[0, 0, -1])]
        np.testing.assert_array_equal(frames[:STACK], np.moveaxis(element.state, -1, 0))
        np.testing.assert_array_equal(frames[-STACK:], np.moveaxis(element.next_state, -1, 0))
        assert action == element.action
        # Ours adds up in float32, Dopamine in float64.
        np.testing.assert_allclose(reward, element.reward, rtol=0, atol=1e-6)
        np.testing.assert_allclose(discount, GAMMA**n_step, rtol=1e-6)
        compared += 1
    assert compared > 8


@pytest.mark.parametrize("n_step", [1, 3])
def test_the_same_transitions_are_left_out_at_a_time_limit(n_step):
    """Nothing bootstraps from a frame beyond a truncation, in neither."""
    ring, theirs = play(n_step)
    ours, first = all_transitions(ring), 1
    for length, end in EPISODES:
        numbers = range(first, first + length)
        first += length
        if end == "truncated":
            given = {int(e.state[0, 0, -1]) for e in theirs}
            assert {n for n in numbers if n in ours} == {n for n in numbers if n in given}
            assert max(n for n in numbers if n in ours) == numbers[-1] - n_step


def test_where_dopamine_is_wrong_at_the_end_of_an_episode():
    """One step per frame: frame 9 is the last of the first episode, seen before its last action."""
    ring, theirs = play(n_step=1)
    ours = all_transitions(ring)
    ends = [e for e in theirs if e.is_terminal and e.next_state[0, 0, -1] == 9]

    # Dopamine: the step from frame 8 to frame 9 ends the episode, four times over ...
    assert [int(e.state[0, 0, -1]) for e in ends] == [8, 8, 8, 8]
    assert [np.count_nonzero(e.state[0, 0]) for e in ends] == [4, 3, 2, 1]
    # ... and what the last action earned is nowhere.
    assert not any(e.state[0, 0, -1] == 9 for e in theirs)

    # Ours: 8 to 9 goes on, the action taken at 9 ends the episode and keeps its reward.
    frames, *_, discount = ours[8]
    assert frames[-1, 0, 0] == 9
    assert discount == np.float32(GAMMA)
    *_, reward, discount = ours[9]
    assert discount == 0
    assert reward == ring.columns()["reward"][8]
