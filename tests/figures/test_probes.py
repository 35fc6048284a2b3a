"""Dormancy on several kinds of inputs, as it was recorded."""

from pathlib import Path

from made_up_store import write_index, write_run
import numpy as np
import pytest

from figures import question_probe_inputs
from figures.claims.one_condition import level_above_threshold, level_below_threshold
from figures.curves.probes import SOURCES, also_dormant, share_on, woken
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
    metrics["dormant_on_replay_also_on_other_game_tau_0.1"] = np.array([0.5, 0.7, 0.6])
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
    level = level_above_threshold(experiment, "also_dormant", threshold=85.0, **pair)
    assert level.estimated.value == pytest.approx(5)


def test_what_other_inputs_wake_is_counted_beyond_what_a_second_batch_does(store: Results):
    experiment = store.experiment("probe_inputs")
    alike = {"tau": 0.1, "one": "replay", "other": "latest"}
    np.testing.assert_allclose(woken(experiment, **alike).value, 0, atol=1e-6)
    other = alike | {"other": "other_game"}
    np.testing.assert_allclose(woken(experiment, **other).value, 2 * [0, 20, 30], atol=1e-5)
    above = level_above_threshold(experiment, "woken", threshold=10.0, **other)
    below = level_below_threshold(experiment, "woken", threshold=10.0, **other)
    assert above.estimated.value == pytest.approx(20)
    assert below.estimated.value == pytest.approx(-20)
    assert below.estimated.interval()[0] == pytest.approx(-above.estimated.interval()[1])


def test_the_question_is_drawn_beside_chance(store: Results):
    picture = question_probe_inputs.render(store)
    assert len(picture.figure.axes) == 3
    assert "90 % on latest (40)" in picture.sentences[0]
    # At a threshold that logs do not report there is nothing to tell.
    assert "nothing known" in question_probe_inputs.render(store, tau=0.3).sentences[0]
