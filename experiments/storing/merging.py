"""Taking over the results of another store, without losing any of one's own."""

from collections.abc import Collection, Iterator
import os
from pathlib import Path
import shutil

from agents.errors import UserError
from agents.files import sync_folder
from agents.run_folder import CHECKPOINT, TRANSITIONS
from experiments.storing import tables
from experiments.storing.compacting import copy_compact
from experiments.storing.files import explain
from experiments.storing.index import held_index, merge_rows, write_rows
from experiments.storing.recording import same_rows
from experiments.storing.schema import EXPERIMENT_KEY, INDEX_SCHEMA, RUN_KEY, RUN_TABLES, Store
from experiments.storing.store import SPEC, explain_unreadable, read_table
from experiments.wording import count_of

# Of a run's folder; what only tells of the process that trained it stays behind.
_TAKEN = (SPEC, *RUN_TABLES, CHECKPOINT, TRANSITIONS)
_COMING = ".coming-"


def runs_of(source: Store, experiments: Collection[str]) -> set[str]:
    """The ids of the runs that these experiments consist of, as far as there are indexes.

    Raises:
      UserError: an index is damaged or foreign.
    """
    paths = filter(Path.exists, map(source.index, experiments))
    indexes = [read_table(path, EXPERIMENT_KEY, INDEX_SCHEMA)[0] for path in paths]
    return {run_id for index in indexes for run_id in index.column("run_id").to_pylist()}


def merge_runs(
    source: Store,
    target: Store,
    wanted: Collection[str] | None = None,
    steps: int | None = None,
    left_out: Collection[str] = (),
) -> Iterator[str | UserError]:
    """Copies every finished run that the target has not finished.

    Args:
      source: where they are.
      target: where they are to be as well.
      wanted: ids of runs; None for all.
      steps: how many an octave of scores shall have in compact tables, which are then all that
        is copied, see `experiments.storing.compacting`; None: whole folders.
      left_out: optional columns that compact tables shall not have.

    Yields:
      A sentence about each run that was not simply taken over or there already; the error, if
      that is because it cannot be read.

    Raises:
      UserError: the disk is full or the target cannot be written; what is there is intact.
    """
    for run_id in source.run_ids():
        if wanted is not None and run_id not in wanted:
            continue
        ours, there = source.folder_of(run_id), target.folder_of(run_id)
        try:
            finished, known = _is_finished(ours), there.exists()
            if not finished:
                yield f"{ours} is not finished; it stays where it is."
            elif known and not _is_finished(there):
                yield f"{there} is begun there and finished in {ours}; move the former away first."
            elif known and not same_rows(ours, there):
                yield f"{ours} and {there} are one run with different numbers; the latter stays."
        except UserError as error:
            yield error
            continue
        # What goes wrong with the target's disk would go wrong with the next run as well.
        if finished and not known:
            _copy(ours, there, steps, left_out)


def merge_indexes(
    source: Store, target: Store, experiments: Collection[str] = ()
) -> Iterator[str | UserError]:
    """Adds the rows of every index of the source to those of the target, which win.

    Args:
      source: where they are.
      target: where they are to be as well.
      experiments: whose; all by default.

    Yields:
      A sentence about each index that could not be; the error, if it cannot be read.

    Raises:
      UserError: the disk is full or the target cannot be written; what is there is intact.
    """
    for path in sorted(source.folder.glob("*.parquet")):
        if experiments and path.stem not in experiments:
            continue
        there = target.index(path.stem)
        with held_index(target, path.stem):
            try:
                coming, about = read_table(path, EXPERIMENT_KEY, INDEX_SCHEMA)
                rows, told = [], about
                if there.exists():
                    stored, told = read_table(there, EXPERIMENT_KEY, INDEX_SCHEMA)
                    rows = stored.to_pylist()
            except UserError as error:
                yield error
                continue
            if told.get("options") != about.get("options"):
                yield f"{path} and {there} were made with other options; the latter stays."
                continue
            known = {each["name"] for each in told.get("conditions", [])}
            more = [each for each in about.get("conditions", []) if each["name"] not in known]
            told = told | {"conditions": [*told.get("conditions", []), *more]}
            merged = merge_rows(coming.to_pylist(), rows)
            write_rows(there, merged, told)
            left = len(set(coming.column("run_id").to_pylist()) - {row["run_id"] for row in merged})
            if left:
                yield (
                    f"{there} has no place for {count_of(left, 'run')} of {path}: for the same "
                    "condition, game and seed it lists another run, or it has other columns."
                )


def _is_finished(folder: Path) -> bool:
    """Whether both tables are whole and final."""
    try:
        return all(
            tables.read_table(folder / name, RUN_KEY, schema)[1]["complete"]
            for name, schema in RUN_TABLES.items()
        )
    except tables.UnreadableError as error:
        if error.reason == "missing":
            return False
        raise explain_unreadable(error) from error


def _copy(source: Path, target: Path, steps: int | None, left_out: Collection[str]) -> None:
    """Copies a run's folder, which appears when it is whole."""
    coming = target.with_name(_COMING + target.name)
    try:
        shutil.rmtree(coming, ignore_errors=True)
        coming.mkdir(parents=True)
        if steps is not None:
            copy_compact(source, coming, left_out, steps)
        for name in _TAKEN if steps is None else (SPEC,):
            if (source / name).exists():
                _copy_all(source / name, coming / name)
        os.replace(coming, target)
        sync_folder(target.parent)
    except OSError as error:
        raise explain(error, target) from error
    finally:
        shutil.rmtree(coming, ignore_errors=True)


def _copy_all(source: Path, target: Path) -> None:
    """Copies a file or a folder; stops at the first error, unlike `shutil.copytree`."""
    if not source.is_dir():
        shutil.copy2(source, target)
        return
    target.mkdir()
    for path in source.iterdir():
        _copy_all(path, target / path.name)
