"""Atari games behind Dopamine's preprocessing, one for each member of a fleet, no wrappers.

`ale_py.vector_env.AtariVectorEnv` with the arguments below equals Dopamine's
`AtariPreprocessing` bit for bit (grey 84x84 frames, maximum over the last two emulator
frames, stacks padded with black frames at the start of an episode); a test compares them.

A lost life can end the learner's episode, as in Dopamine, but for one thing: Dopamine breaks an
agent step off at the emulator frame in which the life is lost, whereas here it has all its
frames. The two are equal to the bit where that frame is the last of a step (Qbert and Pooyan are
compared), and up to three emulator frames apart from there on where it is not.
"""

from collections.abc import Sequence
import dataclasses
import difflib
import os

from ale_py import ALEInterface, roms
from ale_py.vector_env import AtariVectorEnv
import numpy as np

from agents.environments.replaying import Replayable
from agents.environments.steps import Steps
from agents.errors import UserError
from agents.spec import AtariTask


def rom_id(game: str) -> str:
    """The ROM's name: "DemonAttack" -> "demon_attack".

    Raises:
      UserError: there is no such game, or none that one agent can play. The closest matches are
        named. One spelling only ("DemonAttack"), so that one game never has two run ids.
    """
    known = _games()
    if game not in known:
        raise _no_such_game(game, list(known))
    rom = known[game]
    # The emulator's own list. It carries more, for PettingZoo, that are for two players and more;
    # asked to play one of those for a single player it ends the whole process.
    if ALEInterface.isSupportedROM(str(roms.get_rom_path(rom))) is None:
        raise UserError(
            f"{game} is a game for two or more players, which the emulator does not offer to a "
            "single agent; choose another game."
        )
    return rom


def check_game(game: str) -> None:
    """Raises UserError, as `rom_id` does, if no agent can play this game."""
    rom_id(game)


def _games() -> dict[str, str]:
    """Name in the paper's spelling -> name of the ROM, of all that ale-py has."""
    return {"".join(map(str.capitalize, rom.split("_"))): rom for rom in roms.get_all_rom_ids()}


def _no_such_game(game: str, known: list[str]) -> UserError:
    by_squeezed_name = {name.lower(): name for name in known}
    close = difflib.get_close_matches(
        game.replace("_", "").lower(), by_squeezed_name, n=3, cutoff=0.5
    )
    names = [by_squeezed_name[name] for name in close]
    hint = f"did you mean {' or '.join(names)}?" if names else "a name looks like DemonAttack."
    return UserError(f"There is no Atari game called {game!r}: {hint}")


def count_actions(task: AtariTask) -> int:
    """How many actions the game of a task has."""
    environments = AtariEnvironments([task])
    environments.close()
    return int(environments.num_actions[0])


class AtariEnvironments(Replayable):
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
        self._ends_with_a_life = tasks[0].terminal_on_life_loss
        self._stack = tasks[0].frame_stack
        self._lives = np.zeros(len(tasks), np.int64)
        # Frames that each member has seen of this life, as far as a stack can tell.
        self._seen = np.full(len(tasks), self._stack)

    def reset(self, seeds: Sequence[int]) -> np.ndarray:
        """Starts a new game with a new random stream for each member.

        Args:
          seeds: (members,) below 2**31.

        Returns:
          (members, stack, height, width) uint8 first observations.
        """
        seeds = np.asarray(seeds)
        began = [
            self._environments[game].reset(seed=seeds[members])
            for game, members in self._members.items()
        ]
        self._lives = self._joined([info["lives"] for _, info in began])
        self._seen[:] = self._stack
        return self._joined([observations for observations, _ in began])

    def step(self, actions: np.ndarray) -> Steps:
        """Plays one action (`frame_skip` emulator frames) in each game.

        Args:
          actions: (members,) int32.
        """
        for game, members in self._members.items():
            self._environments[game].send(actions[members])
        # All games are under way before the first is waited for.
        *played, infos = zip(
            *(environment.recv() for environment in self._environments.values()), strict=True
        )
        steps = Steps(*map(self._joined, played), life_lost=np.zeros(len(actions), bool))
        if not self._ends_with_a_life:
            return steps
        return self._split_by_lives(steps, self._joined([info["lives"] for info in infos]))

    def _split_by_lives(self, steps: Steps, lives: np.ndarray) -> Steps:
        """The steps with what a life less means: an end, and no frames from before it."""
        over = steps.terminal | steps.truncated
        lost = (lives < self._lives) & ~over
        self._lives = lives
        # A new game begins with black frames by itself.
        self._seen = np.where(over, self._stack, np.minimum(self._seen + 1, self._stack))
        self._seen[lost] = 1
        black = np.arange(self._stack) < self._stack - self._seen[:, None]
        observations = np.where(black[..., None, None], np.uint8(0), steps.observations)
        return steps._replace(observations=observations, life_lost=lost)

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
        # Of emulator frames, 0 to one less than this.
        noop_max=task.noop_frames,
        # The constructor's own defaults differ from the paper's protocol in both of these.
        use_fire_reset=False,
        reward_clipping=False,
    )
