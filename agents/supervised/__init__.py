"""Supervised learning with fixed or shuffled labels (paper, Figure 3)."""
