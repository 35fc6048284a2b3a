"""The sign test over games, against the binomial distribution written out, and its laws."""

import dataclasses
import math

from hypothesis import given, strategies as st
from made_up_store import Fill
import numpy as np
import pytest

from figures import question_generality
from figures.claims.over_games import in_most_games
from figures.claims.table import as_text
from figures.claims.verdict import AROUND, evaluate
from figures.errors import FigureError
from figures.reading.data import Results
from figures.statistics.signs import sign_test

NUMBERS = st.lists(st.floats(-5, 5, allow_subnormal=False), min_size=1, max_size=30)


def test_a_sign_test_by_hand():
    found = sign_test([1.0] * 9 + [-100.0, 0.0])
    assert (found.positive, found.count, found.value) == (9, 10, 40.0)
    # P(9 or 10 of 10 heads) twice: 2 * (10 + 1) / 1024.
    assert found.p_value() == pytest.approx(22 / 1024)
    # Clopper and Pearson: at the lower bound 9 or more of 10 have a probability of 2.5 %.
    low = (found.interval().low + 50) / 100
    assert 10 * low**9 * (1 - low) + low**10 == pytest.approx(0.025)


def test_nothing_but_zeros_says_nothing():
    found = sign_test([0.0, 0.0])
    assert found.p_value() == 1.0
    assert math.isnan(found.interval().low)


@given(NUMBERS)
def test_interval_and_p_value_agree(numbers):
    found = sign_test(numbers)
    _, low, high = found.interval()
    assert (low > 0 or high < 0) == (found.p_value() < 0.05)


@given(NUMBERS, st.floats(0.01, 100))
def test_only_signs_count(numbers, factor):
    found, scaled = sign_test(numbers), sign_test([factor * number for number in numbers])
    assert (found.positive, found.count) == (scaled.positive, scaled.count)
    mirrored = sign_test([-number for number in numbers])
    assert mirrored.value == pytest.approx(-found.value)
    assert mirrored.p_value() == pytest.approx(found.p_value())


GAMES = ["DemonAttack", "Asterix", "Pong", "Breakout", "Qbert", "Seaquest", "Enduro"]


@pytest.mark.parametrize("seeds", [1, 2])
def test_every_game_counts_once(fill: Fill, seeds: int):
    root = fill(experiment="generality", games=GAMES, seeds=seeds)
    experiment = Results(root, "laptop").experiment("generality")
    arguments = {"measure": "dormant_share", "tau": 0.0, "higher": "DQN", "lower": "DQN+ReDo"}
    estimate = in_most_games(experiment, "difference_of_conditions", **arguments)
    assert list(estimate.values) == GAMES
    assert estimate.estimated.value == 50.0
    assert estimate.unit == "percentage points of 7 games above half"
    claim = {
        "name": "x",
        "figure": "question_generality",
        "statement": "In most games.",
        "estimator": "in_most_games",
        "arguments": {"of": "difference_of_conditions", **arguments},
    }
    verdict = evaluate(claim, experiment)
    assert (verdict.verdict, verdict.p_value) == ("reproduced", pytest.approx(2 / 2**7))
    assert verdict.seeds == seeds
    undecided = dataclasses.replace(verdict, reason=AROUND)
    assert "to decide an effect like this one: more games\n" in as_text([undecided]) + "\n"
    with pytest.raises(FigureError, match="no estimator 'guess'"):
        in_most_games(experiment, "guess")


def test_medians_are_told_of_all_games():
    """Not of those alone that are counted, whose median is 7."""
    told = question_generality._of_all(np.array([9.0, -4.0, np.nan, 5.0]))
    assert told == "2 of 3 games, by 5 points in the median of all"
    assert question_generality._of_all(np.array([np.nan])) == "0 of 0 games"


def test_the_question_is_drawn_with_every_game(fill: Fill):
    root = fill(experiment="generality", games=GAMES, seeds=2)
    picture = question_generality.render(Results(root, "laptop"), tau=0.0)
    names = [label.get_text() for label in picture.figure.axes[0].get_yticklabels()]
    assert sorted(names) == sorted(GAMES)
    assert "it is lower than without in 7 of 7 games, by " in picture.sentences[0]
    assert "DemonAttack" in picture.sentences[1]
    assert np.isfinite(picture.figure.get_size_inches()).all()
