"""`python -m experiments status`: what a store holds, what is running, what is left to do."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from agents.errors import UserError
from experiments.arguments import check_preset
from experiments.plugins import load
from experiments.running.contents import (
    FINISHED,
    RUNNING,
    STOPPED,
    UNUSABLE,
    WAITING,
    Held,
    look_at,
)
from experiments.storing.schema import EXPERIMENT_KEY, INDEX_SCHEMA, Store
from experiments.storing.store import read_table
from experiments.wording import typed

_STATES = (FINISHED, RUNNING, STOPPED, WAITING, UNUSABLE)


def command(
    preset: str = "laptop",
    results: Path = Path("local_results"),
    plugin: tuple[str, ...] = (),
) -> int:
    """Tell how far the experiments of a store are.

    Args:
        preset: of which results are told.
        results: folder where all results are kept.
        plugin: modules of your own that made some of them.
    """
    load(plugin)
    check_preset(results, preset)
    store = Store(results, preset)
    indexes = sorted(store.folder.glob("*.parquet"))
    if not indexes and store.run_ids():
        raise UserError(
            f"{store.folder} has runs and no index that tells whose they are; `python -m "
            f"experiments index --preset {preset} --results {typed(results)}` writes indexes."
        )
    if not indexes:
        raise UserError(
            f"{store.folder} has no results yet; `python -m experiments all --preset {preset} "
            f"--results {typed(results)}` makes them."
        )
    held: dict[str, Held] = {}
    print(f"{'experiment':20}" + "".join(f"{state:>10}" for state in _STATES))
    for path in indexes:
        try:
            rows = read_table(path, EXPERIMENT_KEY, INDEX_SCHEMA)[0].to_pylist()
        except UserError as error:
            print(f"{path.stem:20} {error}")
            continue
        ids = [row["run_id"] for row in rows]
        held |= {run_id: look_at(store, run_id) for run_id in ids if run_id not in held}
        counts = Counter(held[run_id].state for run_id in ids)
        print(f"{path.stem:20}" + "".join(f"{counts[state]:>10}" for state in _STATES))
    for line in _details(held):
        print(line)
    return 0


def _details(held: dict[str, Held]) -> Iterator[str]:
    """One line for each run that is neither finished nor still to be begun."""
    for run_id, run in held.items():
        if run.state == UNUSABLE:
            yield f"{run_id} is unusable: {run.why}"
        elif run.state in (RUNNING, STOPPED):
            where = f"{run.spec.game} seed {run.spec.seed}, {run.share_done:.0%}"
            if run.state == STOPPED:
                why = run.why or "The same command goes on with it."
                yield f"{run_id} has stopped ({where}). {why}"
                continue
            left = run.seconds_left
            duration = "" if left is None else f", {left / 60:.0f} min left"
            host = run.status.host or "an unknown machine"
            yield f"{run_id} is running on {host}, process {run.status.pid} ({where}{duration})."
