"""From a specification to a network.

Every network returns its outputs together with the activations of its hidden layers: recording
them is free where nobody asks for them (XLA drops unused outputs) and needs no side channel.
"""

import dataclasses

import flax.linen as nn

from agents.errors import UserError
from agents.networks.convolution import Convolution
from agents.networks.dueling import DuelingNetwork
from agents.networks.impala import ImpalaNetwork
from agents.networks.nature import NatureNetwork
from agents.spec import NetworkSpec

# `NetworkSpec.kind` -> network; a module of a user's own can add to it.
NETWORKS: dict[str, type[nn.Module]] = {
    "nature": NatureNetwork,
    "impala": ImpalaNetwork,
    "dueling": DuelingNetwork,
}
# What every network calls its last layer, linear and not recorded.
OUTPUT_LAYER = "head"


def build_network(
    spec: NetworkSpec, num_actions: int, convolution: Convolution = "native"
) -> nn.Module:
    """The network that a run's spec asks for.

    Args:
      spec: which.
      num_actions: outputs.
      convolution: how convolutions are computed; changes results by rounding only.

    Raises:
      UserError: the specification of a user's own has a field that its network does not take.
    """
    network = NETWORKS[spec.kind]
    common = {each.name for each in dataclasses.fields(NetworkSpec)}
    own = [each.name for each in dataclasses.fields(spec) if each.name not in common]
    taken = {each.name for each in dataclasses.fields(network)}
    for name in own:
        if name not in taken:
            raise UserError(
                f"{type(spec).__name__} has a field {name!r}, which {network.__name__} does not "
                "take: give the network an attribute of that name, or else the field would decide "
                "nothing."
            )
    return network(
        num_actions=num_actions,
        width=spec.width,
        activation=spec.activation,
        convolution=convolution,
        **{name: getattr(spec, name) for name in own},
    )
