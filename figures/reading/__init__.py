"""Read access to stores and to published values."""
