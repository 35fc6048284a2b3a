"""Distances from the published curves, on curves whose shape is known."""

from pathlib import Path

from made_up_store import Fill
import numpy as np
import pandas as pd
import pytest

from figures.claims.resemblance import as_markdown, compare, shape, spans, write
from figures.reading import published
from figures.reading.data import Results

STEPS = np.arange(0, 101.0)
DIP = np.abs(STEPS - 30)


def test_spans_are_means_over_normalised_time():
    curve = np.array([10.0, 20, 30, 50]), np.array([1.0, 3, 5, 9])
    # Times 0, 0.25, 0.5 and 1.
    assert spans(curve, 2).tolist() == [2, 7]
    np.testing.assert_array_equal(spans(curve, 4), [1, 3, 5, 9])
    np.testing.assert_array_equal(spans(curve, 8), [1, np.nan, 3, np.nan, 5, np.nan, np.nan, 9])


def test_scale_and_length_do_not_matter_to_the_shape():
    # Logged at other points, a thousand times as long and as high.
    longer = np.linspace(0, 100_000, 641)
    theirs = longer, 1_000 * np.abs(longer / 1_000 - 30) + 7
    assert shape((STEPS, DIP), theirs) > 0.98
    assert shape((STEPS, -DIP), theirs) < -0.98


def test_a_flat_or_a_short_curve_has_no_shape():
    assert np.isnan(shape((STEPS, DIP), (STEPS, np.ones(101))))
    assert np.isnan(shape((STEPS[:3], DIP[:3]), (STEPS, DIP)))


def test_every_published_curve_of_an_experiment_is_compared(fill: Fill, tmp_path: Path):
    store = Results(fill(games=["DemonAttack", "Pong"], experiment="redo"), "laptop")
    experiment = store.experiment("redo")
    assert compare(experiment) == []  # the made-up index names no figures
    rows = compare(type(experiment)(**vars(experiment) | {"figures": ("fig9",)}))
    assert [(row.panel, row.quantity, row.condition) for row in rows] == [
        ("DemonAttack", quantity, condition)
        for quantity in ("dormant share [%]", "return")
        for condition in ("DQN", "DQN+ReDo")
    ]
    assert [row.tau for row in rows[:2]] == [0.025, 0.025]
    theirs = published.curve("fig9", "DemonAttack", "DQN+ReDo", "return")
    assert rows[3].published_end == pytest.approx(theirs.y[theirs.x > 38.04e6].mean())
    assert rows[3].published_ratio == pytest.approx(rows[3].published_end / rows[2].published_end)
    # Made-up returns rise as the published ones do.
    assert rows[3].shape > 0.8
    parquet, markdown = write(rows, tmp_path)
    assert len(pd.read_parquet(parquet)) == 4
    mean = np.mean([row.shape for row in rows])
    assert f"| Fig. 9 | {float(f'{mean:.3g}'):g} |" in markdown.read_text()


def test_nothing_to_compare_is_an_empty_table(tmp_path: Path):
    parquet, _ = write([], tmp_path)
    assert "shape" in pd.read_parquet(parquet).columns
    assert "| Figure | Panel |" in as_markdown([])
