"""Correlations over conditions by hand and as a law, and the picture of the question."""

import math

from hypothesis import given, strategies as st
from made_up_store import Fill, write_index, write_run
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from figures import question_capacity
from figures.claims.association import rank_correlation, rises_with
from figures.claims.estimate import UndecidableError
from figures.reading.data import ExperimentResults, Results

PAIRS = st.lists(
    st.tuples(st.integers(-50, 50).map(float), st.integers(-50, 50).map(float)),
    min_size=3,
    max_size=8,
)


def test_rank_correlations_by_hand():
    assert rank_correlation([(1, 10), (2, 20), (3, 1000)]) == pytest.approx(1)
    assert rank_correlation([(1, 3), (2, 1), (3, 2)]) == pytest.approx(-0.5)
    assert rank_correlation([(1, 1), (1, 2), (1, 3)]) == 0
    assert math.isnan(rank_correlation([(1, 1), (2, math.nan), (3, 3)]))


@given(PAIRS)
def test_only_the_order_counts(pairs):
    own = rank_correlation(pairs)
    assert -1 - 1e-9 <= own <= 1 + 1e-9
    stretched = [(x**3, 2 * y + 1) for x, y in pairs]
    assert rank_correlation(stretched) == pytest.approx(own)
    mirrored = [(x, -y) for x, y in pairs]
    assert rank_correlation(mirrored) == pytest.approx(-own)


def test_conditions_of_a_seed_are_correlated(fill: Fill):
    experiment = Results(fill(experiment="replay_ratio", games=["Pong"], seeds=2), "laptop")
    experiment = experiment.experiment("replay_ratio")
    share = {"measure": "dormant_share", "tau": 0.1}
    names = list(experiment.conditions)
    estimate = rises_with(experiment, share, share, names)
    assert set(estimate.values["Pong"]) == {0, 1}
    with pytest.raises(UndecidableError, match="three conditions"):
        rises_with(experiment, share, share, names[:2])


def test_the_first_value_of_one_is_correlated_with_the_last_quarter_of_the_other(tmp_path):
    names, runs = ["RR=0.25", "RR=0.5", "RR=1"], []
    for number, (first, late) in enumerate([(1.0, 5.0), (2.0, 4.0), (3.0, 6.0)]):
        runs.append((f"{number:012x}", "Pong", 0))
        # The last quarter is the last two logs; the very last has the order of `first` reversed.
        curves = {"rank": [first, *6 * [0], -first], "norm": [*6 * [0], 2 * late + first, -first]}
        metrics = {name: np.array(curve) for name, curve in curves.items()}
        steps = 100 * np.arange(1, 9)
        write_run(tmp_path / "laptop", runs[-1][0], {"a": np.ones((8, 2))}, steps, metrics=metrics)
    write_index(tmp_path / "laptop", "replay_ratio", runs, names)
    experiment = Results(tmp_path, "laptop").experiment("replay_ratio")
    start, late = ({"measure": "recorded_metric", "metric": name} for name in ("rank", "norm"))
    # 1, 2 and 3 against 5, 4 and 6.
    found = rises_with(experiment, start, late, names)
    assert found.values == {"Pong": {0: pytest.approx(0.5)}}


def test_a_seed_that_lacks_a_condition_is_left_out(fill: Fill):
    root = fill(experiment="replay_ratio", games=["Pong"], seeds=2)
    path = root / "laptop" / "replay_ratio.parquet"
    table = pq.read_table(path)
    index = table.to_pylist()
    share = {"measure": "dormant_share", "tau": 0.1}

    def without(*missing: tuple[str, int]) -> ExperimentResults:
        """The results where some conditions were not run with some seeds."""
        rows = [row for row in index if (row["condition"], row["seed"]) not in missing]
        pq.write_table(pa.Table.from_pylist(rows, table.schema), path)
        return Results(root, "laptop").experiment("replay_ratio")

    names = list(without().conditions)
    one_left = rises_with(without((names[0], 0)), share, share, names)
    assert set(one_left.values["Pong"]) == {1}
    with pytest.raises(UndecidableError, match="Pong has no seed that all conditions were run"):
        rises_with(without((names[0], 0), (names[1], 1)), share, share, names)


def test_the_question_is_drawn(fill: Fill):
    root = fill(experiment="capacity", games=["DemonAttack"], seeds=2)
    picture = question_capacity.render(Results(root, "laptop"))
    assert len(picture.figure.axes) == 3
    assert picture.sentences[-1].startswith("Dormant at the start of the fit: fresh")
