"""Learning from stored transitions (paper, Figure 4)."""
