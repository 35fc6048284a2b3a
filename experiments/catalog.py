"""All experiments by name."""

from experiments import overlap, prevalence, redo
from experiments.experiment import Experiment

EXPERIMENTS: dict[str, Experiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT for module in (prevalence, overlap, redo)
}
