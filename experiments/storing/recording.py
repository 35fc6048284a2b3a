"""The two tables of one run, in memory while it trains and on disk after each snapshot."""

from collections.abc import Mapping
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agents.errors import UserError
from agents.events import Log
from agents.identity import Spec
from experiments.storing.compacting import compact, digits_of, ordered, shortened, steps_of
from experiments.storing.schema import (
    METRICS,
    METRICS_SCHEMA,
    NEURONS,
    NEURONS_SCHEMA,
    RUN_KEY,
    RUN_TABLES,
)
from experiments.storing.store import read_run_tables, read_table, write_table
from experiments.storing.tables import digest

# What may change from one session to the next and decide the last bits of a result.
MADE_BY = ("versions", "python", "device", "git_commit")


class Recording:
    """Collects the logs of a run.

    Attributes:
      spec: the run.
      layers: names of the hidden layers from input to output; empty before the first log.
      complete: whether the tables on disk are those of the finished run.
      wall_time_s: seconds of training behind the tables on disk, over all sessions.
      stretches: which versions, device and commit made the rows after which agent step; one
        entry for all sessions in a row that had the same.
    """

    def __init__(self, spec: Spec, folder: Path):
        self.spec = spec
        self.layers: list[str] = []
        self.complete = False
        self.wall_time_s = 0.0
        self.stretches: list[dict[str, Any]] = []
        self._folder = folder
        self._metrics = [METRICS_SCHEMA.empty_table()]
        self._neurons = [NEURONS_SCHEMA.empty_table()]
        self._reached = -1

    @classmethod
    def open(cls, spec: Spec, folder: Path) -> "Recording | None":
        """What earlier sessions wrote; None if that is nothing, or not both tables.

        Raises:
          UserError: a table is damaged, foreign or of another run, or the only one of a run
            that is finished.
        """
        found = read_run_tables(folder, spec)
        if len(found) < len(RUN_TABLES):
            return None
        (metrics, about), (neurons, about_neurons) = found[METRICS], found[NEURONS]
        recording = cls(spec, folder)
        recording.layers = about["layers"]
        recording.complete = about["complete"] and about_neurons["complete"]
        recording.wall_time_s = float(about.get("wall_time_s", 0.0))
        recording.stretches = about.get("stretches") or [_stretch(0, about)]
        recording._metrics, recording._neurons = [metrics], [neurons]
        recording._reached = min(about["agent_step"], about_neurons["agent_step"])
        return recording

    @property
    def written(self) -> bool:
        """Whether there are tables on disk."""
        return self._reached >= 0

    def rewind(self, agent_step: int) -> None:
        """Drops everything after a checkpoint: it is about to be measured again.

        A snapshot ends an iteration or a group of updates, so whatever was logged before it has at
        most its agent step and whatever follows has more. (Gradient steps would not do: they stand
        still until learning starts.)

        Raises:
          UserError: the tables end before the checkpoint.
        """
        if self._reached < agent_step:
            raise UserError(
                f"The tables in {self._folder} are older than the checkpoint beside them; restore "
                "the newer tables, or move that folder away to train the run anew."
            )
        self.stretches = [s for s in self.stretches if s["after_agent_step"] <= agent_step]
        self._metrics, self._neurons = (
            [table.filter(pc.field("agent_step") <= agent_step) for table in tables]
            for tables in (self._metrics, self._neurons)
        )

    def go_on_under(self, agent_step: int, provenance: Mapping[str, Any]) -> list[str]:
        """Notes what makes the rows after an agent step.

        Returns:
          What differs from the session before, as sentences' parts.
        """
        now = _stretch(agent_step, provenance)
        before = self.stretches[-1] if self.stretches else now
        changed = [
            f"{name} {_told(now[name])} instead of {_told(before.get(name))}"
            for name in MADE_BY
            if now[name] != before.get(name)
        ]
        if changed or not self.stretches:
            self.stretches.append(now)
        return changed

    def add(self, log: Log) -> None:
        """Appends one log."""
        names, layers = [], []
        for key in log.metrics:
            name, _, layer = key.partition("/")
            names.append(name)
            layers.append(layer)
        values = np.array(list(log.metrics.values()), np.float64)
        metrics = {"metric": names, "layer": layers, "value": values}
        self._metrics.append(self._rows(METRICS_SCHEMA, log, metrics))
        for layer, columns in log.neurons.items():
            columns = {name: np.asarray(column, np.float32) for name, column in columns.items()}
            count = len(columns["mean_abs_activation"])
            same = {"layer": [layer] * count, "neuron": np.arange(count, dtype=np.int32)}
            self._neurons.append(self._rows(NEURONS_SCHEMA, log, same | columns))
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
        }
        if len(self.stretches) > 1:
            about["stretches"] = self.stretches
        about |= provenance
        # In one piece, so that equal rows give equal files however the run was interrupted.
        self._neurons, self._metrics = (
            [pa.concat_tables(tables, promote_options="default").combine_chunks()]
            for tables in (self._neurons, self._metrics)
        )
        write_table(self._folder / NEURONS, self._neurons[0], RUN_KEY, about)
        write_table(self._folder / METRICS, self._metrics[0], RUN_KEY, about)
        self._reached, self.complete = agent_step, complete

    def _rows(self, schema: pa.Schema, log: Log, columns: Mapping[str, Any]) -> pa.Table:
        """The rows of one log; columns beyond those of `schema` keep their own types."""
        count = len(columns["layer"])
        same = {
            "run_id": [self.spec.run_id] * count,
            "gradient_step": [log.gradient_step] * count,
            "agent_step": [log.agent_step] * count,
        }
        table = pa.table(same | columns)
        own = [field for field in table.schema if field.name not in schema.names]
        whole = pa.schema([*schema, *own])
        return table.select(whole.names).cast(whole)


def same_rows(folder: Path, other: Path) -> bool:
    """Whether the tables in two folders of one run hold the same numbers.

    Bit for bit, in any order; where one of them is compact, as far as it has digits and columns.

    Raises:
      UserError: a table is damaged or foreign.
    """
    for name, schema in RUN_TABLES.items():
        found = [read_table(each / name, RUN_KEY, schema) for each in (folder, other)]
        rows = [ordered(table) for table, _ in found]
        steps = [each for _, about in found if (each := steps_of(about))]
        digits = [each for _, about in found if (each := digits_of(about))]
        if digits:
            rows = [shortened(table, min(digits)) for table in rows]
        if steps:
            both = [column for column in rows[0].column_names if column in rows[1].column_names]
            rows = [compact(table.select(both), math.gcd(*steps)) for table in rows]
        ours, theirs = (digest(table, {}) for table in rows)
        if ours != theirs:
            return False
    return True


def _stretch(agent_step: int, provenance: Mapping[str, Any]) -> dict[str, Any]:
    return {"after_agent_step": agent_step} | {name: provenance.get(name) for name in MADE_BY}


def _told(fact: Any) -> str:
    if isinstance(fact, Mapping):
        return ", ".join(f"{name} {version}" for name, version in fact.items())
    return str(fact)
