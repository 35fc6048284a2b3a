"""The emulator behind our interface: borders between episodes, seeds, names."""

import numpy as np
import pytest

from agents.environments.atari import AtariEnvironments, check_game, rom_id
from agents.errors import UserError
from agents.spec import AtariTask
from tests.agents.one_replay import OneReplay


@pytest.mark.parametrize(
    ("game", "rom"),
    [
        ("DemonAttack", "demon_attack"),
        ("Qbert", "qbert"),
        ("MsPacman", "ms_pacman"),
        ("Jamesbond", "jamesbond"),
        ("YarsRevenge", "yars_revenge"),
        ("UpNDown", "up_n_down"),
    ],
)
def test_names(game, rom):
    assert rom_id(game) == rom
    check_game(game)


def test_unknown_games_name_close_matches():
    with pytest.raises(UserError, match=r"'DemonAtack': did you mean DemonAttack"):
        check_game("DemonAtack")
    with pytest.raises(UserError, match="looks like"):
        check_game("Zzzzqq")


def test_same_seed_same_game_whatever_was_played_before():
    environments = AtariEnvironments([AtariTask(frame_size_px=42)])

    def play(seed):
        frames = [environments.reset([seed])]
        for number in range(60):
            frames.append(environments.step(number % environments.num_actions).observations)
        return np.stack(frames)

    first, second, third = play(1), play(2), play(1)
    np.testing.assert_array_equal(first, third)
    assert (first != second).any()
    environments.close()


def test_replayed_stacks_are_what_the_agent_saw():
    task = AtariTask(game="Breakout", frame_size_px=42, max_episode_agent_steps=40)
    environments = AtariEnvironments([task])
    ring = OneReplay(500, 42, 4, 1, 0.99)
    observations, seen, ends = environments.reset([3]), [], 0
    for number in range(200):
        [observation] = observations
        seen.append(np.array(observation))
        observations, rewards, [terminal], [truncated] = environments.step(
            number % environments.num_actions
        )
        ring.append(observation[-1], 0, float(rewards[0]), bool(terminal), bool(truncated))
        if terminal or truncated:
            ends += 1
            assert (observations[0, :-1] == 0).all()
    environments.close()
    assert ends >= 4
    rebuilt = ring.draws(400, np.random.default_rng(0)).frames[0]
    known = {stack.tobytes() for stack in seen}
    assert all(frames[:4].tobytes() in known for frames in rebuilt)
    assert all(frames[1:].tobytes() in known for frames in rebuilt)
