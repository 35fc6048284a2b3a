"""Networks that a wiring is derived for in tests, each with its recorded activations."""

from collections.abc import Callable
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp

from agents.networks.nature import NatureNetwork


class Case(NamedTuple):
    apply: Callable[[Any, Any], tuple[Any, dict[str, Any]]]
    init: Callable[[Any], Any]
    inputs: Any


def _linen(module: nn.Module, inputs: Any) -> Case:
    return Case(
        apply=jax.jit(lambda params, x: module.apply({"params": params}, x)),
        init=jax.jit(lambda key: module.init(key, inputs)["params"]),
        inputs=inputs,
    )


def _frames(size: int, channels: int) -> Any:
    return jax.random.randint(jax.random.key(5), (6, size, size, channels), 0, 256).astype(
        jnp.uint8
    )


class Dueling(nn.Module):
    """Two heads read one layer; an average pool lies before the dense layer."""

    @nn.compact
    def __call__(self, x):
        conv = nn.relu(nn.Conv(5, (3, 3), name="conv")(x / 255.0))
        pooled = nn.avg_pool(conv, (2, 2), (2, 2))
        hidden = nn.relu(nn.Dense(7, name="dense")(pooled.reshape(x.shape[0], -1)))
        value = nn.Dense(1, name="value")(hidden)
        advantage = nn.Dense(3, name="advantage")(hidden)
        return value + advantage - advantage.mean(-1, keepdims=True), {
            "conv": conv,
            "dense": hidden,
        }


class Normalised(nn.Module):
    """Layer normalisation between a dense layer and its nonlinearity."""

    @nn.compact
    def __call__(self, x):
        first = nn.relu(nn.LayerNorm(name="norm")(nn.Dense(6, name="a")(x)))
        second = nn.tanh(nn.Dense(4, name="b")(first))
        return nn.Dense(2, name="out")(second), {"first": first, "second": second}


class Transposed(nn.Module):
    """Flattens channels first, so that channels own runs of rows instead of every n-th."""

    @nn.compact
    def __call__(self, x):
        conv = nn.relu(nn.Conv(4, (3, 3), name="conv")(x / 255.0))
        flat = jnp.moveaxis(conv, -1, 1).reshape(x.shape[0], -1)
        hidden = nn.relu(nn.Dense(5, name="dense")(flat))
        return nn.Dense(2, name="out")(hidden), {"conv": conv, "dense": hidden}


class Residual(nn.Module):
    """One residual block: only the neurons inside the branch can be recycled."""

    @nn.compact
    def __call__(self, x):
        stem = nn.relu(nn.Dense(6, name="stem")(x))
        inner = nn.relu(nn.Dense(5, name="inner")(stem))
        outer = nn.relu(stem + nn.Dense(6, name="outer")(inner))
        return nn.Dense(2, name="out")(outer), {"stem": stem, "inner": inner, "outer": outer}


def plain_jax() -> Case:
    """No module system at all, concatenated streams, a jitted inner function."""

    @jax.jit
    def stream(w, b, x):
        return jnp.maximum(x @ w + b[None], 0)

    def apply(p, x):
        left, right = stream(p["left"], p["b1"], x), stream(p["right"], p["b2"], x)
        both = jnp.concatenate([right, left], axis=-1)
        return both @ p["out"], {"left": left, "right": right}

    def init(key):
        keys = jax.random.split(key, 3)
        shapes = {"left": (4, 3), "right": (4, 5), "out": (8, 2)}
        weights = {
            n: jax.random.normal(k, s) for (n, s), k in zip(shapes.items(), keys, strict=True)
        }
        return weights | {"b1": jnp.zeros(3), "b2": jnp.zeros(5)}

    return Case(apply, init, jax.random.normal(jax.random.key(1), (6, 4)))


CASES = {
    "nature": _linen(NatureNetwork(4, 0.125), _frames(20, 4)),
    "dueling": _linen(Dueling(), _frames(8, 2)),
    "transposed": _linen(Transposed(), _frames(6, 2)),
    "plain jax": plain_jax(),
}
NORMALISED = _linen(Normalised(), jax.random.normal(jax.random.key(2), (6, 3)))
RESIDUAL = _linen(Residual(), jax.random.normal(jax.random.key(3), (6, 3)))
