"""Fewer bits of a neuron's values: how few, and what is not touched."""

from hypothesis import given, strategies as st
import numpy as np
import pyarrow as pa

from experiments.storing.compacting import SIGNIFICANT_BITS, compact, copy_compact, is_compact
from experiments.storing.recording import same_rows
from experiments.storing.schema import (
    METRICS,
    METRICS_SCHEMA,
    NEURONS,
    NEURONS_SCHEMA,
    OPTIONAL,
    RUN_KEY,
)
from experiments.storing.store import read_table, write_table
from experiments.storing.tables import digest
from tests.experiments.test_store import ABOUT

# Subnormal numbers and the largest ones among them.
EXTREMES = [0.0, -0.0, 1e-42, float(np.finfo(np.float32).max), -3.396e38]
floats = st.floats(width=32) | st.sampled_from(EXTREMES)


def table_of(values, gradients=None):
    count = len(values)
    columns = {
        "run_id": ["a"] * count,
        "gradient_step": [1] * count,
        "agent_step": [4] * count,
        "layer": ["Dense_0"] * count,
        "neuron": [number % 100 for number in range(count)],
        "mean_abs_activation": values,
    }
    found = pa.table(columns, NEURONS_SCHEMA)
    if gradients is None:
        return found
    return found.append_column(OPTIONAL.field(0), pa.array(gradients, pa.float32()))


@given(st.lists(floats, min_size=1, max_size=20))
def test_so_many_bits_are_left_and_nothing_becomes_or_ceases_to_be_silent(values):
    before = np.array(values, np.float32)
    once = compact(table_of(before))
    after = once.column("mean_abs_activation").to_numpy()
    assert once.schema == NEURONS_SCHEMA
    np.testing.assert_array_equal(np.isfinite(after), np.isfinite(before))
    np.testing.assert_array_equal(after == 0, before == 0)
    finite = np.isfinite(before)
    left, had = (values[finite].astype(np.float64) for values in (after, before))
    assert (np.abs(left - had) <= 2.0**-SIGNIFICANT_BITS * np.abs(had)).all()
    # A whole number of so many bits, times a power of two.
    mantissas = np.ldexp(np.frexp(after[finite])[0], SIGNIFICANT_BITS)
    np.testing.assert_array_equal(mantissas, np.round(mantissas))
    assert digest(compact(once), {}) == digest(once, {})


def test_what_is_missing_stays_missing():
    gradients = compact(table_of([1.0, 2.0], [None, 0.3])).column("mean_abs_gradient")
    assert gradients.null_count == 1
    assert abs(gradients[1].as_py() - 0.3) < 1e-3


def test_a_compact_copy_says_so_is_the_same_run_and_smaller(tmp_path):
    whole, small = tmp_path / "whole", tmp_path / "small"
    values = np.random.default_rng(0).normal(size=20_000)
    for folder in (whole, small):
        folder.mkdir()
    write_table(whole / NEURONS, table_of(values), RUN_KEY, ABOUT)
    write_table(whole / METRICS, METRICS_SCHEMA.empty_table(), RUN_KEY, ABOUT)
    copy_compact(whole, small)
    about, before = (
        read_table(folder / NEURONS, RUN_KEY, NEURONS_SCHEMA)[1] for folder in (small, whole)
    )
    assert is_compact(about) and not is_compact(before)
    assert about == before | {"significant_bits": SIGNIFICANT_BITS}
    assert same_rows(whole, small) and same_rows(small, whole)
    assert (small / NEURONS).stat().st_size < 0.55 * (whole / NEURONS).stat().st_size
    write_table(small / NEURONS, compact(table_of(1.01 * values)), RUN_KEY, about)
    assert not same_rows(whole, small)


def test_a_column_that_stays_behind_is_all_that_is_missing(tmp_path):
    whole, small = tmp_path / "whole", tmp_path / "small"
    for folder in (whole, small):
        folder.mkdir()
    write_table(whole / NEURONS, table_of([1.0, 2.0], [0.5, 0.25]), RUN_KEY, ABOUT)
    write_table(whole / METRICS, METRICS_SCHEMA.empty_table(), RUN_KEY, ABOUT)
    copy_compact(whole, small, ["mean_abs_gradient"])
    table, _ = read_table(small / NEURONS, RUN_KEY, NEURONS_SCHEMA)
    assert table.equals(table_of([1.0, 2.0]))
    assert same_rows(whole, small) and same_rows(small, whole)
    write_table(whole / NEURONS, table_of([1.0, 3.0], [0.5, 0.25]), RUN_KEY, ABOUT)
    assert not same_rows(whole, small)
