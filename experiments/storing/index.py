"""The table that says which runs an experiment consists of."""

from collections.abc import Mapping, Sequence
import contextlib
import dataclasses
from pathlib import Path
from typing import Any

import pyarrow as pa

from experiments.conditions import described
from experiments.experiment import Experiment, Run
from experiments.presets.paths import value_at
from experiments.presets.preset import Preset
from experiments.presets.presets import PAPER, PRESETS
from experiments.presets.scale_down import as_text, scale_down
from experiments.storing.locks import Hold, held
from experiments.storing.schema import EXPERIMENT_KEY, INDEX_SCHEMA, Store
from experiments.storing.store import read_table, write_table

_Row = dict[str, Any]


def write_index(
    store: Store,
    experiment: Experiment,
    preset: Preset,
    runs: Sequence[Run],
    options: Mapping[str, str] | None = None,
) -> None:
    """Adds `runs` to the experiment's index, in place of those of the same roles.

    A role is a condition, a game and a seed. Rows of other roles stay, unless other options or
    other columns were chosen for them: a figure cannot show both in one line.

    Args:
      store: where.
      experiment, preset, runs: of which.
      options: what was chosen where the experiment leaves a choice.

    Raises:
      UserError: the index that is there is damaged or not ours, the disk is full or the folder
        cannot be written; the old index is intact.
    """
    # Once each: an experiment may name a run for every game that is compared with it.
    roles = {(run.condition, run.spec.run_id): run for run in runs}
    rows = [
        {
            "run_id": run.spec.run_id,
            "condition": run.condition.name,
            "game": run.spec.game,
            "seed": run.spec.seed,
            **run.columns,
        }
        for run in roles.values()
    ]
    path = store.index(experiment.name)
    with held_index(store, experiment.name):
        stored, before = _stored(path, dict(options or {}))
        rows = merge_rows(stored, rows)
        conditions = {about["name"]: about for about in before}
        conditions |= {about["name"]: about for about in _conditions(experiment, runs)}
        metadata = {
            "experiment": experiment.name,
            "figures": experiment.figures,
            "preset": preset.name,
            "based_on": preset.based_on,
            "changes": _changes(experiment, preset),
            "title": experiment.title,
            "options": dict(options or {}),
            "scale_down": scale_down(experiment.typical(preset), experiment.typical(PAPER)),
            "conditions": _in_use(experiment, conditions, rows),
            "claims": [dataclasses.asdict(claim) for claim in experiment.claims],
        }
        write_rows(path, rows, metadata)


def held_index(store: Store, experiment: str) -> contextlib.AbstractContextManager[Hold]:
    """Holds an experiment's index for the length of the block: who adds to it reads it first.

    Raises:
      TakenError, UserError: as `held`.
    """
    return held(store.folder / f".{experiment}.lock")


def merge_rows(stored: Sequence[_Row], new: Sequence[_Row]) -> list[_Row]:
    """The rows of an index after a command that wants `new` ones.

    They are in the order of seeds, and within a seed in that of games and conditions as they
    first appear, whichever command came first.
    """
    taken = {_role(row) for row in new}
    columns = {row["condition"]: _own(row) for row in new}
    kept = [
        row
        for row in stored
        if _role(row) not in taken and columns.get(row["condition"], _own(row)) == _own(row)
    ]
    games, conditions = (
        list(dict.fromkeys(row[name] for row in (*new, *kept))) for name in ("game", "condition")
    )
    return sorted(
        (*new, *kept),
        key=lambda row: (
            row["seed"],
            games.index(row["game"]),
            conditions.index(row["condition"]),
        ),
    )


def write_rows(path: Path, rows: Sequence[_Row], metadata: Mapping[str, Any]) -> None:
    """Writes an index; what some rows lack is missing there.

    Raises:
      UserError: the disk is full or the folder cannot be written; the old index is intact.
    """
    names = dict.fromkeys([*INDEX_SCHEMA.names, *(name for row in rows for name in row)])
    table = pa.table({name: [row.get(name) for row in rows] for name in names})
    own = [field for field in table.schema if field.name not in INDEX_SCHEMA.names]
    write_table(path, table.cast(pa.schema([*INDEX_SCHEMA, *own])), EXPERIMENT_KEY, metadata)


def _stored(path: Path, options: Mapping[str, str]) -> tuple[list[_Row], list[dict[str, Any]]]:
    """Rows and conditions of an index; none if there is none or other options were chosen."""
    if not path.exists():
        return [], []
    table, about = read_table(path, EXPERIMENT_KEY, INDEX_SCHEMA)
    if about.get("options", {}) != options:
        return [], []
    told = about.get("conditions", [])
    named = [each for each in told if isinstance(each, dict) and "name" in each]
    return table.to_pylist(), named


def _role(row: _Row) -> tuple[str, str, int]:
    return row["condition"], row["game"], row["seed"]


def _own(row: _Row) -> _Row:
    """The columns that the experiment adds."""
    return {name: value for name, value in row.items() if name not in INDEX_SCHEMA.names}


def _conditions(experiment: Experiment, runs: Sequence[Run]) -> list[dict[str, str]]:
    """Those of the runs, with the numbers of one run each."""
    specs = {run.condition: run.spec for run in reversed(runs)}
    return [described(c, specs[c]) for c in experiment.conditions if c in specs]


def _in_use(
    experiment: Experiment, told: Mapping[str, Any], rows: Sequence[_Row]
) -> list[dict[str, Any]]:
    """What is told of the conditions of the rows, in the order of legends."""
    used = {row["condition"] for row in rows}
    names = dict.fromkeys([*(c.name for c in experiment.conditions), *told])
    return [told[name] for name in names if name in told and name in used]


def _changes(experiment: Experiment, preset: Preset) -> list[list[str]]:
    """What a user has set, as rows `[field, ours, before]`, as the typical run has it."""
    if not preset.based_on:
        return []
    before = experiment.typical(PRESETS[preset.based_on])
    rows = []
    for change in preset.changes:
        was = value_at(before, change.path)
        rows.append([change.label, change.value, change.was if was is None else as_text(was)])
    return rows
