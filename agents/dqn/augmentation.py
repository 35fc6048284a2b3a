"""Random shifts and changes of brightness of the observations that a gradient step learns from.

DrQ (Yarats et al. 2021, "Image Augmentation Is All You Need") pads the picture by repeating
its border and cuts a picture of the old size out at a random place; the intensity is
multiplied with a random number near 1 (Schwarzer et al. 2021). Each observation of a batch draws
for itself, all frames of its stack alike.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, UInt8

PAD_PX = 4
INTENSITY_SCALE = 0.05
_INTENSITY_CLIP = 2.0


def augment(
    key: PRNGKeyArray,
    observations: UInt8[Array, "batch stack height width"],
    official_crop: bool = False,
) -> Float[Array, "batch stack height width"]:
    """Shifted and brightened observations, on the scale of the given ones (0 to 255 and beyond).

    Args:
      key: of the draws.
      observations: frames of a batch.
      official_crop: never cut at the last of the 2 * 4 + 1 places of an axis, as Dopamine's
        `labs/atari_100k` does, whose upper bound is exclusive. False draws all places alike.
    """
    crop_key, intensity_key = jax.random.split(key)
    return scale_intensity(intensity_key, shift(crop_key, observations, official_crop))


def shift(
    key: PRNGKeyArray,
    observations: UInt8[Array, "batch stack height width"],
    official_crop: bool = False,
) -> UInt8[Array, "batch stack height width"]:
    """Each observation moved by up to 4 pixels along both axes, its border repeated."""
    places = 2 * PAD_PX + (0 if official_crop else 1)
    offsets = jax.random.randint(key, (len(observations), 2), 0, places)
    return shift_by(observations, offsets)


def shift_by(
    observations: UInt8[Array, "batch stack height width"], offsets: Array
) -> UInt8[Array, "batch stack height width"]:
    """Cuts each padded observation at a place of its own.

    Args:
      observations: frames of a batch.
      offsets: (batch, 2) first row and column, 0 to 8; 4 leaves an observation as it is.
    """
    borders = ((0, 0), (0, 0), (PAD_PX, PAD_PX), (PAD_PX, PAD_PX))
    padded = jnp.pad(observations, borders, mode="edge")

    def cut(picture: Array, place: Array) -> Array:
        return jax.lax.dynamic_slice(picture, (0, *place), observations.shape[1:])

    return jax.vmap(cut)(padded, offsets)


def scale_intensity(
    key: PRNGKeyArray, observations: Array
) -> Float[Array, "batch stack height width"]:
    r"""Each observation times $1 + 0.05 \, clip(n, -2, 2)$ with a standard normal n of its own."""
    normal = jax.random.normal(key, (len(observations), 1, 1, 1))
    return observations * (
        1 + INTENSITY_SCALE * jnp.clip(normal, -_INTENSITY_CLIP, _INTENSITY_CLIP)
    )
