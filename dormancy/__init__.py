"""Dormant neurons of any JAX network: score them, follow them, recycle them.

Pure functions over arrays and pytrees: no reinforcement learning, no files, no state, no
module system in any signature.
"""

from dormancy.churn import greedy_churn, value_churn
from dormancy.concentration import active_share, dominance, gini, top_share
from dormancy.gradients import INACTIVE_GRADIENT, gradient_scores, mean_abs_gradients
from dormancy.interventions import Intervention, InterventionState, prune, redo, reset, track
from dormancy.norms import distance_from_init, feature_norm, weight_norm, weight_rms
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
from dormancy.ranks import (
    effective_rank,
    feature_rank,
    singular_values,
    srank,
    stable_rank,
)
from dormancy.scores import dormant_mask, mean_abs_activation, neuron_scores, score_layers
from dormancy.shares import dormant_share, dormant_shares, layer_shares, pooled_share
from dormancy.surgery.prune import prune_neurons
from dormancy.surgery.recycle import OFFICIAL, RecycleOptions, recycle
from dormancy.surgery.reset import reset_parameters
from dormancy.utility import utilities
from dormancy.wiring import LayerWiring, Slot, Wiring, WiringError, derive_wiring

__all__ = [
    "DEFAULT_OVERLAP",
    "INACTIVE_GRADIENT",
    "OFFICIAL",
    "OVERLAPS",
    "Intervention",
    "InterventionState",
    "LayerWiring",
    "RecycleOptions",
    "Slot",
    "Wiring",
    "WiringError",
    "active_share",
    "chance_overlap",
    "consecutive_overlap",
    "derive_wiring",
    "distance_from_init",
    "dominance",
    "dormant_mask",
    "dormant_share",
    "dormant_shares",
    "effective_rank",
    "ever_dormant_share",
    "feature_norm",
    "feature_rank",
    "gini",
    "gradient_scores",
    "greedy_churn",
    "layer_shares",
    "mean_abs_activation",
    "mean_abs_gradients",
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
    "singular_values",
    "srank",
    "stable_rank",
    "top_share",
    "track",
    "union_overlap",
    "utilities",
    "value_churn",
    "weight_norm",
    "weight_rms",
]
