"""Distances from the published curves, on curves whose shape is known."""

import dataclasses
from pathlib import Path

from made_up_store import Fill, write_index, write_run
import numpy as np
import pandas as pd
import pytest

from figures.claims.resemblance import Resemblance, as_markdown, compare, shape, spans, write
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
    # Seven points in the same order are no evidence yet, eight are.
    assert np.isnan(shape((STEPS[:7], STEPS[:7]), (STEPS, STEPS)))
    assert shape((STEPS[:8], STEPS[:8]), (STEPS, STEPS)) == pytest.approx(1)


def test_few_points_are_told_and_not_averaged():
    row = Resemblance(
        figure="fig1",
        panel="17 games",
        condition="DQN",
        quantity="IQM score",
        tau=np.nan,
        points=4,
        shape=np.nan,
        end=0.0,
        published_end=0.3,
        ratio=np.nan,
        published_ratio=np.nan,
        preset="laptop",
    )
    long = dataclasses.replace(row, points=20, shape=0.5)
    text = as_markdown([row, long, dataclasses.replace(row, figure="fig13")])
    assert "| Fig. 1 | 0.5 | 1 of 2 |" in text
    assert "| Fig. 13 | - | 0 of 1 |" in text
    assert "| Fig. 1 | 17 games | IQM score | DQN | 4 | - |" in text


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
    assert rows[3].ratio == pytest.approx(rows[3].end / rows[2].end)
    # Made-up returns rise as the published ones do.
    assert rows[3].shape > 0.8
    parquet, markdown = write(rows, tmp_path)
    assert len(pd.read_parquet(parquet)) == 4
    mean = np.mean([row.shape for row in rows])
    assert f"| Fig. 9 | {float(f'{mean:.3g}'):g} | 4 of 4 |" in markdown.read_text()


def test_a_longer_run_is_compared_as_far_as_the_shortest_goes(tmp_path: Path):
    runs = [(f"{number:012x}", "DemonAttack", 0) for number in range(2)]
    for (run_id, *_), logs in zip(runs, (80, 40), strict=True):
        # What comes after 40 logs is another world.
        returns = {"eval_return_mean": np.where(np.arange(logs) < 40, 900.0, 0.0)}
        neurons, steps = {"Dense_0": np.ones((logs, 4))}, 100 * np.arange(1, logs + 1)
        write_run(tmp_path / "laptop", run_id, neurons, steps, metrics=returns)
    write_index(tmp_path / "laptop", "redo", runs, ["DQN", "DQN+ReDo"], figures=["fig9"])
    rows = compare(Results(tmp_path, "laptop").experiment("redo"))
    assert [row.end for row in rows if row.quantity == "return"] == [900, 900]


def compared(fill: Fill, experiment: str, figure: str, **about) -> list[Resemblance]:
    store = Results(fill(games=["DemonAttack"], experiment=experiment, **about), "laptop")
    return compare(dataclasses.replace(store.experiment(experiment), figures=(figure,)))


@pytest.mark.parametrize(("experiment", "figure"), [("redo", "fig9"), ("regularization", "fig1")])
def test_returns_and_scores_at_random_play_have_no_ratio(fill: Fill, experiment: str, figure: str):
    played = compared(fill, experiment, figure)
    assert all(np.isfinite(row.ratio) for row in played[1:] if row.condition != "DQN")
    # 150 points, where random play has 152.
    random = compared(fill, experiment, figure, returns=0.0)
    shares = [row for row in random if "share" in row.quantity and row.condition != "DQN"]
    assert all(np.isfinite(row.ratio) for row in shares)
    others = [row for row in random if "share" not in row.quantity and row.condition != "DQN"]
    assert others and all(np.isnan(row.ratio) for row in others)
    assert all(row.published_ratio > 0 for row in others)
    # A little more than random play is no reference either: a score of 0.01.
    little = compared(fill, experiment, figure, returns=20 / 1500)
    assert all(np.isnan(row.ratio) for row in little if row.quantity in ("return", "IQM score"))


def test_nothing_to_compare_is_an_empty_table(tmp_path: Path):
    parquet, _ = write([], tmp_path)
    assert "shape" in pd.read_parquet(parquet).columns
    assert "| Figure | Panel |" in as_markdown([])
