"""A student learns a teacher's values (paper, Figure 8)."""
