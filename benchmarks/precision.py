"""A program that shows what a cheaper arithmetic does to learning.

The same updates on the same batches, once in float32 throughout and once in another way.
`deviation` is the distance between the two networks that come out, in parts of the way that the
first has gone. Convolutions in another form, in float32 as well, give the deviation of rounding
alone: what deviates no more than that has not affected the result.
"""

import dataclasses
import json
import sys
from typing import Any

import jax
import jax.numpy as jnp

from agents.spec import RunSpec
from benchmarks.bare_fleet import build, random_batches
from benchmarks.processes import respond

_REFERENCE = ("native", "highest")
# What deviates from it, and how: form of the convolutions, precision of products.
_OTHERS = {
    "float32, convolutions by matmul": ("matmul", "highest"),
    "default precision": ("native", "default"),
    "default precision, convolutions by matmul": ("matmul", "default"),
    "bfloat16 products": ("native", "bfloat16"),
}


def _learned(spec: RunSpec, updates: int, convolution: str, precision: str) -> tuple[Any, Any]:
    """Parameters before and after learning, as one vector each."""
    with jax.default_matmul_precision(precision):
        group = spec.agent.updates_per_period
        state, update = build(spec, 1, convolution, fuse_updates=True)
        before = _vector(state)
        for number in range(updates // group):
            state, _ = update(state, random_batches(spec, 1, group, seed=number))
    return before, _vector(state)


def _vector(state: Any) -> jax.Array:
    return jnp.concatenate([jnp.ravel(leaf) for leaf in jax.tree.leaves(state.agent.params)])


def deviations(spec: RunSpec, updates: int) -> dict[str, float]:
    """What -> deviation after that many updates."""
    # Adam divides by what it sees: with the published epsilon the sign of a gradient that is
    # nothing but rounding would move a weight as far as any other.
    agent = dataclasses.replace(spec.agent, adam_epsilon=1e-2)
    spec = dataclasses.replace(spec, agent=agent)
    before, reference = _learned(spec, updates, *_REFERENCE)
    way = jnp.linalg.norm(reference - before)
    return {
        name: float(jnp.linalg.norm(_learned(spec, updates, *how)[1] - reference) / way)
        for name, how in _OTHERS.items()
    }


def main(spec: dict[str, Any], updates: int) -> None:
    """Measures on request; the answer is `{what: deviation}`.

    Args:
      spec: the run, as `RunSpec.to_dict` writes it.
      updates: gradient steps of each.
    """
    answer = None
    while True:
        respond(answer)
        answer = deviations(RunSpec.from_dict(spec), updates)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
