"""Augmentation: every shift is one, and Dopamine's is among them."""

from hypothesis import given, settings, strategies as st
import jax
import jax.numpy as jnp
import numpy as np

from agents.dqn import agent as dqn, augmentation
from agents.networks.nature import NatureNetwork
from agents.replay.ring import Batch
from agents.spec import DQNSpec

FRAMES = jax.random.randint(jax.random.key(0), (64, 2, 12, 12), 0, 256, jnp.uint8)


@settings(max_examples=20)
@given(row=st.integers(0, 8), column=st.integers(0, 8))
def test_a_shift_by_hand(row, column):
    offsets = jnp.tile(jnp.array([[row, column]]), (len(FRAMES), 1))
    found = np.asarray(augmentation.shift_by(FRAMES, offsets))
    rows = np.clip(np.arange(12) + row - 4, 0, 11)
    columns = np.clip(np.arange(12) + column - 4, 0, 11)
    np.testing.assert_array_equal(found, np.asarray(FRAMES)[:, :, rows][..., columns])


def places(official_crop):
    """Offsets that are drawn, read off a picture whose pixels tell their place."""
    ramp = jnp.broadcast_to(jnp.arange(144, dtype=jnp.uint8).reshape(12, 12), (4_096, 1, 12, 12))
    shifted = np.asarray(augmentation.shift(jax.random.key(1), ramp, official_crop))
    centre = shifted[:, 0, 6, 6]
    return set(zip((centre // 12 - 2).tolist(), (centre % 12 - 2).tolist(), strict=True))


def test_all_places_are_drawn_and_the_official_code_leaves_one_out():
    assert places(False) == {(r, c) for r in range(9) for c in range(9)}
    assert places(True) == {(r, c) for r in range(8) for c in range(8)}


def test_intensities_are_clipped_and_each_observation_has_its_own():
    ones = jnp.ones((4_096, 2, 3, 3), jnp.uint8)
    scaled = np.asarray(augmentation.scale_intensity(jax.random.key(2), ones))
    own = scaled[:, 0, 0, 0]
    assert (scaled == own[:, None, None, None]).all()
    assert own.min() == np.float32(0.9) and own.max() == np.float32(1.1)
    assert abs(own.mean() - 1) < 0.005 and len(np.unique(own)) > 3_000


def test_before_and_after_an_action_the_draws_are_others():
    """Of a picture that stays, with one action and no reward, the value is its own target."""
    spec = DQNSpec(augmentation="drq")
    agent = dqn.build(NatureNetwork(1, 0.125), spec, frame_size_px=12, frame_stack=1)
    state = jax.jit(agent.init)(jax.random.key(0))
    pictures = np.asarray(FRAMES)[:8, :1].repeat(2, axis=1)
    batch = Batch(pictures, np.zeros(8, np.int32), *np.float32([8 * [0], 8 * [1]]))

    @jax.jit
    def error(batch):
        return agent.loss(state.params, batch, agent.bootstrap(state, batch))[0]

    assert error(batch) == 0
    assert error(batch._replace(seed=np.uint32(1))) > 0
