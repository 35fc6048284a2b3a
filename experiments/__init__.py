"""One module per claim of the paper, and what trains the runs that the claims need."""
