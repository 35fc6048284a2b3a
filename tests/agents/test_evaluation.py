"""Evaluation on games whose long episodes score more: what is measured is the mean of episodes."""

import numpy as np
import pytest

from agents.environments.steps import Steps
from agents.evaluation import Rule, evaluate

# An episode is long and pays its length, or short and pays one point for each of its steps.
LENGTHS = (1, 9)
MEAN_RETURN = np.mean(LENGTHS)


class Game:
    """Episodes of random length, each step of which pays 1."""

    def __init__(self, environments: int):
        self.closed, self._environments = False, environments

    def reset(self, seeds) -> np.ndarray:
        self._streams = [np.random.default_rng(seed) for seed in seeds]
        self._left = np.array([stream.choice(LENGTHS) for stream in self._streams])
        return np.zeros((len(seeds), 1))

    def step(self, actions) -> Steps:
        assert len(actions) == self._environments
        self._left -= 1
        terminal = self._left == 0
        for index in np.flatnonzero(terminal):
            self._left[index] = self._streams[index].choice(LENGTHS)
        count = self._environments
        return Steps(np.zeros((count, 1)), np.ones(count), terminal, np.zeros(count, bool))

    def close(self) -> None:
        self.closed = True


def play(rule: Rule, environments: int, seed: int, members: int = 1) -> list[list[float]]:
    game = Game(members * environments)
    seeds = [[1_000 * seed + 10 * m + e for e in range(environments)] for m in range(members)]
    *others, last = evaluate(game, seeds, lambda seen, _: np.zeros(seen.shape[:2], int), rule)
    assert game.closed
    assert not any(returns for found in others for returns in found)
    return last


def mean_of_phases(rule: Rule, environments: int) -> tuple[float, float]:
    """Mean and its standard error over 300 phases."""
    means = [np.mean(play(rule, environments, seed)[0]) for seed in range(300)]
    return np.mean(means), np.std(means) / np.sqrt(len(means))


@pytest.mark.parametrize("environments", [1, 3, 4, 8])
def test_a_fixed_number_of_episodes_has_the_mean_of_an_episode(environments):
    """The first four to end would have a mean far below: most of them are short."""
    mean, error = mean_of_phases(Rule(agent_steps=0, episodes=4), environments)
    assert abs(mean - MEAN_RETURN) < 4 * error


def test_dopamines_rule_is_the_same_in_any_number_of_environments():
    rule = Rule(agent_steps=20)
    found = {width: mean_of_phases(rule, width) for width in (1, 3, 8)}
    for mean, error in found.values():
        assert abs(mean - found[1][0]) < 4 * np.hypot(error, found[1][1])


def test_the_last_episode_is_finished_and_no_more_are_taken():
    for seed in range(50):
        for width in (1, 5):
            [returns] = play(Rule(agent_steps=20), width, seed)
            # Every step pays 1.
            assert set(returns) <= set(map(float, LENGTHS))
            assert sum(returns) >= 20 > sum(returns[:-1])
            assert len(play(Rule(agent_steps=20, episodes=7), width, seed)[0]) == 7


def test_one_environment_plays_one_episode_after_the_other():
    [returns] = play(Rule(agent_steps=0, episodes=30), 1, seed=0)
    stream = np.random.default_rng(0)
    assert returns == [stream.choice(LENGTHS) for _ in range(30)]


def test_a_member_is_measured_the_same_whoever_plays_beside_it():
    rule = Rule(agent_steps=100)
    together = play(rule, 4, seed=3, members=3)
    assert together[0] == play(rule, 4, seed=3)[0]
    assert len({tuple(returns) for returns in together}) == 3
