"""Runs whose numbers stopped being finite, and since when."""

import pyarrow.compute as pc

from experiments.storing.schema import METRICS, METRICS_SCHEMA, NEURONS, NEURONS_SCHEMA, RUN_KEY
from figures.reading.data import ExperimentResults
from figures.reading.runs import RunResults
from figures.reading.tables import read_table

_NUMBERS = (
    (METRICS, METRICS_SCHEMA, "value"),
    (NEURONS, NEURONS_SCHEMA, "mean_abs_activation"),
)


def diverged_at(run: RunResults) -> int | None:
    """Gradient step of the first log with a number that is not finite; None if there is none."""
    if not run.started:
        return None
    first = []
    for name, schema, column in _NUMBERS:
        table = read_table(run.folder / name, RUN_KEY, schema)
        wrong = pc.invert(pc.is_finite(table[column]))
        if name == METRICS:
            # What the run itself has noticed, which later versions record.
            said = pc.and_(pc.equal(table["metric"], "diverged"), pc.greater(table["value"], 0))
            wrong = pc.or_(wrong, said)
        wrong = table.filter(wrong)
        first += wrong["gradient_step"].to_pylist()
    return min(first, default=None)


def diverged(experiment: ExperimentResults) -> dict[str, int]:
    """What a caption calls a run that diverged -> the gradient step since when."""
    found = {}
    for run in experiment.started:
        step = diverged_at(run)
        if step is not None:
            found[f"{run.condition} on {run.game}, seed {run.seed} (run {run.run_id})"] = step
    return found
