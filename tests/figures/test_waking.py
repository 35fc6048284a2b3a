"""Who wakes up, counted by hand, and laws of counting."""

from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
from made_up_store import Fill, write_index, write_run
import numpy as np
import pytest

from figures import question_revival
from figures.claims.estimate import UndecidableError
from figures.claims.waking import hazard_falls, share_of_awakenings
from figures.curves.waking import CAUSES, awakenings, count_causes, count_waking, hazard
from figures.reading.data import Results

HISTORIES = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12))


def test_sleeps_are_counted_by_hand():
    # Asleep for 2 logs and awake; asleep for 1, awake, asleep to the end; always asleep.
    history = np.array([[1, 1, 1], [1, 0, 1], [0, 1, 1], [0, 1, 1]], bool)
    chances, woken = count_waking(history)
    assert chances.tolist() == [4, 2, 1, 0]
    assert woken.tolist() == [1, 1, 0, 0]
    assert hazard(chances, woken, 1, 1) == 25
    assert hazard(chances, woken, 2, 4) == 100 / 3
    assert np.isnan(hazard(chances, woken, 4, 4))


@given(HISTORIES)
def test_every_chance_and_every_awakening_is_counted_once(history):
    chances, woken = count_waking(history)
    assert chances.sum() == history[:-1].sum()
    assert woken.sum() == (history[:-1] & ~history[1:]).sum()
    assert (woken <= chances).all()


@given(st.integers(2, 9), st.integers(1, 5))
def test_who_never_wakes_has_no_risk(logs, neurons):
    chances, woken = count_waking(np.ones((logs, neurons), bool))
    assert chances.tolist() == [neurons] * (logs - 1) + [0]
    assert not woken.any()


def test_the_question_is_drawn_and_judged(fill: Fill):
    root = fill(seeds=2)
    runs = [(f"{n:012x}", game, n // 2) for n, game in enumerate(["DemonAttack", "Asterix"] * 2)]
    write_index(root / "laptop", "revival", runs)
    picture = question_revival.render(Results(root, "laptop"))
    assert len(picture.figure.axes) == 2
    assert "after one log asleep" in picture.sentences[0]
    # These neurons keep their state with a chance that grows: late sleeps are longer.
    assert hazard_falls(picture.experiment).estimated.value > 0
    # These runs are older than crossed probes.
    assert "did not record what woke" in " ".join(picture.remarks)
    with pytest.raises(UndecidableError, match="no awakenings whose cause was recorded"):
        share_of_awakenings(picture.experiment, ["weights"])


def test_a_long_sleep_is_one_of_five_logs(tmp_path):
    # One neuron sleeps for one log, one for six and one to the end of the eight.
    asleep = np.arange(8)[:, None] < [1, 6, 8]
    write_run(tmp_path / "laptop", "0" * 12, {"a": 1.0 - asleep}, 100 * np.arange(8))
    write_index(tmp_path / "laptop", "revival", [("0" * 12, "Pong", 0)])
    found = hazard_falls(Results(tmp_path, "laptop").experiment("revival"))
    # After one log one of three wakes; after five to seven one of two and three.
    assert found.values == {"Pong": {0: pytest.approx(100 / 3 - 100 / 5)}}


MASKS = hnp.arrays(bool, st.tuples(st.just(4), st.integers(1, 5), st.integers(1, 6)))


def test_causes_are_told_apart_by_hand():
    before = np.array([1, 1, 1, 1, 1, 0, 0], bool)
    now = np.array([0, 0, 0, 0, 1, 0, 1], bool)
    on_old_inputs = np.array([0, 1, 0, 1, 0, 0, 0], bool)
    of_old_weights = np.array([1, 0, 0, 1, 0, 0, 0], bool)
    found = count_causes(before, now, on_old_inputs, of_old_weights)
    assert found == {"weights": 1, "inputs": 1, "either": 1, "together": 1}


@given(MASKS)
def test_every_awakening_has_one_cause_and_roles_can_be_swapped(masks):
    before, now, on_old_inputs, of_old_weights = masks
    found = count_causes(before, now, on_old_inputs, of_old_weights)
    assert sum(found.values()) == (before & ~now).sum()
    swapped = count_causes(before, now, of_old_weights, on_old_inputs)
    assert (swapped["weights"], swapped["inputs"]) == (found["inputs"], found["weights"])
    assert all(swapped[cause] == found[cause] for cause in ("either", "together"))


@given(MASKS)
def test_what_did_not_change_wakes_nobody(masks):
    before, now, _, _ = masks
    # With the same inputs, new weights on old inputs are what is seen now, and the reverse.
    found = count_causes(before, now, on_old_inputs=now, of_old_weights=before)
    assert found["weights"] == (before & ~now).sum()
    found = count_causes(before, now, on_old_inputs=before, of_old_weights=now)
    assert found["inputs"] == (before & ~now).sum()


def crossed_store(root, whole, on_old_inputs, of_old_weights):
    """Two equal seeds of one layer; (logs, neurons) each, the crossed ones from the second log."""
    missing = np.full((1, len(whole[0])), np.nan)
    further = {
        "activation_on_old_inputs": {"Dense_0": np.concatenate([missing, on_old_inputs])},
        "activation_of_old_weights": {"Dense_0": np.concatenate([missing, of_old_weights])},
    }
    runs = [(f"{seed:012x}", "Pong", seed) for seed in range(2)]
    for run_id, _, _ in runs:
        steps = 100 * np.arange(len(whole))
        neurons = {"Dense_0": np.array(whole, float)}
        write_run(root / "laptop", run_id, neurons, steps, further=further)
    write_index(root / "laptop", "revival", runs)
    return Results(root, "laptop")


def test_awakenings_are_read_from_what_was_recorded(tmp_path):
    # Six neurons: the last is always awake, the others sleep at first; log by log two wake by
    # weights, one by inputs, and two at the last log, by either, or by both together.
    store = crossed_store(
        tmp_path,
        whole=[[0, 0, 0, 0, 0, 1], [1, 1, 0, 0, 0, 1], [1, 1, 1, 0, 0, 1], [1, 1, 1, 1, 1, 1]],
        on_old_inputs=[[1, 1, 0, 0, 0, 1], [1, 1, 0, 0, 0, 1], [1, 1, 1, 1, 0, 1]],
        of_old_weights=[[0, 0, 0, 0, 0, 1], [1, 1, 1, 0, 0, 1], [1, 1, 1, 1, 0, 1]],
    )
    experiment = store.experiment("revival")
    by_hand = dict.fromkeys(CAUSES, 1) | {"weights": 2}
    assert awakenings(experiment.runs[0], 0.0) == by_hand
    assert awakenings(experiment.runs[0], 0.0, "Dense_0") == by_hand
    found = share_of_awakenings(experiment, ["weights", "either", "inputs"], ["together"], 20.0)
    assert found.values == {"Pong": {0: 40.0, 1: 40.0}}
    assert found.unit == "percent of the awakenings above 20"
    picture = question_revival.render(store)
    assert len(picture.figure.axes) == 2
    assert "40 % woken by new weights alone, 20 % by new inputs alone" in picture.sentences[0]
    assert "who wakes up, and why?" in picture.heading
    assert picture.figure.axes[0].get_xlabel() == "asleep [logs of 100 gradient steps]"


def test_a_title_asks_only_what_is_shown(fill: Fill):
    picture = question_revival.render(Results(fill(experiment="revival"), "laptop"))
    assert "who wakes up?" in picture.heading
    assert "These runs did not record what woke their neurons." in picture.remarks


def test_a_log_that_is_not_finite_shows_no_cause(tmp_path):
    store = crossed_store(
        tmp_path,
        whole=[[0, 1], [1, 1], [0, np.nan], [1, 1]],
        on_old_inputs=[[1, 1], [1, 1], [1, 1]],
        of_old_weights=[[1, 1], [1, 1], [1, 1]],
    )
    run = store.experiment("revival").runs[0]
    # The first awakening alone: what came before the last is not known.
    assert awakenings(run, 0.0) == {"weights": 0, "inputs": 0, "either": 1, "together": 0}
