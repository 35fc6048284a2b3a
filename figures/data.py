"""Read access to a store of runs: what is there, what is finished, and the raw records.

    <root>/<preset>/<experiment>.parquet              which runs an experiment consists of
    <root>/<preset>/runs/<run_id>/metrics.parquet     one row a value
    <root>/<preset>/runs/<run_id>/neurons.parquet     one row a neuron and log

Files are read when a value of theirs is asked for, and only the columns needed.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from figures.errors import FigureError
from figures.tables import damaged, read_metadata, read_table

_INDEX_COLUMNS = ("run_id", "condition", "game", "seed")
_RUN_FACTS = {"complete", "layers", "spec", "total_gradient_steps"}


@dataclass(frozen=True)
class Records:
    """What one layer of one run recorded.

    Attributes:
      gradient_step, agent_step: (logs,) when, rising.
      mean_abs: (logs, neurons) mean |activation| on the probe batch.
    """

    gradient_step: np.ndarray
    agent_step: np.ndarray
    mean_abs: np.ndarray


@dataclass(frozen=True)
class Run:
    """One run of an experiment.

    Attributes:
      run_id, condition, game, seed: its row in the experiment's index.
      folder: where its tables are.
      info: the metadata of its tables (spec, versions, progress); None if it has not
        written any.
    """

    run_id: str
    condition: str
    game: str
    seed: int
    folder: Path
    info: dict[str, Any] | None

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
    def planned(self) -> dict[str, int]:
        """How long the run is once it is finished, by the names of the step columns."""
        schedule = self.info["spec"]["schedule"]
        return {
            "gradient_step": self.info["total_gradient_steps"],
            "agent_step": schedule["iterations"] * schedule["agent_steps_per_iteration"],
        }

    def records(self, layer: str) -> Records:
        """Mean |activation| of the neurons of one layer at every log.

        Raises:
          FigureError: the run has no such layer, or its table is missing or damaged.
        """
        path = self.folder / "neurons.parquet"
        if layer not in self.layers:
            raise FigureError(
                f"Run {self.run_id} recorded no layer {layer!r}; it has {', '.join(self.layers)}."
            )
        columns = ["gradient_step", "agent_step", "neuron", "mean_abs_activation"]
        table = read_table(path, columns, filters=[("layer", "==", layer)])
        table = table.sort_values(["gradient_step", "neuron"], kind="stable")
        steps = table.drop_duplicates("gradient_step")
        shape = (len(steps), table.neuron.nunique())
        if len(table) != shape[0] * shape[1]:
            raise damaged(path, "some neurons are missing from some logs")
        return Records(
            steps.gradient_step.to_numpy(),
            steps.agent_step.to_numpy(),
            table.mean_abs_activation.to_numpy(np.float32).reshape(shape),
        )

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
        path = self.folder / "metrics.parquet"
        wanted = [("metric", "==", name), ("layer", "==", layer)]
        table = read_table(path, ["gradient_step", "agent_step", "value"], filters=wanted)
        return table.sort_values("gradient_step", kind="stable", ignore_index=True)


@dataclass(frozen=True)
class Experiment:
    """The runs of one experiment, and what its author said about them.

    Attributes:
      name, preset, title: as in the index.
      store: the store they were read from, as the user wrote it.
      figures: the figures that these runs make, for instance ("fig5",).
      scale_down: (field, ours, published) wherever the preset is smaller than the paper.
      claims: what is claimed; see `figures.claims`.
      runs: all runs asked for, whether or not they have begun.
      table: the index itself, with the experiment's own columns.
    """

    name: str
    preset: str
    title: str
    store: str
    figures: tuple[str, ...]
    scale_down: tuple[tuple[str, str, str], ...]
    claims: tuple[dict[str, Any], ...]
    runs: tuple[Run, ...]
    table: pd.DataFrame

    @property
    def games(self) -> list[str]:
        return list(dict.fromkeys(run.game for run in self.runs))

    @property
    def conditions(self) -> list[str]:
        return list(dict.fromkeys(run.condition for run in self.runs))

    @property
    def started(self) -> list[Run]:
        return [run for run in self.runs if run.started]

    def select(self, **wanted: str | int) -> "Experiment":
        """The same experiment with only the runs of, for instance, one condition or game."""
        runs = (r for r in self.runs if all(getattr(r, k) == v for k, v in wanted.items()))
        return dataclasses.replace(self, runs=tuple(runs))


@dataclass(frozen=True)
class Store:
    """The results of one preset below one root folder.

    Attributes:
      root: for instance "results" (shipped) or "local_results" (one's own).
      preset: "smoke", "laptop" or "paper".
    """

    root: Path
    preset: str

    @property
    def folder(self) -> Path:
        return Path(self.root) / self.preset

    @property
    def label(self) -> str:
        """How a picture names this store."""
        return f"{Path(self.root).name}/{self.preset}"

    def names(self) -> list[str]:
        """Experiments that this store has an index of, sorted."""
        return sorted(path.stem for path in self.folder.glob("*.parquet"))

    def experiment(self, name: str, make: str = "") -> Experiment:
        """The runs of one experiment.

        Args:
          name: for instance "overlap".
          make: what an error message recommends, for instance "make fig5"; the bare
            experiment if not given.

        Raises:
          FigureError: there are no results yet, or a file is damaged or not of this project.
        """
        path = self.folder / f"{name}.parquet"
        train = f"python -m experiments {name} --preset {self.preset}"
        if make:
            train = f"{make} PRESET={self.preset}"
        if not path.exists():
            raise FigureError(
                f"{self.folder} has no results of the experiment {name!r} yet; run `{train}` "
                "first, or name another store with --results."
            )
        about = read_metadata(path, "dormant_experiment")
        table = read_table(path)
        lacking = [column for column in _INDEX_COLUMNS if column not in table]
        if lacking:
            raise damaged(path, f"it has no column {lacking[0]!r}")
        if table.run_id.duplicated().any():
            raise damaged(path, "it lists a run twice")
        runs = tuple(self._run(row) for row in table[list(_INDEX_COLUMNS)].itertuples(index=False))
        if not any(run.started for run in runs):
            raise FigureError(
                f"No run of the experiment {name!r} in {self.folder} has logged anything yet; run "
                f"`{train}` and draw again after its first log."
            )
        return Experiment(
            name=name,
            preset=about.get("preset", self.preset),
            title=about.get("title", name),
            store=self.label,
            figures=tuple(about.get("figures", ())),
            scale_down=tuple(tuple(map(str, row)) for row in about.get("scale_down", ())),
            claims=tuple(about.get("claims", ())),
            runs=runs,
            table=table,
        )

    def _run(self, row: Any) -> Run:
        folder = self.folder / "runs" / row.run_id
        path = folder / "metrics.parquet"
        info = None
        if path.exists():
            info = read_metadata(path, "dormant_run")
            if info.get("run_id") != row.run_id or not info.keys() >= _RUN_FACTS:
                raise damaged(path, f"its metadata does not describe run {row.run_id}")
        return Run(row.run_id, row.condition, row.game, int(row.seed), folder, info)
