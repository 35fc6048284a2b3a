"""The emulator behind our interface: borders between episodes, seeds, names."""

import subprocess
import sys

from ale_py import roms
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
        ("TicTacToe3d", "tic_tac_toe_3d"),
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


def test_games_for_several_players_are_refused():
    """All of ale-py's 108 were tried in processes of their own: these, and no others, end it."""
    refused = []
    for rom in roms.get_all_rom_ids():
        name = "".join(word.capitalize() for word in rom.split("_"))
        try:
            assert rom_id(name) == rom
        except UserError as error:
            assert "two or more players" in str(error)
            refused.append(name)
    assert sorted(refused) == ["Combat", "Joust", "MazeCraze", "Warlords"]


@pytest.mark.slow
def test_every_other_game_can_be_played():
    """One process a game: what the emulator cannot play ends its process."""
    program = (
        "import sys, numpy as np\n"
        "from agents.environments.atari import AtariEnvironments\n"
        "from agents.spec import AtariTask\n"
        "environments = AtariEnvironments([AtariTask(game=sys.argv[1])])\n"
        "environments.reset([1])\n"
        "for number in range(20):\n"
        "    environments.step(np.array([number], np.int32) % environments.num_actions)\n"
        "environments.close()\n"
    )
    for rom in roms.get_all_rom_ids():
        name = "".join(word.capitalize() for word in rom.split("_"))
        if name not in ("Combat", "Joust", "MazeCraze", "Warlords"):
            subprocess.run([sys.executable, "-c", program, name], check=True, capture_output=True)


@pytest.mark.parametrize("games", [["Breakout"], ["Pong", "Breakout", "Pong"]])
def test_replayed_actions_lead_back_to_the_same_moment(games):
    """Over ends of episodes of both kinds and repeated actions; then it goes on the same."""
    tasks = [AtariTask(game=game, frame_size_px=21, max_episode_agent_steps=180) for game in games]
    seeds = list(range(5, 5 + len(games)))
    first, second = AtariEnvironments(tasks), AtariEnvironments(tasks)
    # Somewhere else, in another episode, before.
    second.reset([99] * len(games))
    second.step(np.zeros(len(games), np.int32))
    rng = np.random.default_rng(0)
    actions = rng.integers(first.num_actions, size=(900, len(games))).astype(np.int32)
    observations, scores, ends, kinds = first.reset(seeds), np.zeros(len(games)), 0, set()
    for chosen in actions[:800]:
        steps = first.step(chosen)
        observations, ended = steps.observations, steps.terminal | steps.truncated
        scores = np.where(ended, 0, scores + steps.rewards)
        ends += ended.sum()
        kinds |= {"terminal"} if steps.terminal.any() else set()
        kinds |= {"truncated"} if steps.truncated.any() else set()
    assert ends >= 2
    assert kinds == {"terminal", "truncated"}
    observations = observations.copy()
    found, running = second.replay(seeds, actions[:800])
    np.testing.assert_array_equal(found, observations)
    np.testing.assert_array_equal(running, scores)
    for chosen in actions[800:]:
        for ours, theirs in zip(first.step(chosen), second.step(chosen), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    first.close()
    second.close()


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


@pytest.mark.parametrize("lives", [False, True])
def test_replayed_stacks_are_what_the_agent_saw(lives):
    task = AtariTask("Breakout", 42, max_episode_agent_steps=40, terminal_on_life_loss=lives)
    environments = AtariEnvironments([task])
    ring = OneReplay(500, 42, 4, 1, 0.99)
    observations, seen, ends = environments.reset([3]), [], 0
    for number in range(200):
        [observation] = observations
        seen.append(np.array(observation))
        steps = environments.step(number % environments.num_actions)
        observations, [truncated] = steps.observations, steps.truncated
        [ended] = steps.terminal | steps.life_lost
        ring.append_one(observation[-1], 0, float(steps.rewards[0]), bool(ended), bool(truncated))
        if ended or truncated:
            ends += 1
            assert (observations[0, :-1] == 0).all()
    environments.close()
    assert ends >= (8 if lives else 4)
    batch = ring.sample((400,), [np.random.default_rng(0)])
    rebuilt, goes_on = batch.frames[0], batch.discount_t[0] > 0
    known = {stack.tobytes() for stack in seen}
    assert all(frames[:4].tobytes() in known for frames in rebuilt)
    assert all(frames[1:].tobytes() in known for frames in rebuilt[goes_on])
    assert goes_on.all() == (not lives)


def test_a_lost_life_ends_the_learners_episode_and_not_the_game():
    """Beside an environment that is not told: the same game, frame by frame and point by point."""
    plain = AtariEnvironments([AtariTask("Breakout", 42)])
    told = AtariEnvironments([AtariTask("Breakout", 42, terminal_on_life_loss=True)])
    np.testing.assert_array_equal(plain.reset([1]), told.reset([1]))
    rng, seen, lost = np.random.default_rng(1), 4, 0
    for _ in range(300):
        action = rng.integers(4, size=1).astype(np.int32)
        theirs, ours = plain.step(action), told.step(action)
        for name in ("rewards", "terminal", "truncated"):
            np.testing.assert_array_equal(getattr(theirs, name), getattr(ours, name))
        assert not theirs.life_lost.any()
        assert not (ours.life_lost & ours.terminal).any()
        seen = 1 if ours.life_lost[0] else 4 if ours.terminal[0] else min(seen + 1, 4)
        assert not ours.observations[0, : 4 - seen].any()
        np.testing.assert_array_equal(
            ours.observations[0, 4 - seen :], theirs.observations[0, 4 - seen :]
        )
        lost += int(ours.life_lost[0])
    assert lost >= 4


def test_lives_are_led_back_to_with_the_game():
    task = AtariTask("Breakout", 42, terminal_on_life_loss=True)
    first, again = AtariEnvironments([task] * 2), AtariEnvironments([task] * 2)
    rng, observations, played = np.random.default_rng(2), first.reset([4, 5]), []
    while True:
        played.append(rng.integers(4, size=2).astype(np.int32))
        steps = first.step(played[-1])
        observations = steps.observations
        if steps.life_lost.any():
            break
    np.testing.assert_array_equal(again.replay([4, 5], np.stack(played))[0], observations)
    for _ in range(60):
        action = rng.integers(4, size=2).astype(np.int32)
        for ours, theirs in zip(first.step(action), again.step(action), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_game_can_begin_after_a_random_time():
    seeds = list(range(24))
    waited = AtariEnvironments([AtariTask("Freeway", 42, noop_frames=30)] * len(seeds))
    first = waited.reset(seeds)
    assert not first[:, :-1].any()
    # Every emulator frame of the time in which nothing is done.
    slowly = AtariEnvironments([AtariTask("Freeway", 42, frame_skip=1)])
    frames = [slowly.reset([0])[0, -1]]
    frames += [slowly.step(np.zeros(1, np.int32)).observations[0, -1] for _ in range(29)]
    known = [frame.tobytes() for frame in frames]
    drawn = {known.index(frame.tobytes()) for frame in first[:, -1]}
    assert len(drawn) > 8
    assert 15 < max(drawn) < 30
