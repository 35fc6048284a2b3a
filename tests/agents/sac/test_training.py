"""SAC in the loop: what it logs, that it resumes, and what interventions do to its networks."""

import dataclasses

import jax
import numpy as np
import pytest

pytest.importorskip("mujoco")

from agents import kinds
from agents.environments.mujoco import MujocoEnvironments
from agents.errors import UserError
from agents.events import Border, Log, Snapshot
from agents.kinds import parse_spec
from agents.sac.learner import build_learner
from agents.sac.spec import ContinuousSchedule, ContinuousSpec, MujocoTask, SACSpec
from agents.spec import InterventionSpec
from tests.agents.sac.test_agent import rows

# MuJoCo's own models use an attribute that it has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SMALL = ContinuousSpec(
    task=MujocoTask("Hopper"),
    agent=SACSpec(width=0.05, batch_size=8, min_replay_environment_steps=20),
    schedule=ContinuousSchedule(
        iterations=2,
        environment_steps_per_iteration=40,
        eval_episodes=2,
        eval_environments=2,
        log_period_gradient_steps=20,
        probe_batch_size=16,
    ),
)
LAYERS = [f"{net}/Dense_{i}" for net in ("actor", "critics/0", "critics/1") for i in range(2)]


def treated(kind, **options):
    intervention = InterventionSpec(kind=kind, period_gradient_steps=20, **options)
    return dataclasses.replace(SMALL, intervention=intervention)


def events(spec, resume=None):
    return list(kinds.train(spec, resume))


@pytest.fixture(scope="module")
def whole():
    """All events of one run, in which nothing intervenes."""
    return events(SMALL)


def test_a_log_tells_of_actor_and_critics(whole):
    logs = [event for event in whole if isinstance(event, Log)]
    measured = [log for log in logs if log.neurons]
    assert [log.gradient_step for log in measured] == [0, 20, 40, 60]
    assert list(measured[-1].neurons) == LAYERS
    for columns in measured[-1].neurons.values():
        assert set(columns) == {"mean_abs_activation", "mean_abs_gradient"}
        assert all(np.isfinite(column).all() and len(column) == 12 for column in columns.values())
    assert {"critic_loss", "actor_loss", "entropy", "temperature"} <= set(measured[-1].metrics)
    assert "srank/actor" in measured[-1].metrics
    returns = [log for log in logs if "eval_return_mean" in log.metrics]
    assert [log.metrics["eval_episodes"] for log in returns] == [2, 2]
    assert isinstance(whole[-1], Snapshot)


def test_a_run_that_goes_on_ends_the_same(whole):
    borders = [i for i, event in enumerate(whole) if isinstance(event, Snapshot)]
    rest = events(SMALL, whole[borders[0]])
    assert len(rest) == len(whole) - borders[0] - 1
    for ours, theirs in zip(rest, whole[borders[0] + 1 :], strict=True):
        assert type(ours) is type(theirs)
        if isinstance(ours, Log):
            assert ours.metrics == theirs.metrics
    jax.tree.map(np.testing.assert_array_equal, rest[-1].state, whole[-1].state)


def test_a_run_interrupted_inside_an_iteration_ends_the_same():
    # In the second iteration, while the policy chooses, with an episode under way.
    at, happened, saved = 67, [], []
    for event in kinds.train(SMALL):
        if isinstance(event, Snapshot):
            saved.append(event)
        if isinstance(event, Border) and event.agent_step == at:
            saved.append(event.snapshot())
        elif not isinstance(event, Border) and event.agent_step > at:
            happened.append(event)
    before, taken, _ = saved
    assert before.agent_step == 40 and taken.gradient_step == 47
    stored = {
        name: np.concatenate([before.transitions[name], taken.transitions[name]])
        for name in before.transitions
        if name not in ("first_step", "oldest_step")
    } | {"first_step": before.transitions["first_step"]}
    resumed = dataclasses.replace(taken, transitions=stored)
    rest = [event for event in events(SMALL, resumed) if not isinstance(event, Border)]
    for ours, theirs in zip(rest, happened, strict=True):
        assert type(ours) is type(theirs) and ours.agent_step == theirs.agent_step
        if isinstance(ours, Log):
            assert ours.metrics == theirs.metrics
            jax.tree.map(np.testing.assert_array_equal, ours.neurons, theirs.neurons)
    jax.tree.map(np.testing.assert_array_equal, rest[-1].state, happened[-1].state)
    jax.tree.map(np.testing.assert_array_equal, rest[-1].transitions, happened[-1].transitions)


def test_tasks_are_led_back_through_ends_of_episodes():
    generator = np.random.default_rng(0)
    played = generator.uniform(-1, 1, (300, 2, 3)).astype(np.float32)
    tasks, again = (MujocoEnvironments([MujocoTask("Hopper")] * 2) for _ in range(2))
    tasks.reset([3, 4])
    returns, ended = np.zeros(2), 0
    for actions in played:
        steps = tasks.step(actions)
        over = steps.terminal | steps.truncated
        returns, ended = np.where(over, 0, returns + steps.rewards), ended + over.sum()
    assert ended >= 2
    observations, scores = again.replay([3, 4], played)
    np.testing.assert_array_equal(observations, steps.observations)
    np.testing.assert_array_equal(scores, returns)
    np.testing.assert_array_equal(
        again.step(played[0]).observations, tasks.step(played[0]).observations
    )
    tasks.close(), again.close()


@pytest.mark.parametrize("kind", ["redo", "reset", "prune"])
def test_interventions_act_on_all_three_networks(whole, kind):
    plain, changed = whole[-1], events(treated(kind, tau=0.9))[-1]
    agent, other = plain.state["learner"]["agent"], changed.state["learner"]["agent"]
    for network in ("actor", "critics"):
        assert not np.array_equal(
            agent[network]["Dense_1"]["kernel"], other[network]["Dense_1"]["kernel"]
        )


@pytest.mark.parametrize(
    ("kind", "options", "fresh"),
    [
        ("reset", {"reset_layers": "all"}, {"Dense_0", "Dense_1", "head"}),
        ("reset", {"reset_layers": "penultimate"}, {"Dense_1"}),
        ("redo", {"tau": 0.9}, set()),
    ],
)
def test_a_reset_reaches_the_target_critics_and_recycling_does_not(kind, options, fresh):
    spec = treated(kind, **options)
    learner = build_learner(spec, features=3, actions=2)
    state = jax.jit(learner.init)(jax.random.key(0))
    # Targets that differ from the critics.
    targets = jax.tree.map(lambda leaf: leaf + 1, state.agent.target_critics)
    state = state.replace(agent=state.agent.replace(target_critics=targets))
    after, _ = jax.jit(learner.intervene)(jax.random.key(1), state, rows(), 20)
    for layer, own in after.agent.target_critics.items():
        expected = after.agent.critics if layer in fresh else targets
        jax.tree.map(np.testing.assert_array_equal, own, expected[layer])
    assert not np.array_equal(
        after.agent.critics["Dense_1"]["kernel"], state.agent.critics["Dense_1"]["kernel"]
    )


def test_without_exploration_the_policy_plays_its_mode():
    learner = build_learner(SMALL, features=3, actions=2)
    state, observation = jax.jit(learner.init)(jax.random.key(0)).agent, rows().s_tm1[0]
    act = jax.jit(learner.act)
    (mode, again), (sampled, other) = (
        [act(jax.random.key(seed), state, observation, epsilon, 1) for seed in range(2)]
        for epsilon in (0.0, 1.0)
    )
    np.testing.assert_array_equal(mode, again)
    assert (sampled != other).all() and (sampled != mode).all()


def test_counts_of_recycled_neurons_cover_all_networks():
    logs = [event for event in events(treated("redo", tau=0.9)) if isinstance(event, Log)]
    recycled = [
        log.metrics["recycled_neurons"] for log in logs if "recycled_neurons" in log.metrics
    ]
    assert recycled and max(recycled) > 24  # more than the actor has


def test_a_spec_is_read_back():
    assert parse_spec(treated("redo").to_json()) == treated("redo")


def test_a_fleet_of_seeds_learns_as_each_alone():
    other = dataclasses.replace(SMALL, seed=1)
    together = [e for m, e in kinds.train_fleet([SMALL, other], iter([None, None])) if m == 1]
    alone = events(other)
    ours = [event for event in together if isinstance(event, Log) and event.neurons]
    theirs = [event for event in alone if isinstance(event, Log) and event.neurons]
    for log, expected in zip(ours, theirs, strict=True):
        assert log.gradient_step == expected.gradient_step
        assert log.metrics["srank/actor"] == pytest.approx(expected.metrics["srank/actor"], abs=1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"agent": SACSpec(min_replay_environment_steps=100)}, "Learning starts after 100"),
        ({"agent": SACSpec(replay_ratio=3)}, "not a multiple"),
        # Never due, where two gradient steps are done at a time.
        (
            {
                "agent": SACSpec(replay_ratio=2, min_replay_environment_steps=10),
                "intervention": InterventionSpec("redo", clock_offset_gradient_steps=1),
            },
            "clock's offset of 1 gradient steps is not a multiple of the 2",
        ),
        ({"task": MujocoTask("Hoper")}, "did you mean Hopper"),
        (
            {"intervention": InterventionSpec(kind="redo", select="random")},
            "set intervention.end_gradient_step",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused(changes, said):
    with pytest.raises(UserError, match=said):
        events(dataclasses.replace(SMALL, **changes))
