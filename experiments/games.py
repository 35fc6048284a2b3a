"""The games of the paper's figures, and those that have a human score."""

from collections.abc import Iterable
import csv
import functools
from pathlib import Path

# Of the analyses in its Section 3.
ANALYSED_GAMES = ("DemonAttack", "Asterix")

# Of its appendix (Figures 16 and 21 to 24), and those that it was tuned on. That these are the five
# is known from secondary sources, three of them from the figures that they show.
FIVE_GAMES = ("DemonAttack", "Asterix", "Seaquest", "Breakout", "BeamRider")

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

# Those of Atari 100k (Kaiser et al. 2020), which its Figures 10d and 17 use.
ATARI_100K_GAMES = (
    "Alien",
    "Amidar",
    "Assault",
    "Asterix",
    "BankHeist",
    "BattleZone",
    "Boxing",
    "Breakout",
    "ChopperCommand",
    "CrazyClimber",
    "DemonAttack",
    "Freeway",
    "Frostbite",
    "Gopher",
    "Hero",
    "Jamesbond",
    "Kangaroo",
    "Krull",
    "KungFuMaster",
    "MsPacman",
    "Pong",
    "PrivateEye",
    "Qbert",
    "RoadRunner",
    "Seaquest",
    "UpNDown",
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
