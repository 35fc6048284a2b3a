"""Dormancy on several kinds of inputs: sets counted by hand, laws, and a run that records them."""

import dataclasses

from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp
import numpy as np
import pytest

from agents.dqn.probes import START_AGENT_STEPS, as_batch, random_play, random_probes
from agents.errors import UserError
from agents.events import Log
from agents.kinds import train
from agents.measuring import ACTIVATION
from agents.probing import also_name, compare_probes, share_name
from agents.randomness import Purpose, generator
from agents.replay.ring import TransitionRing
from agents.spec import AtariTask, NetworkSpec, RunSpec
from experiments.presets.presets import SMOKE
from figures.curves import probes

TASK = AtariTask(game="Pong", frame_size_px=42)


@pytest.fixture
def briefly(monkeypatch):
    """Where it does not matter from how far inside of how many episodes observations come."""
    monkeypatch.setattr("agents.dqn.probes._PLAYED_AGENT_STEPS", 50)
    monkeypatch.setattr("agents.dqn.probes._ENVIRONMENTS", 2)


def neurons(*layers: list[float]) -> dict[str, dict[str, np.ndarray]]:
    return {
        f"Dense_{n}": {ACTIVATION: np.array(layer, np.float32)} for n, layer in enumerate(layers)
    }


def test_sets_are_compared_over_all_layers():
    found = compare_probes(
        {
            "replay": neurons([0.0, 1.0], [0.0, 0.0, 1.0]),
            "latest": neurons([0.0, 1.0], [0.0, 1.0, 0.0]),
        }
    )
    assert found[share_name("replay", 0)] == pytest.approx(3 / 5)
    # Dormant on both: one neuron of each layer; on the replay 3, on the latest 3.
    assert found[also_name("replay", "latest", 0)] == pytest.approx(2 / 3)
    assert found[also_name("latest", "replay", 0)] == pytest.approx(2 / 3)


def test_nothing_is_said_of_empty_sets_and_of_numbers_that_are_none():
    found = compare_probes({"replay": neurons([1.0, 1.0]), "latest": neurons([0.0, np.nan])})
    assert found == {share_name("replay", tau): 0.0 for tau in (0, 0.025, 0.1)}


ACTIVITY = hnp.arrays(np.float32, 12, elements=st.integers(0, 8).map(float))


@given(ACTIVITY, ACTIVITY)
def test_what_is_common_is_so_from_both_sides(one, other):
    sources = {"a": neurons(one.tolist()), "b": neurons(other.tolist())}
    found = compare_probes(sources)
    for tau in (0, 0.025, 0.1):
        shares = [found[share_name(name, tau)] for name in "ab"]
        common = [
            share * found.get(also_name(*pair, tau), 0.0)
            for share, pair in zip(shares, (("a", "b"), ("b", "a")), strict=True)
        ]
        assert common[0] == pytest.approx(common[1])
        assert common[0] <= min(shares) + 1e-9


def test_figures_read_what_logs_write():
    for tau in (0, 0.025, 0.1):
        assert share_name("start", tau) == f"dormant_fraction_tau_{probes._as_logged(tau)}_on_start"
    assert probes._as_logged(0.0) == 0
    found = compare_probes({name: neurons([0.0, 1.0]) for name in probes.SOURCES})
    assert also_name("replay", "other_game", 0.1) in found


def test_random_play_is_the_seeds_and_starts_are_starts(briefly):
    play = [random_play(TASK, 20, generator(3, Purpose.RANDOM_PLAY, 0)) for _ in range(2)]
    np.testing.assert_array_equal(*play)
    assert play[0].shape == (20, 4, 42, 42)
    starts = random_play(TASK, 2 * START_AGENT_STEPS, generator(3, Purpose.RANDOM_PLAY, 1), True)
    # A game begins with a stack that is black but for its newest frame.
    assert not starts[:2, :3].any()
    assert starts[2:, 2].any()


def test_random_play_comes_from_anywhere_in_the_episodes():
    """Not from their first steps alone, on which networks are scored as "start"."""
    play = random_play(TASK, 64, generator(3, Purpose.RANDOM_PLAY, 0))
    scores = {frame[:5].tobytes() for frame in play[:, -1]}
    starts = random_play(TASK, 64, generator(3, Purpose.RANDOM_PLAY, 1), start=True)
    assert len({frame[:5].tobytes() for frame in starts[:, -1]}) <= 2
    assert len(scores) > 5, "points that were lost since are on the screen's upper edge"


@given(size=st.integers(1, 300))
@settings(max_examples=3, deadline=None)
def test_random_play_has_the_size_that_was_asked_for(size: int):
    """Of less than a round of the environments, and of more."""
    play = random_play(TASK, size, generator(0, Purpose.RANDOM_PLAY, 0), start=True)
    assert len(play) == size


def test_observations_as_transitions_keep_what_is_scored():
    observations = np.arange(2 * 4 * 3 * 3, dtype=np.uint8).reshape(2, 4, 3, 3)
    batch = as_batch(observations, n_step=3)
    assert batch.frames.shape == (2, 7, 3, 3)
    np.testing.assert_array_equal(batch.frames[:, :4], observations)


@given(
    added=st.integers(6, 60),
    size=st.integers(1, 4),
    episode=st.integers(2, 30),
    monte_carlo=st.booleans(),
)
def test_the_latest_are_the_newest_usable(added: int, size: int, episode: int, monte_carlo: bool):
    ring = TransitionRing(40, stack=2, n_step=1, discount=0.9, monte_carlo=monte_carlo)
    for step in range(added):
        ring.append(step % 7, 0.0, terminal=step % episode == episode - 1, truncated=False)
    held = range(added - len(ring), added)
    usable = [step for step in held if ring.usable(np.array([step]))[0]]
    if not usable:
        with pytest.raises(UserError, match="no Monte-Carlo return is known"):
            ring.latest(size)
        return
    # However long the running episode is, of which no return is known yet.
    expected = ring.locate(np.resize(usable[-size:], size))
    np.testing.assert_array_equal(ring.latest(size).slots, expected.slots)


def test_a_run_records_them_and_is_otherwise_the_same(briefly):
    plain = SMOKE.run("Pong", 0)
    schedule = dataclasses.replace(plain.schedule, iterations=2, eval_episodes=1)
    plain = dataclasses.replace(
        plain,
        task=dataclasses.replace(TASK, frame_size_px=20, max_episode_agent_steps=50),
        network=NetworkSpec(width=0.125),
        agent=dataclasses.replace(plain.agent, replay_ratio=0.5),
        schedule=schedule,
    )
    probed = dataclasses.replace(plain, schedule=dataclasses.replace(schedule, further_probes=True))
    assert probed.run_id != plain.run_id
    logs = [
        [event for event in train(spec) if isinstance(event, Log) and event.neurons]
        for spec in (plain, probed)
    ]
    for one, more in zip(*logs, strict=True):
        assert one.metrics.items() <= more.metrics.items()
        for source in probes.SOURCES:
            assert 0 <= more.metrics[share_name(source, 0.1)] <= 1


def test_other_games_are_not_ones_own(briefly):
    for game in ("Pong", "Asterix"):
        found = random_probes(dataclasses.replace(TASK, game=game), 1, 0, 8)
        assert not np.array_equal(found["initial"].frames, found["other_game"].frames)
    assert RunSpec().schedule.further_probes is False
