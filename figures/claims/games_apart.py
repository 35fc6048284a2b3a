"""What a mean, or IQM, over games hides: games that do not go along with it.

The verdict on a claim is about that of its games. Where ReDo helps in one game and costs in
another, it says little about either.
"""

from figures.claims.estimate import Estimate
from figures.claims.wording import spelt


def games_apart(estimate: Estimate) -> str:
    """The games that differ from their mean, each with what it says alone; "" if there are none.

    Where the mean is decided, these are the games whose own mean has the other sign; where it is
    not, those that are decided by themselves. None of them is corrected for being one of many.

    Args:
      estimate: of a claim.
    """
    mean = estimate.estimated.interval()
    told = []
    for game, estimated in estimate.of_games.items():
        alone = estimated.interval()
        if mean.decided and alone.value * mean.value < 0:
            told.append(f"the other way in {game}: {spelt(*alone)}")
        elif alone.decided and not mean.decided:
            told.append(f"{game} alone: {spelt(*alone)}")
    return "; ".join(told) if len(estimate.of_games) > 1 else ""
