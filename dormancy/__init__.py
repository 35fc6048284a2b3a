"""Dormant neurons of any JAX network: score them, follow them, recycle them.

Pure functions over arrays and pytrees: no reinforcement learning, no files, no state, no
module system in any signature.
"""

from dormancy.interventions import Intervention, InterventionState, prune, redo, reset, track
from dormancy.overlap import (
    DEFAULT_OVERLAP,
    OVERLAPS,
    chance_overlap,
    consecutive_overlap,
    ever_dormant_share,
    official_overlap,
    overlap_coefficient,
    union_overlap,
)
from dormancy.scores import dormant_mask, mean_abs_activation, neuron_scores, score_layers
from dormancy.shares import layer_shares, pooled_share
from dormancy.surgery.prune import prune_neurons
from dormancy.surgery.recycle import OFFICIAL, RecycleOptions, recycle
from dormancy.surgery.reset import reset_parameters
from dormancy.wiring import LayerWiring, Slot, Wiring, WiringError, derive_wiring

__all__ = [
    "DEFAULT_OVERLAP",
    "OFFICIAL",
    "OVERLAPS",
    "Intervention",
    "InterventionState",
    "LayerWiring",
    "RecycleOptions",
    "Slot",
    "Wiring",
    "WiringError",
    "chance_overlap",
    "consecutive_overlap",
    "derive_wiring",
    "dormant_mask",
    "ever_dormant_share",
    "layer_shares",
    "mean_abs_activation",
    "neuron_scores",
    "official_overlap",
    "overlap_coefficient",
    "pooled_share",
    "prune",
    "prune_neurons",
    "recycle",
    "redo",
    "reset",
    "reset_parameters",
    "score_layers",
    "track",
    "union_overlap",
]
