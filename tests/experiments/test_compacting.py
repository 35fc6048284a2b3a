"""Fewer digits of a neuron's values: how few, and what is not touched."""

from hypothesis import given, strategies as st
import numpy as np
import pyarrow as pa

from dormancy import neuron_scores
from experiments.storing.compacting import (
    DIGITS,
    STEPS_PER_OCTAVE,
    compact,
    copy_compact,
    digits_of,
    ordered,
    shortened,
    steps_of,
)
from experiments.storing.recording import same_rows
from experiments.storing.schema import (
    FORMAT,
    METRICS,
    METRICS_SCHEMA,
    NEURONS,
    NEURONS_SCHEMA,
    OPTIONAL,
    RUN_KEY,
    SCORE_BORDER,
)
from experiments.storing.store import read_table, write_table
from experiments.storing.tables import digest
from tests.experiments.test_store import ABOUT

# Subnormal numbers and the largest ones among them.
EXTREMES = [0.0, -0.0, 1e-42, float(np.finfo(np.float32).max), -3.396e38]
floats = st.floats(width=32) | st.sampled_from(EXTREMES)
steps = st.sampled_from([1, 2, 3, STEPS_PER_OCTAVE])
# Of one layer: silent neurons, faint ones and loud ones.
logs = st.lists(st.just(0.0) | st.floats(2.0**-20, 2.0**20, width=32), min_size=1, max_size=20)


def table_of(values, gradients=None):
    count = len(values)
    columns = {
        "run_id": ["a"] * count,
        "gradient_step": [number // 100 for number in range(count)],
        "agent_step": [4] * count,
        "layer": ["Dense_0"] * count,
        "neuron": [number % 100 for number in range(count)],
        "mean_abs_activation": values,
    }
    found = pa.table(columns, NEURONS_SCHEMA)
    if gradients is None:
        return found
    return found.append_column(OPTIONAL.field(0), pa.array(gradients, pa.float32()))


@given(logs, steps)
def test_every_neuron_stays_dormant_or_awake_at_the_thresholds_of_the_paper(values, steps):
    before = np.array(values, np.float32)
    after = compact(table_of(before), steps).column("mean_abs_activation").to_numpy()
    np.testing.assert_array_equal(after == 0, before == 0)
    was, score = (neuron_scores(values.astype(np.float64)) for values in (before, after))
    for tau in (0.0, 0.0125, 0.025, 0.05, 0.1, 0.2):
        told = np.abs(was - tau) > 1e-6 * tau
        np.testing.assert_array_equal((score <= tau)[told], (was <= tau)[told])
    assert (np.abs(np.log2(score[was > 0] / was[was > 0])) <= 1 / steps).all()
    # The unit is a power of two, the rest half a step.
    octaves = 0.5 + 0.5 / steps + 0.01
    assert 2**-octaves * before.mean() <= after.mean() <= 2**octaves * before.mean()


@given(logs, steps)
def test_rounding_twice_is_rounding_once_and_leaves_few_values(values, steps):
    once = compact(table_of(values), steps)
    assert once.schema == NEURONS_SCHEMA
    assert digest(compact(once, steps), {}) == digest(once, {})
    after = once.column("mean_abs_activation").to_numpy().astype(np.float64)
    found = steps * np.log2(after[after > 0] / SCORE_BORDER) - 0.5
    np.testing.assert_allclose(found, np.round(found), atol=1e-4)


@given(logs, st.sampled_from([(8, 2), (8, 1), (6, 3), (6, 2)]))
def test_finer_steps_lead_to_the_same_coarser_ones(values, steps):
    finer, coarser = steps
    by_way = compact(compact(table_of(values), finer), coarser)
    assert digest(by_way, {}) == digest(compact(table_of(values), coarser), {})


def test_the_order_of_rows_does_not_matter():
    table = table_of(np.random.default_rng(0).gamma(0.3, size=250))
    backwards = table.take(np.arange(250)[::-1])
    assert digest(compact(backwards), {}) == digest(compact(table), {})


@given(st.lists(floats, min_size=1, max_size=20))
def test_nothing_becomes_or_ceases_to_be_a_number_or_silent(values):
    before = np.array(values, np.float32)
    after = compact(table_of(before)).column("mean_abs_activation").to_numpy()
    np.testing.assert_array_equal(np.isnan(after), np.isnan(before))
    np.testing.assert_array_equal(np.isfinite(after), np.isfinite(before))
    np.testing.assert_array_equal(after == 0, before == 0)


def test_each_log_and_layer_has_a_mean_of_its_own():
    rng = np.random.default_rng(0)
    parts = [table_of(rng.gamma(0.3, size=50) * scale) for scale in (1e-3, 1.0, 1e5)]
    parts[1] = parts[1].set_column(1, "gradient_step", pa.array([2] * 50, pa.int64()))
    parts[2] = parts[2].set_column(3, "layer", pa.array(["Dense_1"] * 50))
    together = compact(pa.concat_tables(parts))
    apart = ordered(pa.concat_tables(map(compact, parts)))
    assert digest(together, {}) == digest(apart, {})


def test_what_is_missing_stays_missing():
    gradients = compact(table_of([1.0, 2.0], [None, 0.3])).column("mean_abs_gradient")
    assert gradients.null_count == 1
    # Of a layer in which one neuron is known, that one is the mean.
    assert gradients[1].as_py() == compact(table_of([0.3])).column("mean_abs_activation")[0].as_py()


def test_a_compact_copy_says_so_is_the_same_run_and_smaller(tmp_path):
    whole, small = tmp_path / "whole", tmp_path / "small"
    values = np.random.default_rng(0).gamma(0.3, size=20_000).astype(np.float32)
    for folder in (whole, small):
        folder.mkdir()
    told = ABOUT | {"spec": {"seed": 0}, "device": "cpu"}
    write_table(whole / NEURONS, table_of(values), RUN_KEY, told)
    write_table(whole / METRICS, METRICS_SCHEMA.empty_table(), RUN_KEY, told)
    copy_compact(whole, small)
    # Said once, in the table beside it.
    about = read_table(small / METRICS, RUN_KEY, METRICS_SCHEMA)[1]
    assert about == {"format": FORMAT, "value_binary_digits": DIGITS} | told
    about, before = (
        read_table(folder / NEURONS, RUN_KEY, NEURONS_SCHEMA)[1] for folder in (small, whole)
    )
    assert steps_of(about) == STEPS_PER_OCTAVE and steps_of(before) is None
    assert before == {"format": FORMAT} | told
    assert about == {"format": FORMAT, "score_steps_per_octave": STEPS_PER_OCTAVE} | ABOUT
    assert same_rows(whole, small) and same_rows(small, whole)
    assert (small / NEURONS).stat().st_size < 0.55 * (whole / NEURONS).stat().st_size
    smaller, again = tmp_path / "smaller", tmp_path / "again"
    for source, target, steps in ((whole, smaller, 2), (smaller, again, 8)):
        target.mkdir()
        copy_compact(source, target, steps=steps)
        assert steps_of(read_table(target / NEURONS, RUN_KEY, NEURONS_SCHEMA)[1]) == 2
        for other in (whole, small):
            assert same_rows(other, target) and same_rows(target, other)
    assert (smaller / NEURONS).stat().st_size < 0.8 * (small / NEURONS).stat().st_size
    write_table(small / NEURONS, compact(table_of(values + 0.01)), RUN_KEY, about)
    assert not same_rows(whole, small)


@given(st.lists(st.floats(), min_size=1, max_size=20))
def test_metrics_keep_four_digits_and_small_counts(values):
    rows = [
        {"run_id": "a", "gradient_step": step, "agent_step": step, "metric": "m", "layer": ""}
        | {"value": value}
        for step, value in enumerate([*values, 16_384.0, -16_383.0, 3.0])
    ]
    once = shortened(pa.Table.from_pylist(rows, METRICS_SCHEMA))
    before = np.array([row["value"] for row in rows])
    after = once.column("value").to_numpy()
    np.testing.assert_array_equal(np.isfinite(after), np.isfinite(before))
    # Of subnormal numbers, which nothing measures, whole digits are missing.
    np.testing.assert_allclose(after, before, rtol=2.0**-DIGITS, atol=1e-320)
    np.testing.assert_array_equal(after[-3:], before[-3:])
    assert digest(shortened(once), {}) == digest(once, {})
    assert digest(shortened(once, DIGITS + 9), {}) == digest(once, {})


def test_metrics_are_rounded_and_take_less_room(tmp_path):
    whole, small = tmp_path / "whole", tmp_path / "small"
    for folder in (whole, small):
        folder.mkdir()
    names, rng = ["q_mean", "return", "srank", "td_loss"], np.random.default_rng(0)
    rows = [
        {"run_id": "a", "gradient_step": 500 * log, "agent_step": 1000 * log, "metric": name}
        | {"layer": "", "value": rng.normal() if place % 2 else float(log // 10)}
        for log in range(500)
        for place, name in enumerate(names)
    ]
    table = pa.Table.from_pylist(rows, METRICS_SCHEMA)
    write_table(whole / METRICS, table, RUN_KEY, ABOUT)
    write_table(whole / NEURONS, NEURONS_SCHEMA.empty_table(), RUN_KEY, ABOUT)
    copy_compact(whole, small)
    found, about = read_table(small / METRICS, RUN_KEY, METRICS_SCHEMA)
    assert found.equals(shortened(table)) and not found.equals(ordered(table))
    assert about == {"format": FORMAT, "value_binary_digits": DIGITS} | ABOUT
    assert digits_of(about) == DIGITS and digits_of(ABOUT) is None
    assert same_rows(whole, small) and same_rows(small, whole)
    assert (small / METRICS).stat().st_size < 0.5 * (whole / METRICS).stat().st_size
    rows[1]["value"] *= 1 + 1e-9
    write_table(whole / METRICS, pa.Table.from_pylist(rows, METRICS_SCHEMA), RUN_KEY, ABOUT)
    assert same_rows(whole, small)
    rows[1]["value"] *= 1 + 1e-3
    write_table(whole / METRICS, pa.Table.from_pylist(rows, METRICS_SCHEMA), RUN_KEY, ABOUT)
    assert not same_rows(whole, small) and not same_rows(small, whole)


def test_a_column_that_stays_behind_is_all_that_is_missing(tmp_path):
    whole, small = tmp_path / "whole", tmp_path / "small"
    for folder in (whole, small):
        folder.mkdir()
    write_table(whole / NEURONS, table_of([1.0, 2.0], [0.5, 0.25]), RUN_KEY, ABOUT)
    write_table(whole / METRICS, METRICS_SCHEMA.empty_table(), RUN_KEY, ABOUT)
    copy_compact(whole, small, ["mean_abs_gradient"])
    table, _ = read_table(small / NEURONS, RUN_KEY, NEURONS_SCHEMA)
    assert table.equals(compact(table_of([1.0, 2.0])))
    assert same_rows(whole, small) and same_rows(small, whole)
    write_table(whole / NEURONS, table_of([1.0, 4.0], [0.5, 0.25]), RUN_KEY, ABOUT)
    assert not same_rows(whole, small)
