"""The comparison with PyTorch: it computes the same, and the benchmark runs."""

import dataclasses
import importlib.util

import jax
import numpy as np
import pytest

from agents.dqn.learner import build_learner
from agents.errors import UserError
from agents.replay.ring import Batch
from agents.spec import AtariTask, DQNSpec, NetworkSpec, RunSpec
from benchmarks import against_torch
from benchmarks.against_torch import OURS, PROCESSES, THREADS, UPDATE
from benchmarks.bare_fleet import random_batches

SPEC = RunSpec(
    # 84 pixels: its second convolution is padded by one on one side and two on the other.
    task=AtariTask(),
    network=NetworkSpec(width=0.25),
    agent=DQNSpec(learning_rate=1e-3, adam_epsilon=1e-2, batch_size=8),
)
ACTIONS, UPDATES = 6, 5


def test_the_peer_computes_the_same_updates_and_actions():
    torch_agent = pytest.importorskip("benchmarks.torch_agent")
    learner = build_learner(SPEC, ACTIONS)
    ours = learner.init(jax.random.key(0)).agent
    theirs = torch_agent.build(SPEC, ACTIONS)
    theirs.online.load(ours.params)
    theirs.target.load_state_dict(theirs.online.state_dict())
    update = jax.jit(learner.update)
    for number in range(UPDATES):
        drawn = random_batches(SPEC, 1, 1, seed=number)
        batch = Batch(*(np.array(column[0, 0]) for column in drawn[:4]))
        ours, metrics = update(ours, batch)
        loss = theirs.update(batch)
        assert float(loss) == pytest.approx(float(metrics["td_loss"]), rel=1e-3)
    expected = torch_agent.build(dataclasses.replace(SPEC, seed=1), ACTIONS)
    expected.online.load(ours.params)
    begun = learner.init(jax.random.key(0)).agent.params
    started = torch_agent.build(SPEC, ACTIONS)
    started.online.load(begun)
    for own, other, before in zip(
        theirs.online.parameters(),
        expected.online.parameters(),
        started.online.parameters(),
        strict=True,
    ):
        way = (other - before).norm()
        assert way > 0
        assert (own - other).norm() < 0.01 * way
    frames = batch.frames[:1, : SPEC.task.frame_stack]
    greedy = learner.act(jax.random.key(0), ours, frames[0], 0.0, 0)
    assert theirs.act(frames) == int(greedy)


def test_without_the_peer_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="PyTorch, .*`make setup EXTRAS=peers`"):
        against_torch.measure(tiny=True)


@pytest.mark.slow
def test_every_contender_is_in_the_table():
    pytest.importorskip("torch")
    found = against_torch.measure(tiny=True)
    speeds = {(one.case, one.contender) for one in found if one.quantity == "gradient_steps_per_s"}
    assert speeds == {("replay ratio 0.25", name) for name in (OURS, PROCESSES, THREADS)}
    updates = [one for one in found if one.case == UPDATE and one.quantity == "update_ms"]
    assert [one.contender for one in updates] == ["ours, 1 core", "PyTorch, 1 core"]
    assert all(one.value > 0 for one in found)
