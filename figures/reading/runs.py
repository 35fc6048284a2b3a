"""One run of a store: how far it is, and what it recorded.

Files are read when a value of theirs is asked for, and only the columns needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
import functools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from experiments.storing.divergence import not_finite
from experiments.storing.schema import (
    METRICS,
    METRICS_SCHEMA,
    NEURONS,
    NEURONS_SCHEMA,
    RUN_KEY,
    SCORE_STEPS,
)
from figures.errors import FigureError
from figures.reading.tables import damaged, read_metadata, read_table

# Columns of the table of neurons; what they hold say `agents.measuring` and `agents.crossing`.
ACTIVATION, GRADIENT = "mean_abs_activation", "mean_abs_gradient"
ON_OLD_INPUTS, OF_OLD_WEIGHTS = "activation_on_old_inputs", "activation_of_old_weights"


def _activations_not_finite(neurons: pa.Table) -> pa.ChunkedArray:
    return pc.invert(pc.is_finite(neurons[ACTIVATION]))


# Each table, and which of its rows say that a run diverged.
_NUMBERS = (
    (METRICS, METRICS_SCHEMA, not_finite),
    (NEURONS, NEURONS_SCHEMA, _activations_not_finite),
)


@dataclass(frozen=True)
class Records:
    """What one layer of one run recorded.

    Attributes:
      gradient_step, agent_step: (logs,) when, rising.
      mean_abs: (logs, neurons) mean |activation| on the probe batch, or what else was asked for.
    """

    gradient_step: np.ndarray
    agent_step: np.ndarray
    mean_abs: np.ndarray


@dataclass(frozen=True)
class RunResults:
    """One run of an experiment.

    Attributes:
      run_id, condition, game, seed: its row in the experiment's index.
      folder: where its tables are.
      info: the metadata of its tables (spec, versions, progress); None if it has not
        written any.
      without_start: whether it is read as if it had no log at gradient step 0, which shows the
        network before training.
    """

    run_id: str
    condition: str
    game: str
    seed: int
    folder: Path
    info: dict[str, Any] | None
    without_start: bool = False

    @property
    def started(self) -> bool:
        """Whether it has recorded any neurons."""
        return bool(self.layers)

    @property
    def complete(self) -> bool:
        return self.info is not None and bool(self.info["complete"])

    @property
    def layers(self) -> list[str]:
        """Hidden layers from input to output; the last is the penultimate of the network."""
        return list(self.info["layers"]) if self.info else []

    @property
    def version(self) -> str:
        """Of what training meant to the code that trained it; see CHANGELOG.md."""
        return str(self.info["spec"].get("version", 1)) if self.info else ""

    @property
    def score_steps(self) -> int | None:
        """How many steps an octave the scores of its neurons are rounded to; None if they are not.

        Raises:
          FigureError: the table of neurons is missing or damaged.
        """
        return read_metadata(self.folder / NEURONS, RUN_KEY).get(SCORE_STEPS)

    @property
    def planned(self) -> dict[str, int]:
        """How long the run is once it is finished, by the names of the step columns."""
        return {
            "gradient_step": self.info["total_gradient_steps"],
            "agent_step": self.info["total_agent_steps"],
        }

    @functools.cached_property
    def diverged_at(self) -> int | None:
        """Gradient step of the first log with a number that is not finite; None if there is none.

        Every claim asks, and both tables have to be read for it, so that the answer is kept.

        Raises:
          FigureError: a table is missing or damaged.
        """
        if not self.started:
            return None
        first = []
        for name, schema, wrong_rows in _NUMBERS:
            table = read_table(self.folder / name, RUN_KEY, schema)
            first += table.filter(wrong_rows(table))["gradient_step"].to_pylist()
        return min(first, default=None)

    def records(self, layer: str) -> Records:
        """Mean |activation| of the neurons of one layer at every log.

        Raises:
          FigureError: the run has no such layer, or its table is missing or damaged.
        """
        return self.records_of([layer])[layer]

    def records_of(self, layers: Sequence[str], column: str = ACTIVATION) -> dict[str, Records]:
        """`records` of several layers, of which the table is read once.

        Args:
          layers: their names.
          column: what is asked for: ACTIVATION, which every run has, or another one, which is NaN
            where it was not recorded.

        Raises:
          FigureError: the run lacks one of the layers, or its table is missing or damaged.
        """
        path = self.folder / NEURONS
        for layer in layers:
            if layer not in self.layers:
                raise FigureError(
                    f"Run {self.run_id} recorded no layer {layer!r}; it has "
                    f"{', '.join(self.layers)}."
                )
        table = read_table(path, RUN_KEY, NEURONS_SCHEMA)
        if column not in table.column_names:
            unknown = np.full(len(table), np.nan, np.float32)
            table = table.append_column(column, pa.array(unknown))
        names = ("gradient_step", "agent_step", "neuron", column)
        columns = [table[name].to_numpy() for name in names]
        # Few texts in many rows: compared as numbers.
        encoded = table["layer"].combine_chunks().dictionary_encode()
        number_of = {layer: n for n, layer in enumerate(encoded.dictionary.to_pylist())}
        numbers = encoded.indices.to_numpy()
        rows = {layer: np.flatnonzero(numbers == number_of.get(layer, -1)) for layer in layers}
        records = {
            layer: _records(path, *(values[own] for values in columns))
            for layer, own in rows.items()
        }
        if self.without_start:
            return {layer: _after_start(found) for layer, found in records.items()}
        return records

    def metric(self, name: str, layer: str = "") -> pd.DataFrame:
        """One metric over time.

        Args:
          name: for instance "eval_return_mean".
          layer: "" is the whole network.

        Returns:
          Columns gradient_step, agent_step, value; no rows if it was never recorded.

        Raises:
          FigureError: the table is missing or damaged.
        """
        path = self.folder / METRICS
        wanted = (pc.field("metric") == name) & (pc.field("layer") == layer)
        table = read_table(path, RUN_KEY, METRICS_SCHEMA).filter(wanted)
        table = table.select(["gradient_step", "agent_step", "value"]).to_pandas()
        if self.without_start:
            table = table[table.gradient_step > 0]
        return table.sort_values("gradient_step", kind="stable", ignore_index=True)


def _records(
    path: Path,
    gradient_step: np.ndarray,
    agent_step: np.ndarray,
    neuron: np.ndarray,
    mean_abs: np.ndarray,
) -> Records:
    """Columns (rows,) of one layer in the table of neurons at `path`, in any order."""
    # Not by pandas, which takes nearly three times as long: every claim reads all its tables.
    order = np.lexsort((neuron, gradient_step))
    steps, first = np.unique(gradient_step[order], return_index=True)
    shape = (len(steps), len(np.unique(neuron)))
    if len(order) != shape[0] * shape[1]:
        raise damaged(path, "some neurons are missing from some logs")
    return Records(
        steps, agent_step[order][first], mean_abs[order].astype(np.float32).reshape(shape)
    )


def _after_start(records: Records) -> Records:
    """The same without the log at gradient step 0."""
    kept = records.gradient_step > 0
    return Records(records.gradient_step[kept], records.agent_step[kept], records.mean_abs[kept])
