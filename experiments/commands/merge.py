"""`python -m experiments merge`: takes over the results of another folder."""

from pathlib import Path
from typing import Annotated

import tyro

from agents.errors import UserError
from experiments.storing.files import ensure_writable
from experiments.storing.merging import merge_indexes, merge_runs
from experiments.storing.schema import RUNS, Store


def command(
    source: Annotated[Path, tyro.conf.Positional],
    target: Annotated[Path, tyro.conf.Positional],
) -> int:
    """Copy finished runs and indexes of one results folder into another.

    Nothing in either is overwritten: what differs is told and stays as it is.

    Args:
        source: results folder that runs are taken from.
        target: results folder that they are added to.
    """
    presets = sorted(path.parent.name for path in source.glob(f"*/{RUNS}"))
    if not presets:
        raise UserError(f"{source} is no results folder: no preset in it has runs.")
    if source.resolve() == target.resolve():
        raise UserError(f"{source} and {target} are one folder; name two.")
    for preset in presets:
        ours, theirs = Store(source, preset), Store(target, preset)
        ensure_writable(theirs.folder)
        before = _count(theirs)
        for sentence in (*merge_runs(ours, theirs), *merge_indexes(ours, theirs)):
            print(sentence)
        print(f"{preset}: {_count(theirs) - before} runs were added to {theirs.folder}.")
    return 0


def _count(store: Store) -> int:
    folder = store.folder_of("")
    return len(list(folder.iterdir())) if folder.is_dir() else 0
