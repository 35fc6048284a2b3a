"""All experiments by name."""

from experiments import (
    distillation,
    label_shuffling,
    learning_rate,
    offline,
    overlap,
    prevalence,
    pruning,
    redo,
    regularization,
    replay_ratio,
    width_scaling,
)
from experiments.experiment import Experiment

EXPERIMENTS: dict[str, Experiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT
    for module in (
        prevalence,
        label_shuffling,
        offline,
        overlap,
        pruning,
        replay_ratio,
        distillation,
        redo,
        learning_rate,
        width_scaling,
        regularization,
    )
}
