"""Games that do not go along with the mean over games are named beside its verdict."""

from hypothesis import given, strategies as st

from figures.claims.estimate import mean_estimate
from figures.claims.games_apart import games_apart


def estimate(**games):
    """Of values, one a seed."""
    return mean_estimate({game: dict(enumerate(own)) for game, own in games.items()}, "points")


def test_games_that_agree_are_not_named():
    assert games_apart(estimate(Asterix=[1.0, 1.2, 1.1], Pong=[0.5, 0.7, 0.6])) == ""
    assert games_apart(estimate(Asterix=[-1.0, -1.2], Pong=[-0.5, -0.7])) == ""


def test_of_a_decided_mean_the_other_sign_is_named():
    found = games_apart(estimate(Asterix=[5.0, 5.2, 5.1], Pong=[-1.0, -1.2, -1.1]))
    assert found == "the other way in Pong: -1.1 [-1.35, -0.852]"


def test_of_an_open_mean_the_games_decided_alone_are_named():
    found = games_apart(estimate(Asterix=[1.0, 1.2, 1.1], Pong=[-90.0, 90.0, -50.0]))
    assert found == "Asterix alone: +1.1 [+0.852, +1.35]"
    both = games_apart(estimate(Asterix=[1.0, 1.2, 1.1], Pong=[-1.0, -1.2, -1.1]))
    assert both == "Asterix alone: +1.1 [+0.852, +1.35]; Pong alone: -1.1 [-1.35, -0.852]"


def test_a_game_of_one_seed_decides_nothing():
    assert games_apart(estimate(Asterix=[5.0], Pong=[-1.0])) == ""
    assert games_apart(estimate(Asterix=[5.0, 5.2, 5.1], Pong=[-1.0])).startswith("Asterix alone")


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=10))
def test_a_single_game_is_its_own_mean(values):
    assert games_apart(estimate(Asterix=values)) == ""


@given(st.lists(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=6), min_size=2, max_size=4))
def test_which_games_are_named_does_not_depend_on_the_claims_direction(strata):
    def named(sign):
        games = {f"Game{n}": [sign * value for value in own] for n, own in enumerate(strata)}
        told = games_apart(estimate(**games)).split("; ")
        return [told_of.partition(": ")[0] for told_of in told]

    assert named(+1) == named(-1)
