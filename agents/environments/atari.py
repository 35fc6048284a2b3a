"""Atari games behind Dopamine's preprocessing, one for each member of a fleet, no wrappers.

`ale_py.vector_env.AtariVectorEnv` with the arguments below equals Dopamine's
`AtariPreprocessing` bit for bit (grey 84x84 frames, maximum over the last two emulator
frames, stacks padded with black frames at the start of an episode); a test compares them.
"""

from collections.abc import Sequence
import dataclasses
import difflib
import os
import re
from typing import NamedTuple

from ale_py import roms
from ale_py.vector_env import AtariVectorEnv
import numpy as np

from agents.errors import UserError
from agents.spec import AtariTask


class Steps(NamedTuple):
    """What one agent step returned to each member of a fleet.

    Attributes:
      observations: (members, stack, height, width) uint8, newest frame last: what the next
        action is chosen on, which after the end of an episode is the start of the next one.
      rewards: (members,) the game's raw score differences; clipping is the learner's business.
      terminal: (members,) bool; the game ended with this action.
      truncated: (members,) bool; the episode reached its time limit, and its value does not
        end here.
    """

    observations: np.ndarray
    rewards: np.ndarray
    terminal: np.ndarray
    truncated: np.ndarray


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
    environments = AtariEnvironments([task])
    environments.close()
    return int(environments.num_actions[0])


class AtariEnvironments:
    """One game for each member of a fleet, played in step. Call `reset` first.

    Each game has its own random stream: what a member sees depends on its seed and its
    actions only, whoever else plays beside it.

    Args:
      tasks: one a member, alike in everything but the game.

    Attributes:
      num_actions: (members,) actions of each game.

    Raises:
      UserError: there is no such game.
    """

    def __init__(self, tasks: Sequence[AtariTask]):
        games = [task.game for task in tasks]
        self._members = {
            game: np.flatnonzero([game == other for other in games])
            for game in dict.fromkeys(games)
        }
        self._environments = {
            game: _build(dataclasses.replace(tasks[0], game=game), len(members))
            for game, members in self._members.items()
        }
        self.num_actions = np.array(
            [int(self._environments[game].single_action_space.n) for game in games]
        )

    def reset(self, seeds: Sequence[int]) -> np.ndarray:
        """Starts a new game with a new random stream for each member.

        Args:
          seeds: (members,) below 2**31.

        Returns:
          (members, stack, height, width) uint8 first observations.
        """
        seeds = np.asarray(seeds)
        return self._joined(
            [
                self._environments[game].reset(seed=seeds[members])[0]
                for game, members in self._members.items()
            ]
        )

    def step(self, actions: np.ndarray) -> Steps:
        """Plays one action (`frame_skip` emulator frames) in each game.

        Args:
          actions: (members,) int32.
        """
        for game, members in self._members.items():
            self._environments[game].send(actions[members])
        # All games are under way before the first is waited for.
        played = [environment.recv()[:4] for environment in self._environments.values()]
        return Steps(*map(self._joined, zip(*played, strict=True)))

    def close(self) -> None:
        for environment in self._environments.values():
            environment.close()

    def _joined(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """What the games returned, in the order of the members."""
        if len(parts) == 1:
            return parts[0]
        whole = np.empty((len(self.num_actions), *parts[0].shape[1:]), parts[0].dtype)
        for members, part in zip(self._members.values(), parts, strict=True):
            whole[members] = part
        return whole


def _build(task: AtariTask, count: int) -> AtariVectorEnv:
    check_game(task.game)
    return AtariVectorEnv(
        rom_id(task.game),
        num_envs=count,
        num_threads=min(count, os.cpu_count() or 1),
        img_height=task.frame_size_px,
        img_width=task.frame_size_px,
        stack_num=task.frame_stack,
        frameskip=task.frame_skip,
        repeat_action_probability=task.sticky_action_probability,
        max_num_frames_per_episode=task.max_episode_agent_steps * task.frame_skip,
        # The step that ends an episode returns the first observation of the next one. (By
        # default the next step would, and count for nothing; members would fall out of step.)
        autoreset_mode="SameStep",
        # The constructor's own defaults differ from the paper's protocol in all of these.
        noop_max=0,
        use_fire_reset=False,
        reward_clipping=False,
    )
