"""Changes within a curve, by hand."""

import numpy as np
import pytest

from figures.claims.changes import fall, mean_jump

STEPS = np.arange(0, 90, 10)


def test_fall_compares_the_first_with_the_last_part():
    y = np.array([8.0, 6, 5, 5, 5, 5, 5, 1, 3])
    # The first quarter of 80 steps is before step 20, the last one after step 60.
    assert fall((STEPS, y), 0.25, 0.25) == pytest.approx(7 - 2)
    assert fall((STEPS, y[::-1].copy()), 0.25, 0.25) == pytest.approx(2 - 7)


def test_fall_leaves_gaps_out():
    y = np.array([8.0, np.nan, 5, 5, 5, 5, 5, 1, 3])
    assert fall((STEPS, y), 0.25, 0.25) == pytest.approx(8 - 2)
    assert np.isnan(fall((STEPS, np.where(STEPS < 20, np.nan, y)), 0.25, 0.25))


def test_jumps_are_from_the_log_at_an_event_to_the_next():
    # Events at 30 and 60: up by 4 and by 2. What happens elsewhere does not count.
    y = np.array([9.0, 0, 0, 1, 5, 5, 3, 5, 0])
    assert mean_jump((STEPS, y), 30) == pytest.approx(3)
    # One of two jumps is not known.
    assert mean_jump((STEPS, np.where(STEPS == 40, np.nan, y)), 30) == pytest.approx(2)


def test_no_jump_without_an_event_and_a_log_after_it():
    y = np.arange(9.0)
    # The start is no event, and nothing was logged after the end.
    assert np.isnan(mean_jump((STEPS, y), 80))
    assert mean_jump((STEPS, y), 40) == 1
    # No log was made at the events at 45.
    assert np.isnan(mean_jump((STEPS, y), 45))
