"""`python -m experiments index`: writes the indexes of experiments anew, from the run folders."""

from collections.abc import Iterator, Sequence
import contextlib
from pathlib import Path

from agents.errors import UserError
from experiments.catalog import EXPERIMENTS, find_experiments
from experiments.experiment import Experiment, Run
from experiments.plugins import load
from experiments.presets.preset import Preset
from experiments.running.contents import look_at
from experiments.selection import check_conditions, check_options
from experiments.storing.index import write_index
from experiments.storing.presets import find_preset
from experiments.storing.schema import EXPERIMENT_KEY, Store
from experiments.storing.store import read_metadata
from experiments.wording import count_of, did_you_mean


def command(
    experiments: tuple[str, ...] = (),
    preset: str = "laptop",
    results: Path = Path("local_results"),
    games: tuple[str, ...] = (),
    seeds: tuple[int, ...] = (),
    conditions: tuple[str, ...] = (),
    options: tuple[str, ...] = (),
    plugin: tuple[str, ...] = (),
) -> int:
    """Add to every experiment's index the runs of it that have a folder.

    It mends indexes that were lost, or that came without some of their runs. An index that is
    damaged has to be moved away first. A run that experiments share is added to each of them,
    whatever games, seeds and conditions that experiment was trained for, unless they are named.

    Args:
        experiments: whose indexes are written, named as in training; by default all.
        preset: of which results the indexes are written.
        results: folder where all results are kept.
        games: of the runs that are added; by default all that there are.
        seeds: the same for seeds.
        conditions: the same for lines of the figure, for instance "DQN+ReDo".
        options: the choices that one experiment was trained with, for instance "inputs=student";
            by default those that its index there tells.
        plugin: modules of your own, with an experiment or what its runs need.
    """
    load(plugin)
    store, size = Store(results, preset), find_preset(preset, results)
    named = [one for word in experiments for one in find_experiments(word)]
    asked = named or list(EXPERIMENTS.values())
    check_options(asked, options)
    check_conditions(asked, conditions)
    held = [look_at(store, run_id) for run_id in store.run_ids()]
    if not held:
        raise UserError(f"{store.folder} has no runs to make indexes of; name another folder.")
    specs = [run.spec for run in held if run.spec is not None]
    ids = {run.run_id for run in held}
    all_games = tuple(dict.fromkeys(spec.game for spec in specs))
    for game in games:
        if game not in all_games:
            hint = did_you_mean(game, all_games)
            raise UserError(f"No run in {store.folder} is of the game {game!r}{hint}")
    games = games or all_games
    seeds = seeds or tuple(sorted({spec.seed for spec in specs}))
    written = 0
    for experiment in asked:
        choices = experiment.choose(options) if options else _options(store, experiment)
        runs = [
            run
            for run in _possible(experiment, size, games, seeds, choices)
            if run.spec.run_id in ids and (not conditions or run.condition.name in conditions)
        ]
        if runs:
            write_index(store, experiment, size, runs, choices)
            written += 1
            found = ", ".join(dict.fromkeys(run.spec.game for run in runs))
            count = len({run.spec.run_id for run in runs})
            print(f"{experiment.name}: {count_of(count, 'run')} of {found}")
    what = {0: "no index was", 1: "1 index was"}.get(written, f"{written} indexes were")
    are = "is" if len(held) == 1 else "are"
    print(f"{count_of(len(held), 'run')} {are} in {store.folder}; {what} written.")
    return 0


def _options(store: Store, experiment: Experiment) -> dict[str, str]:
    """Those that the index there was made with, or else the defaults."""
    path = store.index(experiment.name)
    if path.exists():
        told = read_metadata(path, EXPERIMENT_KEY).get("options", {})
        return experiment.choose([f"{name}={value}" for name, value in told.items()])
    return experiment.choose([])


def _possible(
    experiment: Experiment,
    preset: Preset,
    games: Sequence[str],
    seeds: Sequence[int],
    options: dict[str, str],
) -> Iterator[Run]:
    """All runs that the experiment could consist of; it may not know some of the games."""
    for game in games:
        with contextlib.suppress(UserError):
            yield from experiment.runs(preset, (game,), seeds, **options)
