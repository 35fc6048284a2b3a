"""Frames, stacks and rewards equal Dopamine's `AtariPreprocessing` bit for bit.

Both play without sticky actions: with them, the two would draw other random numbers.
"""

import numpy as np
import pytest

from agents.environments.atari import AtariEnvironments
from agents.spec import AtariTask
from tests.oracle import dopamine_shim

atari_lib = dopamine_shim.load("discrete_domains.atari_lib")

GAMES = ("DemonAttack", "Asterix", "Seaquest")
STEPS = 200


class DopamineStack:
    """Dopamine's environment plus the stacking of `JaxDQNAgent._record_observation`."""

    def __init__(self, game):
        self.game = atari_lib.create_atari_environment(game_name=game, sticky_actions=False)

    @property
    def emulator(self):
        return self.game.environment.env.ale

    def _push(self, frame):
        self.state = np.roll(self.state, -1, axis=-1)
        self.state[..., -1] = frame[..., 0]
        return np.moveaxis(self.state, -1, 0)

    def reset(self):
        self.state = np.zeros((84, 84, 4), np.uint8)
        return self._push(self.game.reset())

    def step(self, action):
        frame, reward, terminal, _ = self.game.step(action)
        return self._push(frame), reward, terminal

    def begin_life(self, observation):
        """What `Runner` does after a terminal that does not end the game."""
        self.state = np.zeros((84, 84, 4), np.uint8)
        return self._push(observation[-1][..., None])


class Ours:
    """Our environments with one member, without its axis."""

    def __init__(self, **task):
        self.all = AtariEnvironments([AtariTask(sticky_action_probability=0.0, **task)])
        [self.num_actions] = self.all.num_actions.tolist()

    def reset(self):
        [observation] = self.all.reset([0])
        return observation

    def step(self, action):
        steps = self.all.step(np.array([action]))
        ended = steps.terminal | steps.life_lost
        return steps.observations[0], steps.rewards[0], ended[0], steps.truncated[0]


@pytest.fixture(params=GAMES)
def pair(request):
    ours = Ours(game=request.param)
    yield ours, DopamineStack(request.param)
    ours.all.close()


def test_first_stack_is_three_black_frames_and_the_first_screen(pair):
    ours, theirs = pair
    first = ours.reset()
    np.testing.assert_array_equal(first, theirs.reset())
    assert first.dtype == np.uint8
    assert not first[:-1].any()
    assert first[-1].any()


def test_200_steps_of_random_play_are_equal(pair):
    ours, theirs = pair
    assert ours.num_actions == theirs.game.action_space.n
    np.testing.assert_array_equal(ours.reset(), theirs.reset())
    actions = np.random.default_rng(1).integers(ours.num_actions, size=STEPS)
    frames, rewards = set(), 0.0
    for action in actions.tolist():
        seen, *result = ours.step(action)
        observation, reward, terminal = theirs.step(action)
        np.testing.assert_array_equal(seen, observation)
        assert result == [reward, terminal, False]
        frames.add(observation[-1].tobytes())
        rewards += abs(reward)
    # It was a game, not a still picture.
    assert len(frames) > STEPS / 2
    assert rewards > 0


def test_the_second_and_third_episode_are_equal_too(pair):
    """The step that ends an episode returns what Dopamine's `reset` does."""
    ours, theirs = pair
    np.testing.assert_array_equal(ours.reset(), theirs.reset())
    rng = np.random.default_rng(2)
    for _ in range(2):
        terminal = False
        while not terminal:
            action = int(rng.integers(ours.num_actions))
            seen, *result = ours.step(action)
            observation, reward, terminal = theirs.step(action)
            np.testing.assert_array_equal(seen, theirs.reset() if terminal else observation)
            assert result == [reward, terminal, False]
    for action in rng.integers(ours.num_actions, size=8).tolist():
        np.testing.assert_array_equal(ours.step(action)[0], theirs.step(action)[0])


def test_time_limit_counts_agent_steps_as_dopamines_runner_does():
    """Dopamine's runner breaks an episode off after `max_steps_per_episode` agent steps."""
    ours = Ours(game="Asterix", max_episode_agent_steps=12)
    ours.reset()
    steps = [ours.step(0) for _ in range(12)]
    ours.all.close()
    assert [truncated for *_, truncated in steps] == [False] * 11 + [True]
    assert not any(terminal for _, _, terminal, _ in steps)


@pytest.mark.parametrize(("game", "seed"), [("Qbert", 1), ("Pooyan", 3)])
def test_a_lost_life_is_dopamines_where_it_is_lost_with_the_last_frame_of_a_step(game, seed):
    """Dopamine breaks a step off where a life is lost, so that its game then leads ours.

    With these actions the first life is lost with the last of a step's four frames, which leaves
    both games where they are: they are compared on until the next life is lost otherwise. (Frames
    are counted within the step: some games, Pooyan among them, do not begin at frame 0.)
    """
    ours, theirs = Ours(game=game, terminal_on_life_loss=True), DopamineStack(game)
    theirs.game.terminal_on_life_loss = True
    np.testing.assert_array_equal(ours.reset(), theirs.reset())
    rng, lost, compared = np.random.default_rng(seed), 0, 0
    while True:
        action = int(rng.integers(ours.num_actions))
        seen, *result = ours.step(action)
        first_frame = theirs.emulator.getEpisodeFrameNumber()
        observation, reward, terminal = theirs.step(action)
        assert result[1:] == [terminal, False]
        if terminal and theirs.emulator.getEpisodeFrameNumber() - first_frame < 4:
            break
        if terminal:
            assert not theirs.game.game_over
            observation = theirs.begin_life(observation)
            assert not seen[:-1].any()
            lost += 1
        np.testing.assert_array_equal(seen, observation)
        assert result[0] == reward
        compared += bool(lost)
    ours.all.close()
    assert lost > 0
    assert compared > 10
