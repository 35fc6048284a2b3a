"""Read access to a store: which experiments it holds, and which runs they consist of.

<root>/<preset>/<experiment>.parquet              which runs an experiment consists of
<root>/<preset>/runs/<run_id>/metrics.parquet     one row a value
<root>/<preset>/runs/<run_id>/neurons.parquet     one row a neuron and log
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from figures.errors import FigureError, NoResultsError
from figures.reading.conditions import Condition, read_conditions
from figures.reading.runs import Run
from figures.reading.tables import damaged, read_metadata, read_table

# Of the figures that show a single game.
_PAPERS_GAME = "DemonAttack"
_INDEX_COLUMNS = ("run_id", "condition", "game", "seed")
_RUN_FACTS = {"complete", "layers", "spec", "total_agent_steps", "total_gradient_steps"}


@dataclass(frozen=True)
class Experiment:
    """The runs of one experiment, and what its author said about them.

    Attributes:
      name, preset, title: as in the index.
      store: the store they were read from, as the user wrote it.
      figures: the figures that these runs make, for instance ("fig5",).
      scale_down: (field, ours, published) wherever the preset is smaller than the paper.
      legend: the conditions, in the order of legends.
      claims: what is claimed; see `figures.claims.verdicts`.
      runs: all runs asked for, whether or not they have begun.
      table: the index itself, with the experiment's own columns.
    """

    name: str
    preset: str
    title: str
    store: str
    figures: tuple[str, ...]
    scale_down: tuple[tuple[str, str, str], ...]
    legend: tuple[Condition, ...]
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
    def ordered(self) -> list[str]:
        """`conditions` in the order of legends."""
        there = set(self.conditions)
        return [condition.name for condition in self.legend if condition.name in there]

    def condition(self, name: str) -> Condition:
        """What the index says of a condition.

        Raises:
          FigureError: the experiment has none of that name.
        """
        for condition in self.legend:
            if condition.name == name:
                return condition
        raise FigureError(
            f"The experiment {self.name!r} has no condition {name!r}; choose one of "
            f"{', '.join(condition.name for condition in self.legend)}."
        )

    def colour(self, name: str) -> str:
        """The colour of a condition, for instance "#0072B2".

        Raises:
          FigureError: the experiment has none of that name.
        """
        return self.condition(name).colour

    def published_as(self, name: str) -> str:
        """What the paper's legend calls a condition; any other name stands for itself."""
        return next((c.published_as for c in self.legend if c.name == name), name)

    @property
    def started(self) -> list[Run]:
        return [run for run in self.runs if run.started]

    def select(self, **wanted: str | int) -> "Experiment":
        """The same experiment with only the runs of, for instance, one condition or game."""
        runs = (r for r in self.runs if all(getattr(r, k) == v for k, v in wanted.items()))
        return dataclasses.replace(self, runs=tuple(runs))

    def game(self, wanted: str | None = None) -> str:
        """A game of this experiment: the one wanted, or else the paper's, or else the first.

        Raises:
          FigureError: there are no runs of the game wanted.
        """
        if wanted is None:
            return _PAPERS_GAME if _PAPERS_GAME in self.games else self.games[0]
        if wanted not in self.games:
            raise FigureError(
                f"The experiment {self.name!r} has no runs of {wanted!r}; choose one of "
                f"{', '.join(self.games)}."
            )
        return wanted

    def shortest_plan(self, steps: str) -> int:
        """Steps of the run that ends first when all are finished, by the name of their column."""
        return min(run.planned[steps] for run in self.started)

    def column(self, name: str) -> dict[str, Any]:
        """A column of the index that is the experiment's own: condition -> value.

        Raises:
          FigureError: there is no such column, or it varies within a condition.
        """
        if name not in self.table:
            raise FigureError(
                f"The index of the experiment {self.name!r} has no column {name!r}; it was written "
                f"by another version: run `python -m experiments {self.name}` again to renew it."
            )
        values = self.table.groupby("condition", sort=False)[name]
        if (values.nunique() > 1).any():
            raise FigureError(f"The column {name!r} of {self.name!r} differs within a condition.")
        return values.first().to_dict()


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
          NoResultsError: there are no results yet.
          FigureError: a file is damaged or not of this project.
        """
        path = self.folder / f"{name}.parquet"
        train = f"python -m experiments {name} --preset {self.preset}"
        if make:
            train = f"{make} PRESET={self.preset}"
        if not path.exists():
            raise NoResultsError(
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
            raise NoResultsError(
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
            legend=read_conditions(
                about.get("conditions", ()), list(dict.fromkeys(table.condition))
            ),
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
