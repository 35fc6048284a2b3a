"""Read access to a store: which experiments it holds, and which runs they consist of.

What lies where, and what is in it, says `experiments.storing.schema`.
"""

from collections.abc import Callable, Mapping
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.storing.schema import (
    CLAIM_FACTS,
    EXPERIMENT_KEY,
    INDEX_SCHEMA,
    METRICS,
    RUN_KEY,
    RUNS,
    Condition,
    Store,
)
from experiments.wording import typed
from figures.errors import FigureError, ForeignError, NoResultsError
from figures.reading.conditions import read_conditions
from figures.reading.runs import RunResults
from figures.reading.tables import damaged, read_metadata, read_table

# Of the figures that show a single game.
_PAPERS_GAME = "DemonAttack"


# Where `make` puts results.
OWN_RESULTS = "local_results"


@dataclass(frozen=True)
class ExperimentResults:
    """The runs of one experiment, and what its author said about them.

    Attributes:
      name, preset, title: as in the index.
      store: the store they were read from, as the user wrote it.
      figures: the figures that these runs make, for instance ("fig5",).
      based_on: the preset whose numbers a user has changed to make this one; "" if none.
      changes: (field, ours, that preset's) for each of them.
      scale_down: (field, ours, published) wherever the preset is smaller than the paper.
      legend: the conditions, in the order of legends.
      claims: what is claimed; see `figures.claims.verdict`.
      runs: all runs asked for, whether or not they have begun.
      table: the index itself, with the experiment's own columns.
    """

    name: str
    preset: str
    title: str
    store: str
    figures: tuple[str, ...]
    based_on: str
    changes: tuple[tuple[str, str, str], ...]
    scale_down: tuple[tuple[str, str, str], ...]
    legend: tuple[Condition, ...]
    claims: tuple[dict[str, Any], ...]
    runs: tuple[RunResults, ...]
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
    def started(self) -> list[RunResults]:
        return [run for run in self.runs if run.started]

    def select(self, **wanted: str | int) -> "ExperimentResults":
        """The same experiment with only the runs of, for instance, one condition or game."""
        return self.restricted(lambda run: all(getattr(run, k) == v for k, v in wanted.items()))

    def restricted(self, wanted: Callable[[RunResults], bool]) -> "ExperimentResults":
        """The same experiment with only some of its runs."""
        return dataclasses.replace(self, runs=tuple(filter(wanted, self.runs)))

    def without_start(self) -> "ExperimentResults":
        """The same experiment read as if no run had a log at gradient step 0, before training.

        What a log tells of the log before, an overlap for instance, then begins a log later.
        """
        runs = tuple(dataclasses.replace(run, without_start=True) for run in self.runs)
        return dataclasses.replace(self, runs=runs)

    def having(self, column: str, value: Any) -> "ExperimentResults":
        """The same experiment with only the conditions that have this in a column of their own.

        Raises:
          FigureError: there is no such column, or it varies within a condition.
        """
        of_condition = self.column(column)
        runs = tuple(run for run in self.runs if of_condition[run.condition] == value)
        return dataclasses.replace(self, runs=runs)

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


class Results(Store):
    """The results of one preset below one root folder, for reading."""

    @property
    def label(self) -> str:
        """How a picture names this store."""
        return f"{Path(self.root).name}/{self.preset}"

    def names(self) -> list[str]:
        """Experiments that this store has an index of, sorted."""
        foreign = self.foreign()
        return sorted(p.stem for p in self.folder.glob("*.parquet") if p.stem not in foreign)

    def foreign(self) -> dict[str, ForeignError]:
        """What lies where indexes do and is none of this project: name -> what to tell a user."""
        found = {}
        for path in sorted(self.folder.glob("*.parquet")):
            try:
                read_metadata(path, EXPERIMENT_KEY)
            except ForeignError as error:
                found[path.stem] = error
            except FigureError:
                continue  # whoever reads that index says so
        return found

    def experiment(self, name: str, make: str = "") -> ExperimentResults:
        """The runs of one experiment.

        Args:
          name: for instance "overlap".
          make: what an error message recommends, for instance "make fig5"; the bare
            experiment if not given.

        Raises:
          NoResultsError: there are no results yet.
          FigureError: a file is damaged or not of this project.
        """
        path = self.index(name)
        train = f"python -m experiments {name} --preset {self.preset}"
        if make:
            train = f"{make} PRESET={self.preset}"
        if Path(self.root).name != OWN_RESULTS:
            train += f" {'RESULTS=' if make else '--results '}{typed(self.root)}"
        if not path.exists():
            raise NoResultsError(
                f"{self.folder} has no results of the experiment {name!r} yet; run `{train}` "
                "first, or name another store with --results."
            )
        about = read_metadata(path, EXPERIMENT_KEY)
        _check_lists(path, about)
        table = read_table(path, EXPERIMENT_KEY, INDEX_SCHEMA).to_pandas()
        if table.run_id.duplicated().any():
            raise damaged(path, "it lists a run twice")
        runs = tuple(self._run(row) for row in table[INDEX_SCHEMA.names].itertuples(index=False))
        if not any(run.started for run in runs):
            raise NoResultsError(
                f"No run of the experiment {name!r} in {self.folder} has logged anything yet; run "
                f"`{train}` and draw again after its first log."
            )
        return ExperimentResults(
            name=name,
            preset=about["preset"],
            title=about["title"],
            store=self.label,
            figures=tuple(about["figures"]),
            based_on=str(about.get("based_on", "")),
            changes=tuple(tuple(map(str, row)) for row in about.get("changes", ())),
            scale_down=tuple(tuple(map(str, row)) for row in about["scale_down"]),
            legend=read_conditions(
                about.get("conditions", ()), list(dict.fromkeys(table.condition))
            ),
            claims=tuple(about["claims"]),
            runs=runs,
            table=table,
        )

    def run_like(self, spec: Mapping[str, Any], name: str) -> RunResults | None:
        """A run of an agent that was trained with these settings, for whichever experiment.

        Settings that only one side has came with a later version and decided nothing before. A
        run that agrees in all others is taken if it is the only one.

        Args:
          spec: settings, for instance those of another run's teacher.
          name: what to call its condition.

        Returns:
          The run; None if there is none.
        """
        wanted, found = _deciding(spec), []
        for path in sorted((self.folder / RUNS).glob(f"*/{METRICS}")):
            try:
                info = read_metadata(path, RUN_KEY)
            except FigureError:
                continue  # whoever shows that run says so
            there = _deciding(info["spec"])
            if info["complete"] and "task" in there and _agree(wanted, there):
                game, seed = there["task"]["game"], int(there["seed"])
                run = RunResults(path.parent.name, name, game, seed, path.parent, info)
                if there == wanted:
                    return run
                found.append(run)
        return found[0] if len(found) == 1 else None

    def _run(self, row: Any) -> RunResults:
        folder = self.folder_of(row.run_id)
        path = folder / METRICS
        info = None
        if path.exists():
            info = read_metadata(path, RUN_KEY)
            if info["run_id"] != row.run_id:
                raise damaged(path, f"its metadata does not describe run {row.run_id}")
        return RunResults(row.run_id, row.condition, row.game, int(row.seed), folder, info)


def _deciding(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without what every run of Atari is, and without what decides nothing."""
    return {key: value for key, value in spec.items() if key not in ("kind", "keep_transitions")}


def _agree(ours: Any, theirs: Any) -> bool:
    """Whether the settings that both have are the same."""
    if not (isinstance(ours, Mapping) and isinstance(theirs, Mapping)):
        return ours == theirs
    return all(_agree(ours[name], theirs[name]) for name in ours.keys() & theirs.keys())


def _check_lists(path: Path, about: dict[str, Any]) -> None:
    """Proves that the lists in an index's metadata hold what they should."""
    for name in about["figures"]:
        if not isinstance(name, str):
            raise damaged(path, f"{name!r} is no name of a figure")
    for row in about["scale_down"]:
        if not isinstance(row, list) or len(row) != 3:
            raise damaged(path, f"{row!r} is no row of its scale-down")
    for claim in about["claims"]:
        for name, kind in CLAIM_FACTS.items():
            if not isinstance(claim, dict) or not isinstance(claim.get(name), kind):
                raise damaged(path, f"a claim in it has no {name!r}")
