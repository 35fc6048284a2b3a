"""A program that measures what the device can do at most: products of matrices, and copies.

The request is ignored; the answer is `{quantity: value}`.
"""

from collections.abc import Callable
import json
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.processes import respond

_CALLS = 20


def _median_s(call: Callable[[], jax.Array]) -> float:
    jax.block_until_ready(call())
    times_s = []
    for _ in range(_CALLS):
        started = time.perf_counter()
        jax.block_until_ready(call())
        times_s.append(time.perf_counter() - started)
    return float(np.median(times_s))


def matmul_tflop_per_s(size: int, precision: str) -> float:
    """The speed of a product of two square float32 matrices of random numbers, in TFLOP/s."""
    keys = jax.random.split(jax.random.key(0))
    left, right = (jax.random.normal(key, (size, size)) for key in keys)
    multiply = jax.jit(lambda a, b: jnp.matmul(a, b, precision=precision))
    return 2 * size**3 / _median_s(lambda: multiply(left, right)) / 1e12


def copy_gbyte_per_s(elements: int) -> float:
    """Bytes read and written per second by one pass over a float32 array, in GB/s."""
    numbers = jax.random.normal(jax.random.key(0), (elements,))
    shift = jax.jit(lambda array: array + 1)
    return 2 * numbers.nbytes / _median_s(lambda: shift(numbers)) / 1e9


def main(matmul_size: int, copied_elements: int) -> None:
    """Measures on request.

    Args:
      matmul_size: rows of the square matrices.
      copied_elements: of the array that is copied; larger than any cache.
    """
    answer = None
    while True:
        respond(answer)
        answer = {
            f"matmul_{name}_tflop_per_s": matmul_tflop_per_s(matmul_size, precision)
            for name, precision in (("float32", "highest"), ("default", "default"))
        } | {"copy_gbyte_per_s": copy_gbyte_per_s(copied_elements)}


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
