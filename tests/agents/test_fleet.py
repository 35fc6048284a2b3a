"""A fleet against its members trained alone: the same runs, up to rounding."""

import dataclasses

import jax
import numpy as np
import pytest

from agents.environments.atari import AtariEnvironments
from agents.errors import UserError
from agents.events import Log, Progress, Snapshot
from agents.fleet.execution import Execution
from agents.kinds import train, train_fleet
from agents.spec import (
    AtariTask,
    DQNSpec,
    InterventionSpec,
    NetworkSpec,
    RunSpec,
    ScheduleSpec,
)

ON_CPU = Execution(fuse_updates=False)
ON_ACCELERATOR = Execution(fuse_updates=True, replay_on_device=True, convolution="matmul")

BASE = RunSpec(
    task=AtariTask(frame_size_px=20),
    network=NetworkSpec(width=0.125),
    agent=DQNSpec(
        learning_rate=1e-3,
        # Large enough that the sign of a gradient which is nothing but rounding decides nothing.
        adam_epsilon=0.01,
        weight_decay=1e-4,
        replay_ratio=1.0,
        min_replay_agent_steps=60,
        epsilon_train=0.3,
        epsilon_decay_agent_steps=100,
        target_period_gradient_steps=50,
        # Shorter than the run.
        replay_capacity_transitions=170,
    ),
    intervention=InterventionSpec(kind="redo", tau=0.1, period_gradient_steps=60),
    schedule=ScheduleSpec(
        iterations=2,
        agent_steps_per_iteration=130,
        eval_agent_steps=30,
        eval_environments=2,
        log_period_gradient_steps=40,
        probe_batch_size=16,
    ),
)


def run_of(game: str, seed: int) -> RunSpec:
    return dataclasses.replace(BASE, task=dataclasses.replace(BASE.task, game=game), seed=seed)


# 6, 9 and 6 actions: the heads of a fleet of them are padded.
SPECS = [run_of("DemonAttack", 3), run_of("Asterix", 3), run_of("DemonAttack", 4)]


def records_of(events, member: int) -> list:
    return [event for m, event in events if m == member and not isinstance(event, Progress)]


def assert_close(ours, theirs) -> None:
    """Float32 after 200 updates."""
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5), ours, theirs)


def assert_same_run(ours: list, theirs: list) -> None:
    for a, b in zip(ours, theirs, strict=True):
        assert type(a) is type(b)
        assert (a.agent_step, a.gradient_step) == (b.agent_step, b.gradient_step)
        if isinstance(a, Log):
            assert_close(a.metrics, b.metrics)
            assert list(a.neurons) == list(b.neurons)
            assert_close(a.neurons, b.neurons)
        else:
            assert_close(a.state, b.state)
            jax.tree.map(np.testing.assert_array_equal, a.transitions, b.transitions)


@pytest.fixture(scope="module")
def alone():
    return [
        [event for event in train(spec, execution=ON_CPU) if not isinstance(event, Progress)]
        for spec in SPECS
    ]


@pytest.fixture(scope="module", params=[ON_CPU, ON_ACCELERATOR], ids=["cpu", "accelerator"])
def together(request):
    return list(train_fleet(SPECS, [None] * len(SPECS), execution=request.param))


# Four minutes of a core.
@pytest.mark.slow
def test_after_200_updates_every_member_is_the_run_alone(alone, together):
    assert BASE.total_gradient_steps == 200
    for member, run in enumerate(alone):
        assert_same_run(records_of(together, member), run)
    logs = [event for _, event in together if isinstance(event, Log)]
    assert any(log.metrics.get("recycled_neurons") for log in logs)


@pytest.mark.slow
def test_one_run_alone_is_the_same_with_its_frames_on_the_device(alone):
    events = list(train_fleet(SPECS[:1], [None], execution=ON_ACCELERATOR))
    assert_same_run(records_of(events, 0), alone[0])


@pytest.mark.slow
@pytest.mark.parametrize("together", [ON_ACCELERATOR], ids=["accelerator"], indirect=True)
def test_a_resumed_fleet_is_the_uninterrupted_one(together):
    firsts = [
        next(event for event in records_of(together, member) if isinstance(event, Snapshot))
        for member in range(len(SPECS))
    ]
    resumed = list(train_fleet(SPECS, firsts, execution=ON_ACCELERATOR))
    for member in range(len(SPECS)):
        whole, rest = records_of(together, member), records_of(resumed, member)
        for ours, theirs in zip(rest, whole[-len(rest) :], strict=True):
            assert type(ours) is type(theirs)
            if isinstance(ours, Log):
                assert ours.metrics == theirs.metrics
            else:
                jax.tree.map(np.testing.assert_array_equal, ours.state, theirs.state)
                jax.tree.map(np.testing.assert_array_equal, ours.transitions, theirs.transitions)


@pytest.mark.slow
def test_what_cannot_learn_in_step_is_refused(together):
    other = dataclasses.replace(SPECS[0], agent=dataclasses.replace(BASE.agent, n_step=3))
    with pytest.raises(UserError, match="more than seed and game"):
        next(train_fleet([SPECS[0], other], [None, None]))
    snapshot = next(event for _, event in together if isinstance(event, Snapshot))
    with pytest.raises(UserError, match="unequally far"):
        next(train_fleet(SPECS[:2], [snapshot, None]))
    assert SPECS[0].common_part == SPECS[1].common_part != other.common_part


@pytest.mark.parametrize(
    ("changes", "together"),
    [
        ({"agent": DQNSpec(weight_decay=1e-3)}, True),
        ({"agent": DQNSpec(optimizer="sgd")}, True),
        # Also what stands for the value of an action that a game does not have would decay.
        ({"agent": DQNSpec(optimizer="sgd", weight_decay=1e-3)}, False),
        ({"network": NetworkSpec("dueling")}, False),
    ],
)
def test_which_games_share_a_padded_head(changes, together):
    one, seed, other = (dataclasses.replace(spec, **changes) for spec in (SPECS[0], *SPECS[2:0:-1]))
    assert one.common_part == seed.common_part
    assert (one.common_part == other.common_part) == together


def test_each_game_of_a_fleet_is_played_as_if_alone():
    tasks = [
        AtariTask(game, 42, max_episode_agent_steps=25) for game in ("Pong", "Asterix", "Pong")
    ]
    seeds, rng = [5, 6, 7], np.random.default_rng(0)
    fleet = AtariEnvironments(tasks)
    singles = [AtariEnvironments([task]) for task in tasks]
    observations = fleet.reset(seeds)
    for single, seed, seen in zip(singles, seeds, observations, strict=True):
        np.testing.assert_array_equal(single.reset([seed])[0], seen)
    ends = 0
    for _ in range(80):
        actions = rng.integers(fleet.num_actions).astype(np.int32)
        steps = fleet.step(actions)
        for member, single in enumerate(singles):
            alone = single.step(actions[member : member + 1])
            for name in ("observations", "rewards", "terminal", "truncated", "life_lost"):
                whole, part = getattr(steps, name), getattr(alone, name)
                np.testing.assert_array_equal(whole[member], part[0])
        ends += steps.truncated.sum()
    assert ends == 9
    for environments in (fleet, *singles):
        environments.close()
