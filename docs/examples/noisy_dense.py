"""A network, an intervention and an experiment of one's own, in one file outside the project.

python -m experiments noisy_dense --plugin noisy_dense --preset smoke
"""

import dataclasses
import math
from typing import Literal

import flax.linen as nn
import jax
import jax.numpy as jnp

from agents.interventions import INTERVENTIONS, Target
from agents.networks.build import NETWORKS, OUTPUT_LAYER
from agents.spec import InterventionSpec, NetworkSpec
from dormancy import Intervention, track
from experiments.conditions import BLUE, ORANGE, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.presets.preset import Preset

# --- A network: values and the activations of its hidden layers, in order of depth. -------------


@dataclasses.dataclass(frozen=True)
class DenseSpec(NetworkSpec):
    """Its kind and its numbers become part of a run's id; the network is given the numbers."""

    kind: Literal["dense"] = "dense"
    units: int = 64


class DenseNetwork(nn.Module):
    """One hidden layer on all pixels."""

    num_actions: int
    width: float = 1.0
    activation: str = "relu"
    convolution: str = "native"
    units: int = 64

    @nn.compact
    def __call__(self, observations):
        pixels = observations.reshape(observations.shape[0], -1).astype(jnp.float32) / 255.0
        hidden = nn.relu(nn.Dense(math.ceil(self.units * self.width), name="Dense_0")(pixels))
        return nn.Dense(self.num_actions, name=OUTPUT_LAYER)(hidden), {"Dense_0": hidden}


NETWORKS["dense"] = DenseNetwork

# --- An intervention: what happens at every check; it keeps a record as all others do. ----------


@dataclasses.dataclass(frozen=True)
class NoiseSpec(InterventionSpec):
    kind: Literal["noise"] = "noise"
    scale: float = 0.01


def noise(spec: NoiseSpec, target: Target) -> Intervention:
    """Adds normal noise to every parameter."""
    del target
    watch = track(spec.tau)

    def update(key, params, opt_state, activations, state):
        leaves, tree = jax.tree.flatten(params)
        keys = jax.random.split(key, len(leaves))
        noisy = [
            leaf + spec.scale * jax.random.normal(key, leaf.shape, leaf.dtype)
            for leaf, key in zip(leaves, keys, strict=True)
        ]
        params = jax.tree.unflatten(tree, noisy)
        return watch.update(key, params, opt_state, activations, state)

    return Intervention(watch.init, update)


INTERVENTIONS["noise"] = noise

# --- An experiment: which runs, under which conditions, and what is claimed about them. ---------

PLAIN = Condition("dense", colour=BLUE)
NOISY = Condition(
    "dense, noise",
    treatment="Noise of size {run.intervention.scale:g} is added to all parameters, every "
    "{run.intervention.period_gradient_steps:,} gradient steps.",
    colour=ORANGE,
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """Both conditions side by side."""
    plain = dataclasses.replace(preset.run(game, seed), network=DenseSpec())
    checks = NoiseSpec(period_gradient_steps=preset.redo_period_gradient_steps)
    return [Run(PLAIN, plain), Run(NOISY, preset.treated(plain, checks))]


EXPERIMENT = Experiment(
    name="noisy_dense",
    title="Noise on the weights of a shallow network",
    figures=("noise_and_dormancy",),
    games=("Asterix",),
    conditions=(PLAIN, NOISY),
    runs_of=runs_of,
    claims=(
        Claim(
            name="noise_wakes_neurons",
            figure="noise_and_dormancy",
            statement="With noise on the weights fewer neurons are dormant.",
            estimator="difference_of_conditions",
            arguments={
                "measure": "dormant_share",
                "tau": 0.1,
                "higher": PLAIN.name,
                "lower": NOISY.name,
            },
            published="Not in the paper.",
        ),
    ),
)
