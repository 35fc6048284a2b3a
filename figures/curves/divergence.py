"""Runs whose numbers stopped being finite, and since when."""

from figures.reading.data import ExperimentResults


def diverged(experiment: ExperimentResults) -> dict[str, int]:
    """What a caption calls a run that diverged -> the gradient step since when."""
    return {
        f"{run.condition} on {run.game}, seed {run.seed} (run {run.run_id})": run.diverged_at
        for run in experiment.started
        if run.diverged_at is not None
    }
