"""Dopamine's `labs/redo` Nature network with random parameters and inputs to compare on."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from tests.oracle import dopamine_shim

networks = dopamine_shim.load("labs.redo.networks")

NUM_ACTIONS = 6
HIDDEN_LAYERS = ("Conv_0", "Conv_1", "Conv_2", "Dense_0")
LAYERS = (*HIDDEN_LAYERS, "final_layer")
# Of the published frames, in pixels.
SIDE = 84

NETWORK = networks.ScalableNatureDQNNetwork(num_actions=NUM_ACTIONS)


def observations(seed: int, batch: int, side: int = SIDE) -> np.ndarray:
    """Random (batch, side, side, 4) uint8 frames, blocky like a game rather than white noise.

    `side`, in pixels, is a multiple of 7.
    """
    shape = (batch, side // 7, side // 7, 4)
    blocks = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    return blocks.repeat(7, axis=1).repeat(7, axis=2)


@functools.cache
def parameters(seed: int, side: int = SIDE) -> dict[str, dict[str, np.ndarray]]:
    """Layer -> kernel and bias, with neurons of every degree of dormancy in every layer.

    For frames of `side` pixels, which decide the size of `Dense_0`.

    A fresh network has hardly a dormant neuron. So each hidden neuron is left alone, made
    faint (score near 0.05), fainter (near 0.01) or dead, at random.
    """
    rng = np.random.default_rng(seed)
    shapes = jax.eval_shape(NETWORK.init, jax.random.key(0), jnp.zeros((side, side, 4), jnp.uint8))
    made = {}
    for name in LAYERS:
        shape = shapes["params"][name]["kernel"].shape
        receptive_field = int(np.prod(shape[:-2]))
        limit = np.sqrt(6 / (receptive_field * (shape[-2] + shape[-1])))  # Xavier uniform
        kernel = rng.uniform(-limit, limit, shape).astype(np.float32)
        made[name] = {"kernel": kernel, "bias": np.zeros(shape[-1], np.float32)}
    for name in HIDDEN_LAYERS:
        neurons = made[name]["bias"].size
        kind = rng.permutation(np.arange(neurons) % 8)
        volume = np.select([kind == 0, kind == 1], [0.05, 0.01], 1.0)
        made[name]["kernel"] *= volume.astype(np.float32)
        # Biases that are not zero, so that resetting them can be seen.
        made[name]["bias"] = (rng.uniform(0.0, 0.02, neurons) * volume).astype(np.float32)
        made[name]["bias"][kind == 2] = -100.0
    return made


def as_official(layers: dict) -> dict:
    """Parameters as Dopamine's functions take them."""
    return {"params": jax.tree.map(jnp.asarray, layers)}


def intermediates(layers: dict, frames: np.ndarray) -> dict:
    """What Dopamine's `RecycledDQNAgent.get_intermediates` hands to a recycler."""

    return _record(as_official(layers), frames)[1]["intermediates"]


@jax.jit
@functools.partial(jax.vmap, in_axes=(None, 0))
def _record(params, frame):
    return NETWORK.apply(
        params,
        frame,
        capture_intermediates=lambda module, _: "act" in (module.name or ""),
        mutable=["intermediates"],
    )


def activations(recorded: dict) -> dict[str, jax.Array]:
    """Hidden layer -> (batch, ..., neurons) post-activation values out of `intermediates`."""
    return {name: recorded[f"{name}_act"]["__call__"][0] for name in HIDDEN_LAYERS}


def to_ours(layers: dict) -> dict:
    """The same tree under the names of `agents.networks.nature.NatureNetwork`."""
    return {"head" if name == "final_layer" else name: layer for name, layer in layers.items()}


def from_ours(layers: dict) -> dict:
    """The same tree under Dopamine's names."""
    return {"final_layer" if name == "head" else name: layer for name, layer in layers.items()}
