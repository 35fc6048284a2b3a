"""The two tables of one run, in memory while it trains and on disk after each snapshot."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agents.errors import UserError
from agents.events import Log
from agents.identity import Spec
from experiments.storing.store import (
    METRICS,
    METRICS_SCHEMA,
    NEURONS,
    NEURONS_SCHEMA,
    RUN_KEY,
    check_spec,
    read_table,
    write_table,
)


class Recording:
    """Collects the logs of a run.

    Attributes:
      spec: the run.
      layers: names of the hidden layers from input to output; empty before the first log.
      complete: whether the tables on disk are those of the finished run.
      wall_time_s: seconds of training behind the tables on disk, over all sessions.
    """

    def __init__(self, spec: Spec, folder: Path):
        self.spec = spec
        self.layers: list[str] = []
        self.complete = False
        self.wall_time_s = 0.0
        self._folder = folder
        self._metrics = [METRICS_SCHEMA.empty_table()]
        self._neurons = [NEURONS_SCHEMA.empty_table()]
        self._reached = -1

    @classmethod
    def open(cls, spec: Spec, folder: Path) -> "Recording | None":
        """What earlier sessions wrote; None if that is nothing, or not both tables.

        Raises:
          UserError: a table is damaged, foreign or of another run.
        """
        if not all((folder / name).exists() for name in (METRICS, NEURONS)):
            return None
        metrics, about = read_table(folder / METRICS, RUN_KEY, METRICS_SCHEMA)
        neurons, about_neurons = read_table(folder / NEURONS, RUN_KEY, NEURONS_SCHEMA)
        for name, found in ((METRICS, about), (NEURONS, about_neurons)):
            check_spec(folder / name, found.get("spec"), spec)
        recording = cls(spec, folder)
        recording.layers = about["layers"]
        recording.complete = about["complete"] and about_neurons["complete"]
        recording.wall_time_s = about["wall_time_s"]
        recording._metrics, recording._neurons = [metrics], [neurons]
        recording._reached = min(about["agent_step"], about_neurons["agent_step"])
        return recording

    @property
    def written(self) -> bool:
        """Whether there are tables on disk."""
        return self._reached >= 0

    def rewind(self, agent_step: int) -> None:
        """Drops everything after a checkpoint: it is about to be measured again.

        A snapshot ends an iteration, so whatever was logged before it has at most its agent
        step and whatever follows has more. (Gradient steps would not do: they stand still
        until learning starts.)

        Raises:
          UserError: the tables end before the checkpoint.
        """
        if self._reached < agent_step:
            raise UserError(
                f"The tables in {self._folder} are older than the checkpoint beside them; restore "
                "the newer tables, or delete that folder to train the run anew."
            )
        self._metrics, self._neurons = (
            [table.filter(pc.field("agent_step") <= agent_step) for table in tables]
            for tables in (self._metrics, self._neurons)
        )

    def add(self, log: Log) -> None:
        """Appends one log."""
        names, layers = [], []
        for key in log.metrics:
            name, _, layer = key.partition("/")
            names.append(name)
            layers.append(layer)
        self._metrics.append(
            self._rows(
                METRICS_SCHEMA,
                log,
                metric=names,
                layer=layers,
                value=np.array(list(log.metrics.values()), np.float64),
            )
        )
        for layer, values in log.neurons.items():
            self._neurons.append(
                self._rows(
                    NEURONS_SCHEMA,
                    log,
                    layer=[layer] * len(values),
                    neuron=np.arange(len(values), dtype=np.int32),
                    mean_abs_activation=np.asarray(values, np.float32),
                )
            )
        self.layers = self.layers or list(log.neurons)

    def write(
        self,
        agent_step: int,
        gradient_step: int,
        complete: bool,
        wall_time_s: float,
        provenance: dict[str, Any],
    ) -> None:
        """Replaces both tables on disk, each atomically.

        Args:
          agent_step, gradient_step: how far the run is.
          complete: whether it is finished.
          wall_time_s: seconds of training so far, over all sessions.
          provenance: what made the tables (versions, device, commit).

        Raises:
          UserError: the disk is full or the folder cannot be written; old files are intact.
        """
        about = {
            "run_id": self.spec.run_id,
            "spec": self.spec.to_dict(),
            "complete": complete,
            "gradient_step": gradient_step,
            "agent_step": agent_step,
            "total_gradient_steps": self.spec.total_gradient_steps,
            "total_agent_steps": self.spec.total_agent_steps,
            "layers": self.layers,
            "wall_time_s": round(wall_time_s, 1),
        } | provenance
        # In one piece, so that equal rows give equal files however the run was interrupted.
        self._neurons = [pa.concat_tables(self._neurons).combine_chunks()]
        self._metrics = [pa.concat_tables(self._metrics).combine_chunks()]
        write_table(self._folder / NEURONS, self._neurons[0], RUN_KEY, about)
        write_table(self._folder / METRICS, self._metrics[0], RUN_KEY, about)
        self._reached, self.complete = agent_step, complete

    def _rows(self, schema: pa.Schema, log: Log, **columns: Sequence[Any]) -> pa.Table:
        count = len(columns["layer"])
        same = {
            "run_id": [self.spec.run_id] * count,
            "gradient_step": [log.gradient_step] * count,
            "agent_step": [log.agent_step] * count,
        }
        return pa.table(same | columns, schema=schema)


def same_rows(folder: Path, other: Path) -> bool:
    """Whether the tables in two folders of one run hold the same numbers, bit for bit.

    Raises:
      UserError: a table is damaged or foreign.
    """
    return all(
        read_table(folder / name, RUN_KEY, schema)[0].equals(
            read_table(other / name, RUN_KEY, schema)[0]
        )
        for name, schema in ((METRICS, METRICS_SCHEMA), (NEURONS, NEURONS_SCHEMA))
    )
