"""How much targets change from one state to the next, against how much they do between any two."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float
import numpy as np

AnyArray = Array | np.ndarray


def target_changes(
    targets: Float[AnyArray, " batch"],
    following: Float[AnyArray, " batch"],
    continues: Bool[AnyArray, " batch"],
) -> dict[str, Float[Array, ""]]:
    """Mean absolute differences between the targets of near and of far transitions.

    Args:
      targets: of transitions drawn at random.
      following: of the transitions that came one step after them; where targets are those of an
        action, of the same one.
      continues: where there is one.

    Returns:
      "target_change_near" between a transition and the next one of its episode (0 where no
      transition has a next one), "target_change_far" between any two of all these. The ratio of
      the two does not depend on the scale of the targets: 1 for noise, small for what varies
      slowly along an episode.
    """
    steps = jnp.abs(following - targets) * continues
    near = jnp.sum(steps) / jnp.maximum(jnp.sum(continues), 1)
    # Of both, so that a rare reward that only the following transitions show counts here as well.
    both = jnp.concatenate([targets, jnp.where(continues, following, targets)])
    pairs = len(both) * (len(both) - 1)
    far = jnp.sum(jnp.abs(both[:, None] - both[None, :])) / pairs
    return {"target_change_near": near, "target_change_far": far}
