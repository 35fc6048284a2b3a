"""Which of the two woke a neuron, new weights or new inputs: the halves of two logs, crossed.

A log scores the network of now on the probe batch of now. Here each is also paired with the other
log's: the new network on the old inputs, and the old network on the new inputs. A neuron that
was dormant at the log before, is awake now and answers already to the old inputs was woken by its
weights; one that answers to the new inputs with its old weights was woken by them. No parameters
need to be stored for it but those of one log, which travel with the snapshots.
"""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from agents.fleet.members import Fleet
from agents.measuring import ACTIVATION

# Columns of a log's neurons: mean |activation| of the new weights, and on the new inputs.
ON_OLD_INPUTS, OF_OLD_WEIGHTS = "activation_on_old_inputs", "activation_of_old_weights"

_LEARNER, _PROBE = "learner", "probe"


class Crossing:
    """The states and probe batches of the log before, of all members of a fleet.

    Args:
      fleet: whose members they are.
      saved: what `save` returned, one a member; all None before the first log.
    """

    def __init__(self, fleet: Fleet, saved: Sequence[dict[str, Any] | None]):
        self._fleet = fleet
        self._states: list[dict[str, Any]] = []
        self._probe: list[np.ndarray] = []
        if all(saved):
            self._states = [each[_LEARNER] for each in saved]
            columns = [each[_PROBE] for each in saved]
            self._probe = [
                np.stack([column[name] for column in columns])
                for name in sorted(columns[0], key=int)
            ]

    def cross(self, state: Any, batches: Any) -> dict[str, dict[str, np.ndarray]]:
        """Scores the halves of now with those of the log before, which they then replace.

        Args:
          state: of the fleet.
          batches: that the log is measured on: a tree with a leading axis of members.

        Returns:
          Hidden layer -> column -> (members, neurons); no columns at the first log.
        """
        found: dict[str, dict[str, np.ndarray]] = {layer: {} for layer in self._fleet.layers}
        leaves, structure = jax.tree.flatten(batches)
        if self._states:
            old_inputs = jax.tree.unflatten(structure, self._probe)
            old_state = self._fleet.begin(self._states)
            _, on_old_inputs = self._fleet.measure(state, old_inputs)
            _, of_old_weights = self._fleet.measure(old_state, batches)
            for layer, columns in found.items():
                columns[ON_OLD_INPUTS] = on_old_inputs[layer][ACTIVATION]
                columns[OF_OLD_WEIGHTS] = of_old_weights[layer][ACTIVATION]
        # Copies: on a CPU these may be views of buffers that are written to by and by.
        self._probe = [np.array(leaf) for leaf in jax.device_get(leaves)]
        members = range(len(self._probe[0]))
        states = [self._fleet.save(state, member) for member in members]
        self._states = jax.tree.map(np.array, states)
        return found

    def save(self, member: int) -> dict[str, Any] | None:
        """A member's part as a nested dictionary of arrays; None before the first log."""
        if not self._states:
            return None
        probe = {str(place): leaf[member] for place, leaf in enumerate(self._probe)}
        return {_LEARNER: self._states[member], _PROBE: probe}
