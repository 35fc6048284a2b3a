"""Atari games behind Dopamine's preprocessing, one environment, one seed, no wrappers.

`ale_py.vector_env.AtariVectorEnv` with the arguments below equals Dopamine's
`AtariPreprocessing` bit for bit (grey 84x84 frames, maximum over the last two emulator
frames, stacks padded with black frames at the start of an episode); a test compares them.
"""

import difflib
import re
from typing import NamedTuple

from ale_py import roms
from ale_py.vector_env import AtariVectorEnv
import numpy as np

from agents.errors import UserError
from agents.spec import AtariTask


class Step(NamedTuple):
    """What one agent step returned.

    Attributes:
      observation: (stack, height, width) uint8, newest frame last.
      reward: the game's raw score difference; clipping is the learner's business.
      terminal: the game ended.
      truncated: the episode reached its time limit; its value does not end here.
    """

    observation: np.ndarray
    reward: float
    terminal: bool
    truncated: bool


def rom_id(game: str) -> str:
    """The ROM's name: "DemonAttack" -> "demon_attack"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", game).lower()


def _paper_name(rom: str) -> str:
    return "".join(word.capitalize() for word in rom.split("_"))


def check_game(game: str) -> None:
    """Raises UserError, naming the closest matches, if ale-py has no such game.

    One spelling only ("DemonAttack"), so that one game never has two run ids.
    """
    known = roms.get_all_rom_ids()
    if game in map(_paper_name, known):
        return
    by_squeezed_name = {name.replace("_", ""): name for name in known}
    close = difflib.get_close_matches(
        game.replace("_", "").lower(), by_squeezed_name, n=3, cutoff=0.5
    )
    names = [_paper_name(by_squeezed_name[name]) for name in close]
    hint = f"did you mean {' or '.join(names)}?" if names else "a name looks like DemonAttack."
    raise UserError(f"There is no Atari game called {game!r}: {hint}")


def count_actions(task: AtariTask) -> int:
    """How many actions the game of a task has."""
    environment = AtariEnvironment(task)
    environment.close()
    return environment.num_actions


class AtariEnvironment:
    """One game. Call `reset` first, and `begin_episode` after every step that ended one."""

    def __init__(self, task: AtariTask):
        check_game(task.game)
        self._environment = AtariVectorEnv(
            rom_id(task.game),
            num_envs=1,
            num_threads=1,
            img_height=task.frame_size_px,
            img_width=task.frame_size_px,
            stack_num=task.frame_stack,
            frameskip=task.frame_skip,
            repeat_action_probability=task.sticky_action_probability,
            max_num_frames_per_episode=task.max_episode_agent_steps * task.frame_skip,
            # The constructor's own defaults differ from the paper's protocol in all of these.
            noop_max=0,
            use_fire_reset=False,
            reward_clipping=False,
        )
        self.num_actions = int(self._environment.single_action_space.n)

    def reset(self, seed: int) -> np.ndarray:
        """Starts a new game with a new random stream; returns the first observation."""
        observation, _ = self._environment.reset(seed=seed)
        return observation[0]

    def step(self, action: int) -> Step:
        """Plays one action (`frame_skip` emulator frames)."""
        observation, reward, terminal, truncated, _ = self._environment.step(
            np.array([action], np.int32)
        )
        return Step(observation[0], float(reward[0]), bool(terminal[0]), bool(truncated[0]))

    def begin_episode(self) -> np.ndarray:
        """First observation of the next episode.

        The emulator restarts during the step after an episode's end, ignores that step's
        action and returns no reward for it: it must not be stored as a transition.
        """
        return self.step(0).observation

    def close(self) -> None:
        self._environment.close()
