"""One run of a store: how far it is, and what it recorded.

Files are read when a value of theirs is asked for, and only the columns needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

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
        stored = read_table(path, RUN_KEY, NEURONS_SCHEMA)
        table = stored.select(["gradient_step", "agent_step", "neuron"]).to_pandas()
        there = column in stored.column_names
        table["mean_abs"] = stored[column].to_pandas() if there else np.float32(np.nan)
        # Few texts in many rows: compared as numbers.
        table["layer"] = stored["layer"].combine_chunks().dictionary_encode().to_pandas()
        records = {layer: _records(path, table[table.layer == layer]) for layer in layers}
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


def _records(path: Path, table: pd.DataFrame) -> Records:
    """The rows of one layer in the table of neurons at `path`, in any order."""
    table = table.sort_values(["gradient_step", "neuron"], kind="stable")
    steps = table.drop_duplicates("gradient_step")
    shape = (len(steps), table.neuron.nunique())
    if len(table) != shape[0] * shape[1]:
        raise damaged(path, "some neurons are missing from some logs")
    return Records(
        steps.gradient_step.to_numpy(),
        steps.agent_step.to_numpy(),
        table.mean_abs.to_numpy(np.float32).reshape(shape),
    )


def _after_start(records: Records) -> Records:
    """The same without the log at gradient step 0."""
    kept = records.gradient_step > 0
    return Records(records.gradient_step[kept], records.agent_step[kept], records.mean_abs[kept])
