"""The comparison with another SAC: how far apart two groups of returns are, and that it runs."""

import importlib.util
import math

import pytest
from scipy import stats

from agents.errors import UserError
from benchmarks import against_sac
from benchmarks.against_sac import DIFFERENCE, OURS, PEER, RETURN, SPEED, Measurement

CASE = "after 5 environment steps"


def returns(contender, values, quantity=RETURN):
    return [
        Measurement(CASE, contender, quantity, "", repeat, value)
        for repeat, value in enumerate(values)
    ]


def test_the_difference_by_hand():
    """Variances 1 and 4 of three each: a standard error of sqrt(5/3), and Welch's degrees."""
    measurements = returns(OURS, [1.0, 2.0, 3.0]) + returns(PEER, [2.0, 4.0, 6.0])
    found = against_sac.differences(measurements + returns(OURS, [99.0], SPEED))
    assert {(one.case, one.contender) for one in found} == {(CASE, DIFFERENCE)}
    ours, theirs, difference, low, high = (one.value for one in found)
    assert (ours, theirs, difference) == (2.0, 4.0, -2.0)
    degrees = (5 / 3) ** 2 / ((1 / 3) ** 2 / 2 + (4 / 3) ** 2 / 2)
    half = stats.t.ppf(0.975, degrees) * math.sqrt(5 / 3)
    assert (low, high) == pytest.approx((-2 - half, -2 + half))


def test_without_the_peer_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="make setup EXTRAS=peers"):
        against_sac.measure(tiny=True)


@pytest.mark.slow
def test_both_learn_by_turns():
    pytest.importorskip("stable_baselines3")
    found = against_sac.measure(tiny=True)
    for quantity in (RETURN, SPEED):
        taken = [(o.case, o.contender, o.repeat) for o in found if o.quantity == quantity]
        assert len(taken) == len(set(taken)) == 2 * 2 * 2
    assert {one.case for one in found} == {
        "after 100 environment steps",
        "after 200 environment steps",
    }
    assert all(one.value > 0 for one in found if one.quantity == SPEED)
