"""The games of the paper's figures, and those that have a human score."""

from collections.abc import Iterable
import csv
import functools
from pathlib import Path

# Of the analyses in its Section 3.
ANALYSED_GAMES = ("DemonAttack", "Asterix")

# Of its comparisons over many games (Figures 1 and 10 to 13).
ALL_GAMES = (
    "Asterix",
    "DemonAttack",
    "Seaquest",
    "WizardOfWor",
    "BeamRider",
    "RoadRunner",
    "Jamesbond",
    "Qbert",
    "Breakout",
    "Enduro",
    "SpaceInvaders",
    "Pong",
    "Zaxxon",
    "YarsRevenge",
    "MsPacman",
    "DoubleDunk",
    "IceHockey",
)

# The table that figures normalise scores with; read here to say before hours of training what
# they will lack.
_SCORES = Path(__file__).parents[1] / "figures" / "published" / "human-random-scores.csv"


def without_human_score(games: Iterable[str]) -> list[str]:
    """Those of which no human score is published."""
    return [game for game in games if game.lower() not in _games_with_human_score()]


@functools.cache
def _games_with_human_score() -> frozenset[str]:
    with open(_SCORES, newline="") as stream:
        return frozenset(row["game"].replace("_", "") for row in csv.DictReader(stream))
