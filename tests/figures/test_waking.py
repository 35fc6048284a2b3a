"""Who wakes up, counted by hand, and laws of counting."""

from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
from made_up_store import Fill, write_index
import numpy as np

from figures import question_revival
from figures.claims.waking import hazard_falls
from figures.curves.waking import count_waking, hazard
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
