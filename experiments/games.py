"""The games of the paper's figures."""

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
