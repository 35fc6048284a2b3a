"""Our augmentation draws what Dopamine's DrQ draws, given its offsets and its normal numbers."""

import jax
import jax.numpy as jnp
import numpy as np

from agents.dqn import augmentation
from tests.oracle import dopamine_shim

official = dopamine_shim.load("labs.atari_100k.atari_100k_rainbow_agent")


def test_the_same_draws_give_the_same_pictures():
    frames = jax.random.randint(jax.random.key(0), (32, 4, 20, 20), 0, 256, jnp.uint8)
    key = jax.random.key(3)
    channels_last = jnp.moveaxis(frames, 1, -1).astype(jnp.float32)
    theirs = official.drq_image_augmentation(key, channels_last)

    intensity_key, crop_key = jax.random.split(key)
    row_key, column_key = jax.random.split(crop_key)
    offsets = jnp.stack([jax.random.randint(k, (32,), 0, 8) for k in (row_key, column_key)], axis=1)
    ours = augmentation.scale_intensity(
        intensity_key, augmentation.shift_by(frames, offsets).astype(jnp.float32)
    )
    np.testing.assert_allclose(jnp.moveaxis(ours, 1, -1), theirs, rtol=1e-6)
