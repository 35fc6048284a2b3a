"""Dormancy on several kinds of inputs, as it was recorded."""

from pathlib import Path

from made_up_store import write_index, write_run
import numpy as np
import pytest

from figures import question_probe_inputs
from figures.claims.one_condition import level_above_threshold
from figures.curves.probes import SOURCES, active_instead, also_dormant, share_on
from figures.reading.data import Results


@pytest.fixture
def store(tmp_path: Path) -> Results:
    metrics = {f"dormant_fraction_tau_0.1_on_{s}": np.full(3, 0.4) for s in SOURCES}
    metrics |= {
        f"dormant_on_{one}_also_on_{other}_tau_0.1": np.array([0.5, 0.9, 0.9])
        for one in SOURCES
        for other in SOURCES
        if one != other
    }
    for seed in (0, 1):
        neurons = {"Dense_0": np.ones((3, 4))}
        write_run(tmp_path / "laptop", f"{seed:012x}", neurons, [0, 50, 100], metrics=metrics)
    runs = [(f"{seed:012x}", "Asterix", seed) for seed in (0, 1)]
    write_index(tmp_path / "laptop", "probe_inputs", runs)
    return Results(tmp_path, "laptop")


def test_recorded_fractions_are_percentages(store: Results):
    experiment = store.experiment("probe_inputs").select(seed=0)
    pair = {"tau": 0.1, "one": "replay", "other": "latest"}
    np.testing.assert_allclose(share_on(experiment, 0.1, "start").value, 40)
    np.testing.assert_allclose(also_dormant(experiment, **pair).value, [50, 90, 90])
    np.testing.assert_allclose(active_instead(experiment, **pair).value, [50, 10, 10])
    level = level_above_threshold(experiment, "also_dormant", threshold=85.0, **pair)
    assert level.estimated.value == pytest.approx(5)


def test_the_question_is_drawn_beside_chance(store: Results):
    picture = question_probe_inputs.render(store)
    assert len(picture.figure.axes) == 3
    assert "90 % on latest (40)" in picture.sentences[0]
    # At a threshold that logs do not report there is nothing to tell.
    assert "nothing known" in question_probe_inputs.render(store, tau=0.3).sentences[0]
