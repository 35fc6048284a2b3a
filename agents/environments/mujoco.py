"""MuJoCo tasks of gymnasium, one for each member of a fleet, played in step."""

from collections.abc import Sequence
import difflib

import gymnasium
import numpy as np

from agents.environments.replaying import Replayable
from agents.environments.steps import Steps
from agents.errors import UserError
from agents.sac.spec import MujocoTask

TASKS = ("HalfCheetah", "Ant", "Hopper", "Walker2d", "Humanoid")


def check_task(task: MujocoTask) -> None:
    """Raises UserError if there is no such task, or MuJoCo is not installed."""
    if task.game not in TASKS:
        close = difflib.get_close_matches(task.game, TASKS, n=1, cutoff=0.0)
        raise UserError(
            f"There is no continuous-control task called {task.game!r}: did you mean {close[0]}?"
        )
    try:
        import mujoco  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"MuJoCo cannot be imported ({error}); `make setup EXTRAS=mujoco` installs it."
        ) from error


class MujocoEnvironments(Replayable):
    """One task for each member of a fleet. Call `reset` first.

    Args:
      tasks: one a member.

    Attributes:
      features, actions: lengths of an observation and of an action.

    Raises:
      UserError: there is no such task, or MuJoCo is not installed.
    """

    def __init__(self, tasks: Sequence[MujocoTask]):
        for task in dict.fromkeys(tasks):
            check_task(task)
        self._environments = [_make(task) for task in tasks]
        self.features = int(self._environments[0].observation_space.shape[0])
        self.actions = int(self._environments[0].action_space.shape[0])

    def reset(self, seeds: Sequence[int]) -> np.ndarray:
        """Starts a new episode with a new random stream for each member.

        Args:
          seeds: (members,).

        Returns:
          (members, features) float32 first observations.
        """
        pairs = zip(self._environments, seeds, strict=True)
        return np.stack([each.reset(seed=int(seed))[0] for each, seed in pairs]).astype(np.float32)

    def step(self, actions: np.ndarray) -> Steps:
        """Plays one action in each task.

        Args:
          actions: (members, actions) in [-1, 1].

        Returns:
          The steps, with observations (members, features) float32.
        """
        reached, following, rewards, ended, cut = [], [], [], [], []
        for environment, action in zip(self._environments, actions, strict=True):
            observation, reward, terminal, truncated, _ = environment.step(action)
            reached.append(observation)
            if terminal or truncated:
                observation, _ = environment.reset()
            following.append(observation)
            rewards.append(reward)
            ended.append(terminal)
            cut.append(truncated and not terminal)
        return Steps(
            np.stack(following).astype(np.float32),
            np.array(rewards, np.float64),
            np.array(ended, bool),
            np.array(cut, bool),
            np.stack(reached).astype(np.float32),
        )

    def close(self) -> None:
        for environment in self._environments:
            environment.close()


def _make(task: MujocoTask) -> gymnasium.Env:
    environment = gymnasium.make(f"{task.game}-v{task.version}")
    # Humanoid's actions reach to 0.4 only; everybody's are in [-1, 1] here.
    return gymnasium.wrappers.RescaleAction(environment, np.float32(-1), np.float32(1))
