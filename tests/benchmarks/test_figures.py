"""The benchmark of the figure layer, at its smallest."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks import figures
from benchmarks.made_up_results import write_results
from experiments import regularization
from experiments.storing.schema import (
    METRICS,
    METRICS_SCHEMA,
    NEURONS,
    NEURONS_SCHEMA,
    RUN_KEY,
    Store,
)
from experiments.storing.store import read_table


@pytest.mark.slow
def test_every_number_of_every_size_is_in_the_table():
    table = pd.DataFrame(figures.measure(tiny=True))
    numbers = table.set_index(["contender", "case", "quantity"]).value
    for figure in ("fig1", "fig7"):
        for case in ("1 run", "4 runs"):
            assert list(numbers[figure, case].index) == list(figures.UNITS)
    assert len(numbers) == 2 * 2 * len(figures.UNITS)
    assert (numbers > 0).all()


def test_figure_1_has_the_papers_runs_first():
    runs = figures.runs_of(regularization.EXPERIMENT, 400)
    assert len({run.spec.run_id for run in runs}) == 400
    paper = runs[:340]
    assert {run.spec.seed for run in paper} == set(range(5))
    assert {run.spec.game for run in paper} == set(regularization.ALL_GAMES)


def test_made_up_tables_are_what_runs_write(tmp_path: Path):
    store = Store(tmp_path, "paper")
    (run,) = figures.runs_of(regularization.EXPERIMENT, 1)
    write_results(store, [run], logs=3)
    for name, schema in ((METRICS, METRICS_SCHEMA), (NEURONS, NEURONS_SCHEMA)):
        table, about = read_table(store.run_folder(run.spec) / name, RUN_KEY, schema)
        assert about["complete"] and about["spec"] == run.spec.to_dict()
    assert len(table) == 3 * 672
