"""`python -m experiments merge`: takes over the results of another folder."""

from pathlib import Path
import sys
from typing import Annotated

import tyro

from agents.errors import UserError
from experiments.catalog import made_by
from experiments.output import FAILED
from experiments.storing.compacting import STEPS_PER_OCTAVE
from experiments.storing.files import ensure_writable
from experiments.storing.locks import held
from experiments.storing.merging import merge_indexes, merge_runs, runs_of
from experiments.storing.presets import take_over
from experiments.storing.schema import OPTIONAL, RUNS, Store

# Held while runs are taken over, so that two commands do not meet on the way.
_LOCK = ".merge.lock"


def command(
    source: Annotated[Path, tyro.conf.Positional],
    target: Annotated[Path, tyro.conf.Positional],
    experiments: tuple[str, ...] = (),
    compact: bool = False,
    leave_out: tuple[str, ...] = (),
    steps_per_octave: int = STEPS_PER_OCTAVE,
) -> int:
    """Copy finished runs and indexes of one results folder into another.

    Nothing in either is overwritten: what differs is told and stays as it is. What cannot be read,
    and a preset whose name belongs to another one there, is told and passed over, and the exit
    status is 1.

    Args:
        source: results folder that runs are taken from.
        target: results folder that they are added to.
        experiments: those that are taken, for instance overlap or fig5; by default all.
        compact: take the tables only, with metrics rounded to four digits and the scores of neurons
            to a few steps, in half the room: for results that are published.
        leave_out: optional columns of neurons that compact tables shall not have, for instance
            mean_abs_gradient, about which few claims ask.
        steps_per_octave: how finely compact tables tell scores. Whatever it is, the thresholds
            0.025, 0.05 and 0.1 lie between two steps; 2 saves a seventh to a third of what 8 takes,
            and 1 a fifth of what 2 does.
    """
    if not compact and (leave_out or steps_per_octave != STEPS_PER_OCTAVE):
        raise UserError(
            "--leave-out and --steps-per-octave are about compact tables; add --compact."
        )
    if steps_per_octave < 1:
        raise UserError(f"An octave has at least 1 step, not {steps_per_octave}.")
    for column in leave_out:
        if column not in OPTIONAL.names:
            raise UserError(
                f"{column!r} cannot be left out; what can: {', '.join(OPTIONAL.names)}."
            )
    # Not `glob`, which passes over in silence what it may not enter.
    folders = source.iterdir() if source.is_dir() else ()
    presets = sorted(folder.name for folder in folders if (folder / RUNS).is_dir())
    if not presets:
        raise UserError(f"{source} is no results folder: no preset in it has runs.")
    if source.resolve() == target.resolve():
        raise UserError(f"{source} and {target} are one folder; name two.")
    experiments = tuple(one for word in experiments for one in made_by(word))
    for name in experiments:
        if not any(Store(source, preset).index(name).exists() for preset in presets):
            raise UserError(f"{source} has no results of the experiment {name!r}.")
    left = 0
    for preset in presets:
        ours, theirs = Store(source, preset), Store(target, preset)
        ensure_writable(theirs.folder)
        with held(theirs.folder / _LOCK):
            try:
                take_over(ours, theirs)
            except UserError as error:
                print(error)
                left += 1
                continue
            before = len(theirs.run_ids())
            wanted = runs_of(ours, experiments) if experiments else None
            for told in (
                *merge_runs(ours, theirs, wanted, steps_per_octave if compact else None, leave_out),
                *merge_indexes(ours, theirs, experiments),
            ):
                print(told)
                left += isinstance(told, UserError)
            added = len(theirs.run_ids()) - before
        what = "1 run was" if added == 1 else f"{added} runs were"
        print(f"{preset}: {what} added to {theirs.folder}.")
    if left:
        what = "1 run, index or preset" if left == 1 else f"{left} runs, indexes and presets"
        print(f"{what} could not be taken over and stayed behind; see above.", file=sys.stderr)
    return FAILED if left else 0
