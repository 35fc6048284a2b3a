"""Dormant neurons of any JAX network: score them, follow them, recycle them.

Pure functions over arrays and pytrees: no reinforcement learning, no files, no state, no
module system in any signature. Every name is imported when it is first used, so that scores and
overlaps of numpy arrays need no JAX.
"""

import importlib
from typing import Any

__version__ = "0.4.0"

# Public name -> module; `__init__.pyi` says the same to type checkers.
_HOMES = {
    name: module
    for module, names in {
        "churn": (
            "greedy_churn",
            "value_churn",
        ),
        "concentration": (
            "active_share",
            "dominance",
            "gini",
            "top_share",
        ),
        "criteria": (
            "Criterion",
            "Seen",
            "by_activation",
            "by_gradient",
            "by_utility",
        ),
        "gradients": (
            "INACTIVE_GRADIENT",
            "gradient_scores",
            "mean_abs_gradients",
        ),
        "interventions": (
            "Intervention",
            "InterventionState",
            "Observed",
            "continual_backprop",
            "prune",
            "reborn",
            "recycler",
            "redo",
            "regrama",
            "reset",
            "self_normalized_resets",
            "shrink_and_perturb",
            "track",
        ),
        "norms": (
            "distance_from_init",
            "feature_norm",
            "weight_norm",
            "weight_rms",
        ),
        "overlap": (
            "DEFAULT_OVERLAP",
            "OVERLAPS",
            "chance_overlap",
            "consecutive_overlap",
            "ever_dormant_share",
            "official_overlap",
            "overlap_coefficient",
            "union_overlap",
        ),
        "ranks": (
            "effective_rank",
            "feature_rank",
            "singular_values",
            "srank",
            "stable_rank",
        ),
        "regenerative": ("regenerative_regularization",),
        "scores": (
            "dormant_mask",
            "mean_abs_activation",
            "neuron_scores",
            "score_layers",
        ),
        "selection": (
            "Selection",
            "at_random",
            "below",
            "cosine_fraction",
            "highest",
            "lowest",
        ),
        "shares": (
            "dormant_share",
            "dormant_shares",
            "layer_shares",
            "pooled_share",
        ),
        "surgery.moments": ("OptimizerError",),
        "surgery.prune": ("prune_neurons",),
        "surgery.recycle": (
            "OFFICIAL",
            "RecycleOptions",
            "recycle",
        ),
        "surgery.reset": ("reset_parameters",),
        "surgery.share": ("share_neurons",),
        "utility": ("utilities",),
        "wiring": (
            "LayerWiring",
            "Slot",
            "Wiring",
            "WiringError",
            "derive_wiring",
        ),
    }.items()
    for name in names
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dormancy' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"dormancy.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
