"""Runs whose numbers stopped being finite, and since when."""

import pyarrow as pa
import pyarrow.compute as pc

from experiments.storing.divergence import not_finite
from experiments.storing.schema import METRICS, METRICS_SCHEMA, NEURONS, NEURONS_SCHEMA, RUN_KEY
from figures.reading.data import ExperimentResults
from figures.reading.runs import RunResults
from figures.reading.tables import read_table


def _activations_not_finite(neurons: pa.Table) -> pa.ChunkedArray:
    return pc.invert(pc.is_finite(neurons["mean_abs_activation"]))


_NUMBERS = (
    (METRICS, METRICS_SCHEMA, not_finite),
    (NEURONS, NEURONS_SCHEMA, _activations_not_finite),
)


def diverged_at(run: RunResults) -> int | None:
    """Gradient step of the first log with a number that is not finite; None if there is none."""
    if not run.started:
        return None
    first = []
    for name, schema, wrong_rows in _NUMBERS:
        table = read_table(run.folder / name, RUN_KEY, schema)
        first += table.filter(wrong_rows(table))["gradient_step"].to_pylist()
    return min(first, default=None)


def diverged(experiment: ExperimentResults) -> dict[str, int]:
    """What a caption calls a run that diverged -> the gradient step since when."""
    found = {}
    for run in experiment.started:
        step = diverged_at(run)
        if step is not None:
            found[f"{run.condition} on {run.game}, seed {run.seed} (run {run.run_id})"] = step
    return found
