"""Monte-Carlo returns: alone, in the ring, in stored data, and as targets."""

import math

from hypothesis import given, settings, strategies as st
import jax
import numpy as np
import pytest

from agents.dqn import agent as dqn
from agents.errors import UserError
from agents.networks.nature import NatureNetwork
from agents.offline import targets as offline_targets
from agents.offline.spec import OfflineSpec
from agents.replay.archive import MANIFEST
from agents.replay.dopamine_format import write_buffer
from agents.replay.returns import returns_to_end
from agents.replay.ring import Batch
from agents.replay.stored import OfflineData
from agents.spec import DQNSpec
from tests.agents.one_replay import OneReplay

GAMMA = 0.5
ENDS = st.sampled_from(["", "", "", "terminal", "truncated"])
STEPS = st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 0.5, 1.0]), ENDS), min_size=1, max_size=50)


def by_definition(steps: list[tuple[float, str]], begin: int) -> float:
    """The sum of discounted rewards up to the end; NaN where there is none to be seen."""
    total = 0.0
    for k, (reward, end) in enumerate(steps[begin:]):
        total += GAMMA**k * reward
        if end == "terminal":
            return total
        if end == "truncated":
            return math.nan
    return math.nan


def columns(steps):
    rewards, ends = zip(*steps, strict=True)
    return (
        np.array(rewards, np.float32),
        np.array([end == "terminal" for end in ends]),
        np.array([end == "truncated" for end in ends]),
    )


def fill(ring: OneReplay, steps, first=0) -> None:
    for number, (reward, end) in enumerate(steps, first):
        frame = np.full((2, 2), number % 251 + 1, np.uint8)
        ring.append_one(frame, number % 7, reward, end == "terminal", end == "truncated")


def test_returns_by_hand():
    steps = [
        (1.0, ""),
        (0.0, ""),
        (4.0, "terminal"),
        (1.0, "truncated"),
        (2.0, "terminal"),
        (8.0, ""),
    ]
    found = returns_to_end(*columns(steps), GAMMA)
    # 1 + 0 / 2 + 4 / 4, 0 + 4 / 2, 4; cut; 2; still running.
    np.testing.assert_array_equal(found, [2, 2, 4, np.nan, 2, np.nan])
    assert found.dtype == np.float32


@given(STEPS)
def test_returns_are_sums_up_to_the_end(steps):
    expected = [by_definition(steps, begin) for begin in range(len(steps))]
    np.testing.assert_allclose(returns_to_end(*columns(steps), GAMMA), expected, rtol=1e-6)


@given(STEPS, st.integers(5, 40), st.integers(0, 50))
@settings(max_examples=100)
def test_a_ring_hands_out_the_returns_of_finished_episodes_alone(steps, capacity, cut):
    ring = OneReplay(capacity, 2, 1, 1, GAMMA, monte_carlo=True)
    fill(ring, steps[:cut])
    # What was restored, in the middle of an episode too, goes on like what was never saved.
    copy = OneReplay(capacity, 2, 1, 1, GAMMA, monte_carlo=True)
    copy.restore(0, ring.columns())
    for each in (ring, copy):
        fill(each, steps[cut:], first=cut)
    kept = range(max(0, len(steps) - capacity), len(steps))
    known = {step: by_definition(steps, step) for step in kept}
    finished = {step: value for step, value in known.items() if not math.isnan(value)}
    share = 1 - len(finished) / len(known)
    assert ring.unfinished_share(0) == pytest.approx(share)
    assert copy.unfinished_share(0) == pytest.approx(share)
    if not finished:
        with pytest.raises(UserError, match="none belongs to an episode that has ended"):
            ring.draw(8, seed=0)
        return
    batch = ring.draw(64, seed=0)
    drawn = batch.frames[:, 0, 0, 0].astype(int) - 1
    assert set(drawn) <= set(finished)
    np.testing.assert_allclose(batch.r_t, [finished[step] for step in drawn], rtol=1e-6)
    assert (batch.discount_t == 0).all()
    for a, b in zip(batch[:4], copy.draw(64, seed=0)[:4], strict=True):
        np.testing.assert_array_equal(a, b)


def test_few_finished_transitions_among_many_are_found():
    ring = OneReplay(100_000, 2, 1, 1, GAMMA, monte_carlo=True)
    ring.append_one(np.ones((2, 2), np.uint8), 3, 1.0, True, False)
    ring._rings[0].extend(
        {
            "action": np.zeros(99_000, np.uint8),
            "reward": np.ones(99_000, np.float32),
            "terminal": np.zeros(99_000, bool),
            "truncated": np.zeros(99_000, bool),
            "age": np.zeros(99_000, np.uint8),
        }
    )
    batch = ring.draw(32, seed=0)
    assert (batch.r_t == 1).all()
    assert (batch.a_tm1 == 3).all()


def test_stored_returns_by_hand(tmp_path):
    """Buffers that end inside an episode, and one that was cut, give their finished part only."""
    for number, ends in enumerate((["", "terminal", ""], ["", "truncated", "terminal"])):
        values = 1 + 10 * number + np.arange(3)
        write_buffer(
            tmp_path,
            number,
            {
                "frame": np.tile(values[:, None, None], (1, 8, 8)).astype(np.uint8),
                "action": np.arange(3, dtype=np.uint8),
                "reward": np.array([0.5, -9.0, 0.25], np.float32),
                "terminal": np.array([end == "terminal" for end in ends]),
                "truncated": np.array([end == "truncated" for end in ends]),
                "age": np.array([0, 1, 0]),
            },
        )
    assert not (tmp_path / MANIFEST).exists()
    data = OfflineData(
        tmp_path, frame_size_px=8, frame_stack=1, n_step=1, discount=GAMMA, monte_carlo=True
    )
    data.load(np.random.default_rng(0))
    batch = data.sample(200, np.random.default_rng(0))
    found = set(zip(batch.frames[:, 0, 0, 0].tolist(), batch.r_t.tolist(), strict=True))
    # Rewards are clipped first: 0.5 - 1 / 2.
    assert found == {(1, 0.0), (2, -1.0), (13, 0.25)}
    assert data.unfinished_share == 0.5


def test_no_network_has_a_part_in_the_targets():
    network = NatureNetwork(6, 0.125)
    rng = np.random.default_rng(0)
    batch = Batch(
        frames=rng.integers(0, 256, (5, 3, 20, 20)).astype(np.uint8),
        a_tm1=np.zeros(5, np.int32),
        r_t=np.array([0, 1, -2, 3, 0.5], np.float32),
        discount_t=np.zeros(5, np.float32),
    )
    spec = DQNSpec(targets="monte_carlo")
    agent = dqn.build(network, spec, frame_size_px=20, frame_stack=2)
    states = [agent.init(jax.random.key(seed)) for seed in (0, 1)]
    poisoned = states[0].replace(target_params=jax.tree.map(lambda x: x * np.nan, states[0].params))
    for state in (*states, poisoned):
        np.testing.assert_array_equal(agent.bootstrap(state, batch), batch.r_t)
    draw = offline_targets.Draw(batch, None, None)
    np.testing.assert_array_equal(offline_targets.monte_carlo()(states[0], draw), batch.r_t)


def test_contradictions_are_refused():
    with pytest.raises(UserError, match="leave n_step at 1"):
        OfflineSpec(targets="monte_carlo", agent=DQNSpec(n_step=3))
    with pytest.raises(UserError, match=r"leave agent\.targets"):
        OfflineSpec(agent=DQNSpec(targets="monte_carlo"))
