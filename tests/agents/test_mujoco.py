"""MuJoCo tasks in step."""

import gymnasium
import numpy as np
import pytest

pytest.importorskip("mujoco")

from agents.environments import mujoco
from agents.errors import UserError
from agents.sac.spec import MujocoTask

# MuJoCo's own models use an attribute that it has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_a_member_sees_what_it_would_see_alone():
    together = mujoco.MujocoEnvironments([MujocoTask("Hopper")] * 2)
    first = together.reset([1, 2])
    alone = gymnasium.make("Hopper-v5")
    observation, _ = alone.reset(seed=2)
    np.testing.assert_array_equal(first[1], observation.astype(np.float32))
    rng = np.random.default_rng(0)
    for _ in range(60):
        actions = rng.uniform(-1, 1, (2, 3)).astype(np.float32)
        steps = together.step(actions)
        observation, reward, terminal, truncated, _ = alone.step(actions[1])
        np.testing.assert_array_equal(steps.reached[1], observation.astype(np.float32))
        assert (steps.rewards[1], steps.terminal[1]) == (reward, terminal)
        if terminal or truncated:
            observation, _ = alone.reset()
        np.testing.assert_array_equal(steps.observations[1], observation.astype(np.float32))
    together.close()


def test_the_time_limit_is_no_end():
    environments = mujoco.MujocoEnvironments([MujocoTask("HalfCheetah")])
    environments.reset([0])
    for step in range(1_000):
        steps = environments.step(np.zeros((1, 6), np.float32))
        assert not steps.terminal[0]
        assert steps.truncated[0] == (step == 999)


def test_actions_fill_the_tasks_own_range():
    environments = mujoco.MujocoEnvironments([MujocoTask("Humanoid")])
    environments.reset([0])
    alone = gymnasium.make("Humanoid-v5")
    alone.reset(seed=0)
    steps = environments.step(np.ones((1, 17), np.float32))
    expected = alone.step(np.full(17, 0.4, np.float32))[0].astype(np.float32)
    np.testing.assert_allclose(steps.reached[0], expected, rtol=1e-4, atol=1e-4)


def test_an_unknown_task_is_refused():
    with pytest.raises(UserError, match="did you mean Hopper"):
        mujoco.check_task(MujocoTask("Hoper"))
