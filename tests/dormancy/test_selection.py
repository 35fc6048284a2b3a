"""Which neurons a selection chooses: by hand, and laws."""

from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dormancy import (
    Criterion,
    LayerWiring,
    Seen,
    Wiring,
    at_random,
    below,
    by_gradient,
    by_utility,
    cosine_fraction,
    highest,
    lowest,
)

KEY = jax.random.key(0)
KEYS = 300


def seen(scores, check=1):
    """A layer "h" whose activation scores these are, up to a factor."""
    activations = {"h": jnp.asarray(scores, jnp.float32)[None], "undecided": jnp.ones((1, 2))}
    layer = LayerWiring(len(scores), (), (), ())
    wiring = Wiring({"h": layer}, {"undecided": "of a reason"}, {})
    return Seen({}, activations, None, wiring, jnp.int32(check))


def chosen(selection, scores, check=1, key=KEY):
    masks = selection.choose(key, seen(scores, check))
    assert set(masks) == {"h"}
    return np.asarray(masks["h"]).astype(int).tolist()


def chosen_often(selection, scores):
    """(`KEYS`, neurons) choices by as many keys."""
    choose = jax.vmap(lambda key: selection.choose(key, seen(scores))["h"])
    return np.asarray(choose(jax.random.split(KEY, KEYS)))


def test_by_hand():
    scores = [4.0, 0.0, 1.0, 3.0, 2.0]
    assert chosen(below(0.5), scores) == [0, 1, 1, 0, 0]
    assert chosen(lowest(2), scores) == [0, 1, 1, 0, 0]
    assert chosen(highest(2), scores) == [1, 0, 0, 1, 0]
    assert chosen(lowest(0.4), scores) == [0, 1, 1, 0, 0]
    assert chosen(lowest(0), scores) == chosen(lowest(0.0), scores) == [0] * 5
    assert chosen(lowest(9), scores) == chosen(lowest(1.0), scores) == [1] * 5


def test_a_share_above_zero_means_at_least_one():
    assert chosen(lowest(1e-6), [4.0, 0.0, 1.0]) == [0, 1, 0]


def test_ties_are_exact_unless_asked_for():
    silent = [0.0, 5.0, 0.0, 0.0]
    assert sum(chosen(lowest(2), silent)) == 2
    assert chosen(lowest(2, ties="threshold"), silent) == [1, 0, 1, 1]
    assert chosen(lowest(0, ties="threshold"), silent) == [0, 0, 0, 0]
    assert chosen(highest(2, ties="threshold"), [1.0, 2.0, 2.0, 2.0]) == [0, 1, 1, 1]
    # As many as of the lowest ones, wherever they are.
    found = chosen_often(at_random(2, ties="threshold"), silent)
    assert set(found.sum(axis=1)) == {3}
    assert found.any(axis=0).all()
    assert sum(chosen(at_random(0, ties="threshold"), silent)) == 0


@pytest.mark.parametrize(("select", "third"), [(lowest, 5.0), (highest, -5.0)])
def test_among_equals_chance_decides(select, third):
    """Two of three equal neurons, each as often as the others: of 300 choices about 200."""
    times = chosen_often(select(2), [9.0, 9.0, 9.0 + third, 9.0]).sum(axis=0)
    assert times[2] == 0 and times.sum() == 2 * KEYS
    # The standard deviation of each is 8.
    assert np.abs(times[[0, 1, 3]] - 200).max() < 33


def test_the_schedule_falls_from_check_to_check_and_ends():
    fraction = cosine_fraction(0.5, end=4)
    np.testing.assert_allclose(
        [fraction(jnp.int32(t)) for t in range(6)],
        [0.5, 0.5 * np.cos(np.pi / 8), 0.5 * np.sqrt(0.5), 0.5 * np.sin(np.pi / 8), 0, 0],
        rtol=1e-6,
    )
    counts = [sum(chosen(lowest(fraction), range(1, 41), check=t)) for t in range(1, 6)]
    assert counts == [18, 14, 8, 0, 0]


# Of few sizes, for every other one is compiled anew.
sizes = st.sampled_from([1, 2, 5, 30])
layers = hnp.arrays(np.float32, sizes, elements=st.floats(0, 8, width=16))


@given(layers, st.integers(0, 40))
@settings(max_examples=40)
def test_exactly_k_are_chosen_and_none_left_scores_less(scores, k):
    mask = np.array(chosen(lowest(k), scores), bool)
    assert mask.sum() == min(k, len(scores))
    if mask.any() and not mask.all():
        assert scores[mask].max() <= scores[~mask].min()
    by_threshold = np.array(chosen(lowest(k, ties="threshold"), scores), bool)
    assert not (mask & ~by_threshold).any()
    # Scores are relative to the layer's average, in which tiny differences may vanish.
    assert (by_threshold == mask).all() or len(set(scores.tolist())) < len(scores)


@settings(max_examples=30)
@given(
    hnp.arrays(np.float32, 12, elements=st.sampled_from([0, 1, 2, 3])),
    st.integers(0, 13),
    st.integers(0, 100),
)
def test_the_key_decides_nothing_but_ties(scores, k, seed):
    """The scores of the chosen are those of every other choice, and a random one is as large."""
    key = jax.random.key(seed)
    for select in (lowest, highest):
        first, other = (np.array(chosen(select(k), scores, key=own), bool) for own in (KEY, key))
        np.testing.assert_array_equal(np.sort(scores[first]), np.sort(scores[other]))
    by_threshold = chosen(lowest(k, ties="threshold"), scores)
    assert by_threshold == chosen(lowest(k, ties="threshold"), scores, key=key)
    assert sum(by_threshold) == sum(chosen(at_random(k, ties="threshold"), scores, key=key))


@given(layers, st.floats(0, 2, width=16))
def test_below_chooses_what_is_dormant(scores, tau):
    total = scores.sum()
    relative = scores * len(scores) / total if total else scores
    expected = relative <= tau
    clear = np.abs(relative - tau) > 1e-4
    mask = np.array(chosen(below(tau), scores), bool)
    np.testing.assert_array_equal(mask[clear], expected[clear])


@given(sizes, st.integers(0, 35), st.integers(0, 100))
def test_random_choice_has_exactly_k(neurons, k, seed):
    mask = chosen(at_random(k), np.ones(neurons), key=jax.random.key(seed))
    assert sum(mask) == min(k, neurons)


def test_random_choice_depends_on_the_key_and_on_nothing_else():
    first = chosen(at_random(5), np.arange(20))
    assert first == chosen(at_random(5), np.arange(20)[::-1])
    assert first != chosen(at_random(5), np.arange(20), key=jax.random.key(1))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("select", [below(9.0), lowest(2), highest(2), at_random(2)])
def test_a_layer_that_is_not_finite_has_no_choice(select, bad):
    assert chosen(select, [1.0, bad, 0.0, 2.0]) == [0, 0, 0, 0]


@pytest.mark.parametrize("k", [-1, -0.1, 1.5])
@pytest.mark.parametrize("select", [lowest, highest, at_random])
def test_a_number_that_makes_no_sense_is_refused(select, k):
    with pytest.raises(ValueError, match="give a number of neurons"):
        select(k)


@pytest.mark.parametrize("select", [lowest, highest, at_random])
def test_a_number_is_a_number_whoever_made_it(select):
    """Not a share of 100 %, which a float of 1 is."""
    for one in (np.int64(1), jnp.int32(1)):
        assert sum(chosen(select(one), [1.0, 2.0, 3.0, 4.0])) == 1
    assert sum(chosen(select(np.float32(1)), [1.0, 2.0, 3.0, 4.0])) == 4


@pytest.mark.parametrize("select", [lowest, highest, at_random])
@pytest.mark.parametrize(
    ("k", "count"), [(2, 2), (0, 0), (9, 4), (-1, 0), (0.5, 2), (0.0, 0), (1.5, 4), (-0.5, 0)]
)
def test_a_traced_number_is_taken_to_the_nearest_possible(select, k, count):
    scores = jnp.arange(1.0, 5.0)
    of = jax.jit(lambda k: select(k).choose(KEY, seen(scores))["h"])
    assert of(k).sum() == count


def test_a_criterion_of_ones_own_and_the_need_for_gradients():
    by_index = Criterion(lambda seen: {"h": -jnp.arange(4.0)})
    assert chosen(lowest(1, by_index), np.ones(4)) == [0, 0, 0, 1]
    assert lowest(1, by_gradient()).needs_gradients
    assert below(0.1, by_gradient()).needs_gradients
    assert not lowest(1, by_utility()).needs_gradients
