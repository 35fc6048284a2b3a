"""Soft actor-critic on continuous actions (paper, Figures 14 and 18 to 20, Table 6)."""
