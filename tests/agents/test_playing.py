"""What is kept of an episode whose every step is known: for the replay, and for the log."""

import numpy as np
import pytest

pytest.importorskip("gymnasium")

from agents.dqn import training as dqn
from agents.environments.replaying import Replayable
from agents.environments.steps import Steps
from agents.fleet.members import Fleet
from agents.randomness import Purpose
from agents.sac import training as sac
from agents.sac.spec import ContinuousSchedule, ContinuousSpec, SACSpec
from agents.spec import AtariTask, DQNSpec, RunSpec, ScheduleSpec

REWARDS = [0.5, -30.0, 200.0, 1.0, 0.0]
ENDS = ["", "life", "terminal", "truncated", ""]
# Of the two episodes: a lost life ends no game, and nothing is clipped.
RETURNS = [170.5, 1.0]
GAMES = RunSpec(
    task=AtariTask(frame_size_px=2),
    agent=DQNSpec(
        replay_ratio=1.0,
        update_period_agent_steps=len(ENDS),
        replay_capacity_transitions=20,
        epsilon_train=0.5,
        epsilon_eval=0.25,
    ),
    schedule=ScheduleSpec(eval_episodes=2, eval_environments=1),
)
TASKS = ContinuousSpec(
    agent=SACSpec(min_replay_environment_steps=len(ENDS)),
    schedule=ContinuousSchedule(eval_episodes=2, eval_environments=1),
)


class Played(Replayable):
    """One member: the first observation is 0; step t reaches t + 0.5 and goes on from t + 1."""

    shape: tuple[int, ...]

    def __init__(self, tasks):
        self.taken = []

    def reset(self, seeds):
        return np.zeros((1, *self.shape))

    def step(self, actions):
        t = len(self.taken)
        self.taken.append(actions)
        return Steps(
            np.full((1, *self.shape), t + 1),
            np.array([REWARDS[t]]),
            np.array([ENDS[t] == "terminal"]),
            np.array([ENDS[t] == "truncated"]),
            np.full((1, *self.shape), t + 0.5),
            np.array([ENDS[t] == "life"]),
        )

    def close(self):
        pass


class Frames(Played):
    shape = (4, 2, 2)


class Numbers(Played):
    shape = (1,)


def fleet_that_notes(epsilons: list[float], *action: int) -> Fleet:
    """Always does the same, and notes with how much exploration it was asked to play."""

    def act_in_parallel(state, observations, epsilon, step):
        epsilons.append(epsilon)
        return np.zeros((1, 1, *action))

    def act(state, observations, step, ring=None, slot=0):
        return np.zeros(1, np.int32), ring

    fields = dict.fromkeys(Fleet._fields) | {"act": act, "act_in_parallel": act_in_parallel}
    return Fleet(**fields)


def evaluated(experience) -> list[float]:
    *_, ((*returns,),) = experience.evaluate(None, 0)
    return returns


def test_a_replay_of_games_has_clipped_rewards_and_an_end_at_every_lost_life(monkeypatch):
    monkeypatch.setattr(dqn, "AtariEnvironments", Frames)
    epsilons = []
    experience = dqn.PlayingGames([GAMES], fleet_that_notes(epsilons), replay_on_device=False)
    experience.begin(0)
    assert experience.play(None, 0, 100) == (5, [(0, each) for each in RETURNS])
    kept = experience.transitions(0)
    assert kept["reward"].tolist() == [0.5, -1, 1, 1, 0]
    assert kept["terminal"].tolist() == [False, True, True, False, False]
    assert kept["truncated"].tolist() == [False, False, False, True, False]
    assert kept["frame"][:, 0, 0].tolist() == [0, 1, 2, 3, 4]
    assert evaluated(experience) == RETURNS
    assert set(epsilons) == {0.25}


def test_a_time_limit_of_a_task_is_bootstrapped_from_what_was_reached(monkeypatch):
    monkeypatch.setattr(sac, "MujocoEnvironments", Numbers)
    epsilons = []
    experience = sac.Controlling([TASKS], fleet_that_notes(epsilons, 1), features=1, actions=1)
    experience.begin(0)
    played = [experience.play(None, step, 100) for step in range(len(ENDS))]
    assert [returns for _, returns in played if returns] == [[(0, each)] for each in RETURNS]
    batch = experience.probe(100, Purpose.PROBE, 0)
    columns = (batch.s_tm1[0, :, 0], batch.r_t[0], batch.discount_t[0], batch.s_t[0, :, 0])
    gamma = np.float32(TASKS.agent.discount)
    assert set(zip(*(column.tolist() for column in columns), strict=True)) == {
        (t, reward, 0 if ENDS[t] == "terminal" else gamma, t + 0.5)
        for t, reward in enumerate(REWARDS)
    }
    # Before learning, actions are from the whole range.
    assert -1 <= batch.a_tm1.min() < 0 < batch.a_tm1.max() <= 1
    assert evaluated(experience) == RETURNS
    # The mode of the policy, not a sample of it.
    assert set(epsilons) == {0}
