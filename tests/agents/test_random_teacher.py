"""A random network as teacher: standardised values, decided by the seed alone."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from agents.distillation.learner import random_teacher
from agents.distillation.spec import DistillationSpec
from agents.dqn.learner import build_agent
from agents.spec import AtariTask, NetworkSpec, RunSpec

RUN = RunSpec(task=AtariTask(frame_size_px=42), network=NetworkSpec(width=0.25))
SPEC = DistillationSpec(teacher=RUN, student=RUN, values_of="random_network")


@pytest.fixture(scope="module")
def observations() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (64, 4, 42, 42)).astype(np.uint8)


def test_values_have_mean_0_and_variance_1_for_every_action(observations):
    agent = build_agent(RUN.task, RUN.network, RUN.agent, 6)
    teacher = random_teacher(SPEC, 6, observations)
    values = jax.jit(agent.apply)(teacher, observations)[0]
    np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(values.std(axis=0), 1, atol=1e-3)


def test_only_the_seed_decides_them(observations):
    one = random_teacher(SPEC, 6, observations)
    older = dataclasses.replace(SPEC, start="pretrained")
    same = random_teacher(older, 6, observations)
    assert jax.tree.all(jax.tree.map(jnp.array_equal, one, same))
    other = random_teacher(dataclasses.replace(SPEC, seed=1), 6, observations)
    assert not jax.tree.all(jax.tree.map(jnp.array_equal, one, other))


def test_ids_stay_and_a_run_is_required_once():
    default = DistillationSpec(teacher=RUN, student=RUN, values_of="teacher")
    assert default.run_id == DistillationSpec(teacher=RUN, student=RUN).run_id
    assert default.run_id != SPEC.run_id
    assert dataclasses.replace(SPEC, start="pretrained").requires == (RUN,)
