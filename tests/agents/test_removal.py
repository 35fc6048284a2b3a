"""Neurons removed before training: how many, for good, and refused where they would come back."""

import dataclasses

from hypothesis import given, settings, strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from agents.dqn.learner import build_agent
from agents.errors import UserError
from agents.networks.removal import removed_at_random
from agents.spec import AtariTask, DQNSpec, InterventionSpec, NetworkSpec, RunSpec
from experiments.presets.presets import SMOKE

TASK = AtariTask(frame_size_px=42)


@given(st.integers(1, 300), st.floats(0, 0.999), st.integers(0, 9))
@settings(max_examples=25)
def test_a_share_of_every_layer_is_removed_but_never_all(neurons, share, seed):
    mask = removed_at_random(jax.random.key(seed), neurons, share)
    assert int(mask.sum()) == min(round(share * neurons), neurons - 1)


def test_by_hand():
    assert int(removed_at_random(jax.random.key(0), 8, 0.5).sum()) == 4
    assert int(removed_at_random(jax.random.key(0), 8, 0.99).sum()) == 7
    one, other = (removed_at_random(jax.random.key(seed), 64, 0.5) for seed in (0, 1))
    assert (one != other).any()


def test_removed_neurons_are_silent_and_the_others_are_as_ever():
    spec = DQNSpec(learning_rate=1e-2, weight_decay=1e-3)
    whole, half = (
        build_agent(TASK, NetworkSpec(width=0.25, removed=removed), spec, 6)
        for removed in (0.0, 0.5)
    )
    key = jax.random.key(0)
    before, state = jax.jit(whole.init)(key), jax.jit(half.init)(key)
    for old, new in zip(jax.tree.leaves(before.params), jax.tree.leaves(state.params), strict=True):
        assert ((new == old) | (new == 0)).all()
    draws = np.random.default_rng(0)
    frames = draws.integers(0, 256, (32, 5, 42, 42)).astype(np.uint8)
    # Others may be silent on these inputs by chance.
    removed = {"Conv_0": 4, "Conv_1": 8, "Conv_2": 8, "Dense_0": 64}
    silent = _silent(half, state.params, frames)
    assert all(silent[layer] >= count for layer, count in removed.items())


def _silent(agent, params, frames) -> dict[str, int]:
    """Hidden layer -> neurons whose activation is 0 with their bias 0 on any of these inputs."""
    activations = agent.apply(params, jnp.asarray(frames[:, :4]))[1]
    return {
        layer: int((jnp.abs(a).reshape(-1, a.shape[-1]).max(axis=0) == 0).sum())
        for layer, a in activations.items()
    }


def test_ids_stay_and_what_would_bring_them_back_is_refused():
    assert RunSpec(network=NetworkSpec(removed=0.0)).run_id == RunSpec().run_id
    run = dataclasses.replace(SMOKE.run("Pong", 0), network=NetworkSpec(width=0.25, removed=0.5))
    run.check()
    redo = InterventionSpec(kind="redo", period_gradient_steps=80)
    with pytest.raises(UserError, match="would come back with the intervention 'redo'"):
        dataclasses.replace(run, intervention=redo).check()
    with pytest.raises(
        UserError, match="network.removed is 1.0 and has to be at least 0 and below 1"
    ):
        dataclasses.replace(run, network=NetworkSpec(removed=1.0)).check()
