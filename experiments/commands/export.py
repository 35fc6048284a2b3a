"""`python -m experiments export`: results as other programs like them."""

from pathlib import Path
from typing import Annotated, Literal

import tyro

from agents.errors import UserError
from experiments.arguments import check_preset
from experiments.catalog import made_by
from experiments.storing.exporting import FORMATS
from experiments.storing.schema import Store
from experiments.wording import count_of, typed


def command(
    experiment: Annotated[str, tyro.conf.Positional],
    to: Annotated[Path, tyro.conf.Positional],
    format: Literal[tuple(FORMATS)] = "csv",
    preset: str = "laptop",
    results: Path = Path("local_results"),
) -> int:
    """Write the metrics of an experiment's runs, with all that tells the runs apart.

    Condition, game, seed and every hyper-parameter are columns.

    Args:
        experiment: whose runs, for instance overlap or fig5.
        to: the file to write, or the folder for tensorboard.
        format: csv (one row a number), parquet-wide (one row a log, one column a metric) or
            tensorboard (one folder a run; needs the extra of that name).
        preset: of which results.
        results: folder where all results are kept.
    """
    check_preset(results, preset)
    store = Store(results, preset)
    makers = made_by(experiment)
    if len(makers) > 1:
        raise UserError(f"{experiment} is made by {' and '.join(makers)}; name one of them.")
    (experiment,) = makers
    if not store.index(experiment).exists():
        raise UserError(
            f"{store.folder} has no results of the experiment {experiment!r} yet; "
            f"`python -m experiments status --preset {preset} --results {typed(results)}` tells "
            "what it has."
        )
    if to.exists():
        raise UserError(f"{to} exists already; move it away or choose another name.")
    count = FORMATS[format](store, experiment, to)
    print(f"{count_of(count, 'run')} {'was' if count == 1 else 'were'} written to {to}.")
    return 0
